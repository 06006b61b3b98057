import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { figure3, figure4, stepOnScreen, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

// In a lecture, on the recorded run: no GPU is needed, and everything goes by keys.
const PROJECTOR = { width: 1920, height: 1080 };

const sentence = (page: Page): Locator => page.locator(".sentence-say");
const leave = (page: Page): Locator => page.getByRole("button", { name: /^Leave/ });
const fontSize = (text: Locator): Promise<string> =>
  text.evaluate((element) => getComputedStyle(element).fontSize);

test("P leaves the figures alone on the page, large, and Escape brings the rest back", async ({
  openRecorded,
}) => {
  const page = await openRecorded(PROJECTOR);
  const address = page.url();

  const presenting = await part("P leaves the figures alone, large", async () => {
    // What is about to leave the page is on it.
    await page.getByRole("region", { name: "Reward chart" }).locator("svg path").first().waitFor();
    expect(await fontSize(sentence(page))).toBe("15px");
    await page.keyboard.press("p");
    await leave(page).waitFor();
    for (const gone of ["banner", "complementary", "contentinfo", "tablist"] as const) {
      await expect.poll(() => page.getByRole(gone).count(), { message: gone }).toBe(0);
    }
    // One chart stays: what training comes to.
    await expect
      .poll(() => page.getByRole("region", { name: /chart$|Ratio distributions/ }).count())
      .toBe(1);
    await page.getByRole("region", { name: "Reward chart" }).waitFor();
    await expect.poll(() => fontSize(sentence(page))).toBe("32px");
    const row = figure3(page).getByRole("gridcell").first();
    await expect.poll(async () => (await row.boundingBox())!.height).toBeGreaterThan(50);
    // Figure, inner steps, strip and transport, with nothing to scroll for.
    for (const shown of [
      figure4(page).getByRole("gridcell").last(),
      page.getByRole("radiogroup", { name: "Inner step k" }),
      page.getByRole("region", { name: /taken apart$/ }),
      page.getByRole("slider", { name: "Step on screen" }),
    ]) {
      await expect
        .poll(async () => {
          const box = await shown.boundingBox();
          return box!.y + box!.height;
        })
        .toBeLessThanOrEqual(PROJECTOR.height);
    }
    await expect.poll(() => page.url()).toContain("view.present=1");
    return page.url();
  });

  await part("Escape leaves, and the page is as it was", async () => {
    await page.keyboard.press("Escape");
    await page.getByRole("banner").waitFor();
    await expect.poll(() => page.url()).toBe(address);
    await expect.poll(() => fontSize(sentence(page))).toBe("15px");
  });

  await part("so do the buttons", async () => {
    await page.getByRole("button", { name: "Present" }).click();
    await leave(page).click();
    await page.getByRole("banner").waitFor();
  });

  await part("the address opens the same", async () => {
    await page.goto(presenting);
    await leave(page).waitFor();
    await figure4(page).getByRole("gridcell").first().waitFor();
    await transport(page).getByText("recorded run", { exact: true }).waitFor();
  });
});

/** What a slide leaves lit: rows of either figure that no veil covers, and the parts below them. */
const lit = (page: Page) =>
  page.evaluate(() => {
    const rows = [...document.querySelectorAll(".twin-figure")].map(
      (figure) =>
        Number(figure.querySelector("[role=grid]")!.getAttribute("aria-rowcount")) -
        figure.querySelectorAll(".twin-veil").length,
    );
    const parts = [".anatomy", ".presenter-rewards"].filter(
      (part) => getComputedStyle(document.querySelector(part)!, "::after").opacity === "1",
    );
    return [...rows, ...parts];
  });

test("presenting goes by keys: arrows and a clicker's, and N from slide to slide", async ({
  openRecorded,
}) => {
  // Colours in the middle of a transition are nobody's.
  const page = await openRecorded({ ...PROJECTOR, motion: "reduce" });
  await page.keyboard.press("p");
  await leave(page).waitFor();

  await part("arrows and a clicker's keys step", async () => {
    const newest = await stepOnScreen(page);
    for (const [key, step] of [
      ["PageUp", newest - 1],
      ["ArrowLeft", newest - 2],
      ["Shift+ArrowLeft", newest - 6],
      ["ArrowRight", newest - 5],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => stepOnScreen(page)).toBe(step);
    }
  });

  await part("up and down choose the stage", async () => {
    const stage = (name: RegExp) => page.getByRole("radio", { name }).isChecked();
    expect(await stage(/^2? ?ratio$/)).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => stage(/clip$/)).toBe(true);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => stage(/^2? ?ratio$/)).toBe(true);
    await page.keyboard.press("3");
    await expect.poll(() => stage(/× advantage$/)).toBe(true);
  });

  await part(
    "N: each slide has its inner step, stage and rows, and says something of its own",
    async () => {
      await transport(page).getByRole("button", { name: "Go to the end" }).click();
      await expect
        .poll(() => page.locator(".twin-hidden caption").innerText())
        .toContain("Step 24,");
      const before = await sentence(page).innerText();
      const count = await figure4(page).getByRole("row").count();
      const counts = async (figure: Locator) =>
        [...(await figure.locator(".twin-body").innerText()).matchAll(/(\d+)\/(\d+)/g)].map(
          ([, clipped, of]) => [Number(clipped), Number(of)] as const,
        );
      const tokens = await counts(figure3(page));
      const rows = await counts(figure4(page));
      const clippedTokens = tokens.reduce((sum, [clipped]) => sum + clipped, 0);
      const allTokens = tokens.reduce((sum, [, of]) => sum + of, 0);
      const clippedRows = rows.filter(([clipped, of]) => clipped > 0 && clipped === of).length;
      expect(Math.min(clippedTokens, clippedRows)).toBeGreaterThan(0);

      const slides = [
        [21, "2 ratio", "Before the first update every ratio is 1: both figures agree."],
        [24, "2 ratio", "3 updates after the rollout: token ratios reach from"],
        [24, "4 clip", `Its clip drops ${clippedTokens} of ${allTokens} tokens, each alone.`],
        [24, "4 clip", `Its clip drops ${clippedRows} of ${rows.length} rows`],
        [24, "2 ratio", "their geometric mean is"],
        [24, "5 share", "on the left one token has up to"],
        [24, "4 clip", "After 24 steps: mean reward of the token arm"],
      ] as const;
      const said = new Set<string>([before]);
      const left: (string | number)[][] = [];
      for (const [index, [step, stage, says]] of slides.entries()) {
        await page.keyboard.press("n");
        await page.getByRole("status", { name: `Slide ${index + 1} of 7` }).waitFor();
        await expect.poll(() => stepOnScreen(page)).toBe(step);
        await expect.poll(() => sentence(page).innerText()).toContain(says);
        await expect
          .poll(() => page.locator(".twin-stages label:has(:checked)").innerText())
          .toMatch(new RegExp(`^${stage[0]}\\s*${stage.slice(2)}$`));
        said.add(await sentence(page).innerText());
        left.push(await lit(page));
      }
      expect(said.size).toBe(8);
      // The first inner step is one of other rows.
      const first = left.shift()!;
      expect(first[0]).toBeGreaterThan(0);
      expect(first[1]).toBe(first[0]);
      expect(left).toEqual([
        [count, count],
        [count, 0],
        [0, count],
        [1, 1, ".anatomy"],
        [count, count],
        [0, 0, ".presenter-rewards"],
      ]);
      await page.keyboard.press("n");
      await expect.poll(() => lit(page)).toEqual([count, count, ".anatomy", ".presenter-rewards"]);
      expect(await sentence(page).innerText()).toBe(before);
      expect(await stepOnScreen(page)).toBe(24);
      await page.keyboard.press("Shift+N");
      await page.keyboard.press("Shift+N");
      await expect.poll(() => lit(page)).toEqual([count, count]);
      // A slide is read by everybody: axe looks at it below.
    },
  );

  await part("keys, level, prompts and the reward of both arms are in sight", async () => {
    for (const shown of [
      page.getByText("speaker notes"),
      page.getByRole("radiogroup", { name: "Importance sampling level of the token arm" }),
      page.getByRole("button", { name: "Next prompt" }),
      page.getByRole("region", { name: "Reward chart" }).locator("svg path").first(),
    ]) {
      const box = (await shown.boundingBox())!;
      expect(box.y + box.height).toBeLessThanOrEqual(PROJECTOR.height);
    }
    expect(await page.locator(".presenter-rewards .chart-values .num").count()).toBe(2);
  });

  await part("no key stands on a figure, in low and wide windows either", async () => {
    for (const [width, height] of [
      [1440, 900],
      [1900, 900],
      [1024, 700],
    ] as const) {
      await page.setViewportSize({ width, height });
      const figures = page.locator(".stage-figure");
      const hidden = () => figures.evaluate((card) => card.scrollHeight - card.clientHeight);
      if (height === 900)
        await expect.poll(hidden, { message: `${width} wide` }).toBeLessThanOrEqual(0);
      await expect
        .poll(async () => {
          const [card, keys] = [
            await figures.boundingBox(),
            await page.locator(".presenter-keys").boundingBox(),
          ];
          return keys!.y - (card!.y + card!.height);
        })
        .toBeGreaterThanOrEqual(0);
    }
    await page.setViewportSize(PROJECTOR);
  });

  await part("nothing is wider than a narrow window, nor on top of something else", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const stage = page.locator(".stage");
    await expect.poll(() => stage.evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0);
    const [row, rewards] = [
      page.locator(".stage-figure .anatomy"),
      page.locator(".presenter-rewards"),
    ];
    await expect
      .poll(async () => {
        const [above, below] = [await row.boundingBox(), await rewards.boundingBox()];
        return below!.y - (above!.y + above!.height);
      })
      .toBeGreaterThanOrEqual(0);
    await page.setViewportSize(PROJECTOR);
  });

  await part("no serious or critical violation in either theme", async () => {
    const violations: string[] = [];
    for (const theme of ["light", "dark"]) {
      await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
      violations.push(...(await seriousViolations(page, `presenting, ${theme}`)));
    }
    expect(violations).toEqual([]);
  });
});

test("the speaker's notes: a window with this slide, the next and its numbers, walked from either", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ ...PROJECTOR, motion: "reduce" });
  await page.keyboard.press("p");
  await leave(page).waitFor();
  const [notes] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press("s")]);
  const heading = notes.getByRole("heading", { level: 1 });
  await notes.getByText("Press N, or Next, for the first slide.").waitFor();

  await notes.getByRole("button", { name: "Next", exact: true }).click();
  await page.getByRole("status", { name: "Slide 1 of 7" }).waitFor();
  await expect.poll(() => heading.innerText()).toBe("1 of 7: Before the first update");
  await notes.getByText("Ask which figure is GRPO").waitFor();
  const here = notes.getByRole("region", { name: "This slide" }).locator(".speaker-says");
  await expect
    .poll(async () => (await here.innerText()) === (await sentence(page).innerText()))
    .toBe(true);
  const next = await notes.getByRole("region", { name: "Next slide" }).locator("p").innerText();
  expect(next).toContain("3 updates after the rollout");

  // What was told of the next slide is what it says, in the other window.
  await page.keyboard.press("n");
  await expect.poll(() => sentence(page).innerText()).toBe(next);
  await expect.poll(() => heading.innerText()).toBe("2 of 7: After the updates");
  await notes.keyboard.press("Shift+N");
  await page.getByRole("status", { name: "Slide 1 of 7" }).waitFor();
  expect(await notes.getByLabel("Since the start").innerText()).toMatch(/^\d+:\d\d$/);
  expect(await seriousViolations(notes, "speaker notes")).toEqual([]);

  const closed = notes.waitForEvent("close");
  await page.keyboard.press("Escape");
  await closed;
  await page.getByRole("banner").waitFor();
});
