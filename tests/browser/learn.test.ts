import type { Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { figure3, figure4, stepOnScreen, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

const UNKNOWN = /unknown token, no text/;

/** What each mark of a figure is drawn as. */
const DRAWN: Readonly<Record<string, string>> = {
  notch: ".twin-notch",
  clip: "rect[fill$='-clip)']:not(.twin-sky)",
  sky: ".twin-sky",
  roof: ".twin-roof-line",
  ends: ".twin-roof-own",
  beyond: ".twin-beyond",
  padding: "rect[fill$='-pad)']",
  frame: ".twin-figure[data-trains]",
};

test("the first view of a learner: few words, one thing to do, the same rows over k", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ density: "learn", motion: "reduce" });

  await part("at most 120 words, and what the two names mean is among them", async () => {
    // All of it: what comes later than the figures as well.
    await page.getByRole("slider", { name: "Frame of the film" }).waitFor();
    await expect.poll(() => page.locator("[aria-busy=true]").count()).toBe(0);
    const words = await visibleWords(page);
    expect(words.length + LONGEST_STATE, words.join(" ")).toBeLessThanOrEqual(120);
    expect(words.join(" ")).toMatch(/group relative policy optimization.*group sequence policy/);
  });

  await part("whose step it is stands before the sentence", async () => {
    expect(await page.locator(".sentence-tag").innerText()).toMatch(/^Recorded step 24, k = 3\s*$/);
  });

  await part("one primary action; configuration, tabs and charts are folded away", async () => {
    expect(await page.locator(".button.primary:visible").allInnerTexts()).toEqual(["Guess first"]);
    expect(await page.locator(".config, .explain, .chart").count()).toBe(0);
    expect(await seriousViolations(page, "learn")).toEqual([]);
  });

  await part("k moves the policy and nothing else: prompt, rows and colours stay", async () => {
    const still = () =>
      page.evaluate(() => ({
        prompt: document.querySelector(".twin-prompt")?.textContent,
        scale: document.querySelector(".twin-scale-ends")?.textContent,
        rows: [...document.querySelectorAll(".twin-figure:first-of-type [role=gridcell]")].map(
          (cell) => cell.getAttribute("data-cell"),
        ),
      }));
    const heights = () =>
      figure3(page)
        .locator(".twin-tower")
        .evaluateAll((all) => all.map((each) => each.getAttribute("height")).join(" "));
    const [before, seen] = [await still(), new Set<string>()];
    for (const k of [0, 1, 2, 3]) {
      await page
        .getByRole("radiogroup", { name: "Inner step k" })
        .getByRole("radio")
        .nth(k)
        .click();
      await expect.poll(() => stepOnScreen(page)).toBe(21 + k);
      expect(await still()).toEqual(before);
      seen.add(await heights());
    }
    expect(seen.size).toBe(4);
  });

  await part("each heading says what has a ratio, and its ε", async () => {
    const notes = await page.locator(".twin-note").allInnerTexts();
    expect(notes.map((note) => note.trim())).toEqual(["per token, ε 0.2", "per row, ε 0.03"]);
  });

  await part("a stage from work is named, and the margin has its numbers", async () => {
    const share = page.locator(".twin-stages label").getByText("share");
    expect(await share.isVisible()).toBe(false);
    await page.keyboard.press("5");
    await share.waitFor();
    expect(await figure4(page).innerText()).toMatch(/grad\. %/);
    expect(await figure4(page).innerText()).not.toMatch(/after clip/);
    // A row's is that of all its tokens: the rows in view have the whole gradient.
    const shares = (await figure4(page).locator("text.twin-number").allTextContents())
      .filter((text) => /^[+−]/.test(text))
      .map((text) => Math.abs(Number(text.replace("−", "-"))));
    expect(shares.length).toBeGreaterThan(2);
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(100, 0);
    await page.keyboard.press("2");
    await share.waitFor({ state: "hidden" });
  });

  await part("the legend names the marks that are drawn, and no others", async () => {
    const legend = page.locator(".twin-legend");
    const seen = new Set<string>();
    for (const stage of ["ratio", "× advantage", "clip"]) {
      await page.getByRole("radio", { name: stage }).check({ force: true });
      for (const k of [0, 3]) {
        await page
          .getByRole("radiogroup", { name: "Inner step k" })
          .getByRole("radio")
          .nth(k)
          .click();
        await expect.poll(() => stepOnScreen(page)).toBe(21 + k);
        const drawn = await page.evaluate(
          (selectors) =>
            Object.keys(selectors).filter((mark) =>
              document.querySelector(`.twin-figures ${selectors[mark]}`),
            ),
          DRAWN,
        );
        const named = await page
          .locator(".twin-legend li .twin-key")
          .evaluateAll((keys) => keys.map((key) => /twin-key-(\w+)/.exec(key.className)![1]!));
        const corner = (await page.locator(".twin-legend [data-corner]").count()) > 0;
        const marks = named.filter((name) => name !== "up" && name !== "down");
        expect([...marks, ...(corner ? ["notch"] : [])].toSorted(), stage).toEqual(
          drawn.toSorted(),
        );
        drawn.forEach((mark) => seen.add(mark));
        // Behind towers the hatch is where a ratio would be clipped, not one that was.
        const says = await legend.innerText();
        expect([/clip zone/.test(says), /clipped/.test(says)]).toEqual([
          drawn.includes("sky"),
          drawn.includes("clip"),
        ]);
      }
    }
    expect([...seen].toSorted()).toEqual(Object.keys(DRAWN).toSorted());
    await page.getByRole("radio", { name: "ratio" }).first().check({ force: true });
  });

  await part(
    "a press on a cell opens its equation beside the figures, and × closes it",
    async () => {
      await figure4(page).getByRole("gridcell").first().click();
      await page.getByRole("tab", { name: "Equation", selected: true }).waitFor();
      await page.getByRole("button", { name: "Close the explanation" }).click();
      await page.locator(".explain").waitFor({ state: "detached" });
    },
  );

  await part(
    "“Guess first” opens the first lesson; what the page is comes back after it",
    async () => {
      await page.getByRole("button", { name: "Guess first" }).click();
      await page.getByRole("region", { name: /^Lesson 1: / }).waitFor();
      await page.locator(".intro").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Close the explanation" }).click();
      await page.locator(".intro").waitFor();
    },
  );

  await part("parts unfold under the figures and fold up again", async () => {
    await page.getByRole("button", { name: "More of this step" }).click();
    const charts = page.getByRole("button", { name: "Charts", exact: true });
    await charts.click();
    await page.getByRole("region", { name: "Reward chart" }).waitFor();
    const fill = (chip: typeof charts) =>
      chip.evaluate((element) => getComputedStyle(element).backgroundColor);
    const unpressed = page.getByRole("button", { name: "Distributions", exact: true });
    await charts.evaluate((element) => element.blur());
    expect(await fill(charts)).not.toBe(await fill(unpressed));
    await page
      .getByRole("region", { name: "Verdict on the arms" })
      .getByText("No verdict yet, after 24 steps.")
      .waitFor();
    await charts.click();
    await expect.poll(() => page.locator(".chart").count()).toBe(0);
  });

  await part(
    "a token without text has a sign and a name, in cells and in the answers",
    async () => {
      for (const prompt of [1, 2, 3, 4, 5, 6, 7]) {
        if ((await figure3(page).getByRole("gridcell", { name: UNKNOWN }).count()) > 0) break;
        await page.getByRole("button", { name: "Next prompt" }).click();
        await page.getByText(`${prompt + 1} of 8`).waitFor();
      }
      const cell = figure3(page).getByRole("gridcell", { name: UNKNOWN }).first();
      expect(await cell.textContent()).toContain("\ufffd");
      const answers = page.getByRole("button", { name: "All answers" });
      await answers.click();
      const completions = page.getByRole("region", { name: "Completions" });
      await completions.getByRole("img", { name: UNKNOWN }).first().waitFor();
      expect(await completions.textContent()).not.toMatch(/<(pad|eos|unk)>/);
      await answers.click();
    },
  );

  await part("work opens everything, and is remembered", async () => {
    await page.getByRole("radio", { name: "Work" }).click();
    await page.getByRole("searchbox").waitFor();
    await page.reload();
    await page.getByRole("searchbox").waitFor();
    expect(await page.locator(".intro").count()).toBe(0);
  });
});

/** Words of "Preparing the sequence arm 3 of 8": whatever the state says just now, there is room for it. */
const LONGEST_STATE = 5;

/** The words that can be seen, of two letters and more, without those of the run's state. */
const visibleWords = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const hidden = (node: Node): boolean => {
      for (let each = node.parentElement; each !== null; each = each.parentElement) {
        const { display, visibility, clipPath, clip } = getComputedStyle(each);
        if (display === "none" || visibility === "hidden") return true;
        if (
          clipPath !== "none" ||
          clip !== "auto" ||
          each.matches(".skip-link, .topbar-state, noscript")
        ) {
          return true;
        }
      }
      return false;
    };
    const words: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = hidden(walker.currentNode) ? "" : (walker.currentNode.textContent ?? "");
      words.push(...(text.match(/\p{L}[\p{L}’]+/gu) ?? []));
    }
    return words;
  });

test("a phone: ratios stand in the cells, Share is there, and a pressed cell stays over its equation", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ density: "learn", motion: "reduce", width: 390, height: 844 });
  await figure3(page).locator(".twin-value").first().waitFor();
  await page.getByRole("button", { name: "Share" }).waitFor();
  await part("Figure 4 has its clip counts, and k stands over the transport", async () => {
    expect(
      await figure4(page)
        .getByText(/^[0-9]+\/[0-9]+$/)
        .count(),
    ).toBe(8);
    const { y, height } = (await page.locator(".inner-steps").boundingBox())!;
    const bar = (await transport(page).boundingBox())!;
    expect(Math.abs(y + height - bar.y)).toBeLessThanOrEqual(1);
  });
  const cell = figure3(page).getByRole("gridcell").nth(2);
  await cell.click();
  await page.getByRole("tab", { name: "Equation", selected: true }).waitFor();
  const sheet = page.getByRole("complementary", { name: "Explanation" });
  await expect
    .poll(async () => {
      const [held, over] = [await cell.boundingBox(), await sheet.boundingBox()];
      return held!.y > 0 && held!.y + held!.height <= over!.y + 1;
    })
    .toBe(true);
  const overhang = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(overhang).toBe(0);
  expect(await seriousViolations(page, "phone")).toEqual([]);

  await part(
    "in a lesson the way on is whole over the transport, however long the text",
    async () => {
      await page.getByRole("button", { name: "Close the explanation" }).click();
      await page.getByRole("button", { name: "Guess first" }).click();
      await page.locator(".lesson-options input").first().check();
      await page.getByRole("button", { name: "Reveal" }).click();
      const { y, height } = (await page
        .getByRole("button", { name: "Next question" })
        .boundingBox())!;
      expect(y + height).toBeLessThanOrEqual((await transport(page).boundingBox())!.y);
    },
  );
});
