import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { LESSONS } from "../../src/lessons/lessons.ts";
import { seriousViolations } from "../support/axe.ts";
import { part, test } from "../support/page-test.ts";
import { figure3, figure4, type Opening, ready, stepOnScreen, transport } from "../support/page.ts";

// On the recorded run: lessons train nothing.
const STILL = { motion: "reduce" } as const;

const lessonAt = (id: string): Opening => ({
  ...STILL,
  density: "learn",
  address: `${inject("siteUrl")}?view.lesson=${id}`,
});

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return "";
    return (at.getAttribute("aria-label") ?? at.closest("label")?.textContent ?? at.textContent)
      .trim()
      .replaceAll(/\s+/g, " ");
  });

/** Presses Tab until what is focused has this name. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${name}; it is at "${await focused(page)}"`);
}

const heading = (page: Page) => page.locator(".lesson-ask");
const verdict = (page: Page) => page.locator(".lesson-verdict");

/** Answers the question on screen by keyboard alone; the question has the focus. */
async function answer(page: Page): Promise<void> {
  await expect.poll(async () => focused(page)).toBe(await heading(page).textContent());
  const kind = await page.evaluate(() =>
    document.querySelector(".lesson-options")
      ? "choose"
      : document.querySelector(".lesson-place")
        ? "place"
        : "marks",
  );
  if (kind === "choose") {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.locator(".lesson-options input:checked").waitFor();
  } else if (kind === "place") {
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await page.locator(".lesson-scale").getByText("not placed").waitFor({ state: "detached" });
    await page.getByText(/^\d+\s% off, to either side, still counts as right\.$/).waitFor();
  } else {
    await tabTo(page, /^Go to the figure$/);
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toMatch(/^row \d, token \d/);
    await page.keyboard.press("End");
    await expect.poll(() => focused(page)).toMatch(/token 6,/);
    await page.keyboard.press("PageUp");
    await expect.poll(() => focused(page)).toMatch(/^row 1, token 6/);
    await page.keyboard.press("Enter");
    await page
      .locator(".lesson-marks")
      .getByText(/Marked: row 1/)
      .waitFor();
    await page.keyboard.press("Escape");
  }
}

/** What clipping leaves, counts and charts wait for the answer, whatever an earlier lesson unfolded. */
async function nothingTells(page: Page): Promise<void> {
  await page.getByRole("radio", { name: "clip", disabled: true }).waitFor();
  expect(await page.getByRole("gridcell", { name: /clip/ }).count()).toBe(0);
  for (const told of ["Metrics of all arms", /^\d+ tok · \d+ rows?$/]) {
    expect(await page.locator(".stage").getByText(told).filter({ visible: true }).count()).toBe(0);
  }
}

for (const [index, { id, title }] of LESSONS.entries()) {
  test(`lesson ${index + 1}, ${id}: from its link to its end by keyboard alone`, async ({
    openRecorded,
  }) => {
    const page = await openRecorded(lessonAt(id));
    await page.getByRole("region", { name: `Lesson ${index + 1}: ${title}` }).waitFor();
    await heading(page).waitFor();
    const count = Number(
      /of (\d+)/.exec((await page.locator(".lesson-go small").textContent()) ?? "")![1],
    );
    for (let question = 1; question <= count; question++) {
      await part(`question ${question}`, async () => {
        await page.getByText(`Question ${question} of ${count}`).waitFor();
        await nothingTells(page);
        await answer(page);
        await tabTo(page, /^Reveal$/);
        await page.keyboard.press("Enter");
        await verdict(page)
          .getByText(/^(✓ Right|✕ Not so)/)
          .waitFor();
        // The answer has the focus, and the figures show what it speaks of.
        await expect.poll(() => focused(page)).toMatch(/You predicted/);
        await expect.poll(() => page.getByText("something else now").count()).toBe(0);
        await tabTo(page, /^(Next question|Finish)$/);
        await page.keyboard.press("Enter");
      });
    }
    await part("the end", async () => {
      await expect.poll(() => focused(page)).toBe("Now try it");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.documentElement.dataset.lights !== undefined);
    });
    await part("the list has it as done, and the view is the reader’s own again", async () => {
      await page.getByRole("button", { name: "All lessons" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: new RegExp(`^${title}.*✓ done`) }).waitFor();
      expect(await page.evaluate(() => document.documentElement.dataset.lights)).toBeUndefined();
      await expect.poll(() => page.getByText("no policy wrote it").count()).toBe(0);
    });
  });
}

test("marks are compared with the example: what was missed and what was wrong is said in the figures", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ ...lessonAt("hot-token"), density: "work" });
  await heading(page).waitFor();
  const cell = (name: RegExp) => figure3(page).getByRole("gridcell", { name });
  const press = (name: RegExp) => cell(name).click();
  await part("while it is asked nothing tells what is clipped", async () => {
    await page.getByText("A lesson asks.").waitFor();
    // The figures stand still as soon as its bar is over them.
    await page.getByRole("region", { name: "What if" }).waitFor();
    await page.getByText("The distributions come with the lesson’s answer.").waitFor();
    await expect.poll(() => page.getByRole("region", { name: /taken apart$/ }).count()).toBe(0);
    await cell(/^row 1, token 4/).hover();
    // Clip is the stage that hatches.
    await page.keyboard.press("4");
    await nothingTells(page);
    expect(await page.getByRole("gridcell", { name: /clipped/ }).count()).toBe(0);
    expect(await page.getByRole("tooltip").count()).toBe(0);
  });
  await part("a press marks, a second one takes the mark away, and nothing is pinned", async () => {
    await press(/^row 1, token 4/);
    await press(/^row 2, token 3/);
    await press(/^row 3, token 1/);
    await press(/^row 3, token 1/);
    await page.getByText("Marked: row 1, token 4; row 2, token 3", { exact: true }).waitFor();
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Lessons");
  });
  await part("the answer", async () => {
    await page.getByRole("button", { name: "Reveal" }).click();
    await verdict(page).getByText("✕ Not so.").waitFor();
    await cell(/^row 1, token 4.*clipped, marked, right$/).waitFor();
    await cell(/^row 2, token 3.*marked, wrong$/).waitFor();
    await cell(/^row 4, token 3.*clipped, not marked, missed$/).waitFor();
    // GRPO's tokens are Figure 3's: what became of a guess does not stand in Figure 4.
    const other = figure4(page).getByRole("gridcell", { name: /^row 4, token 3/ });
    expect(await other.getAttribute("aria-label")).not.toContain("missed");
    expect(await figure4(page).locator(".asked").count()).toBe(0);
    await page.getByRole("region", { name: /taken apart$/ }).waitFor();
  });
  await part("rows are Figure 4's", async () => {
    await page.getByRole("button", { name: "Next question" }).click();
    await page.getByText("Question 2 of 2").waitFor();
    await figure4(page)
      .getByRole("gridcell", { name: /^row 2, token 1/ })
      .click();
    await page.getByText("Marked: row 2", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Reveal" }).click();
    await figure4(page).locator(".asked-wrong").waitFor();
    expect(await figure3(page).locator(".asked").count()).toBe(0);
  });
  await part(
    "an ε that the lesson sets is no edit, and goes when the lesson is closed",
    async () => {
      const bar = page.getByRole("region", { name: "What if" });
      await bar.getByText("the lesson set ε to 3e−4 / 4e−4").waitFor();
      expect(await page.getByText(/edited, not measured/i).count()).toBe(0);
      await page.getByRole("radio", { name: "Learn" }).check({ force: true });
      await page.getByRole("button", { name: "Close the explanation" }).click();
      await bar.waitFor({ state: "detached" });
      await page.getByText("Recorded step").first().waitFor();
      await page.getByRole("button", { name: "Lessons", exact: true }).click();
      await bar.getByText("the lesson set ε to 3e−4 / 4e−4").waitFor();
    },
  );
});

for (const id of ["opposite-moves", "why-length"]) {
  test(`lesson ${id}: the sentence with the answer is about its row, and the token that moved most is outlined`, async ({
    openRecorded,
  }) => {
    const page = await openRecorded(lessonAt(id));
    await heading(page).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await page.getByRole("button", { name: "Reveal" }).click();
    await verdict(page)
      .getByText(/^(✓ Right|✕ Not so)/)
      .waitFor();
    const row = /[Rr]ow (\d+)/.exec((await page.locator(".lesson-say").textContent())!)![1]!;
    await page
      .locator(".sentence-say")
      .getByText(new RegExp(`^Row ${row} `))
      .waitFor();
    const token = /token (\d), which moved most/.exec(
      (await page.locator(".lesson").textContent())!,
    )![1]!;
    const ring = (await figure3(page).locator(".twin-ring").boundingBox())!;
    const name = new RegExp(`^row ${row}, token ${token},`);
    const cell = (await figure3(page).getByRole("gridcell", { name }).boundingBox())!;
    expect(Math.abs(ring.x + ring.width / 2 - cell.x - cell.width / 2)).toBeLessThan(3);
    expect(Math.abs(ring.y + ring.height / 2 - cell.y - cell.height / 2)).toBeLessThan(3);
  });
}

test("a reload goes on where it was, and the answers can be taken along", async ({
  openRecorded,
}) => {
  const page = await openRecorded(lessonAt("zero-loss"));
  await page.getByRole("radio", { name: /^Yes/ }).check();
  expect(await page.locator(".lesson-picture").count()).toBe(0);
  await page.getByRole("button", { name: "Reveal" }).click();
  await verdict(page).getByText("✓ Right.").waitFor();
  await part("with the answer come the runs in which the reward rises, as a picture", () =>
    page
      .getByRole("figure", { name: "8 runs of 160 steps, mean and 95 % interval" })
      .getByRole("img", { name: /Reward/ })
      .waitFor(),
  );
  // Without the lesson in the address.
  await page.goto(inject("siteUrl"));
  await verdict(page).getByText("✓ Right.").waitFor();
  await page.getByRole("button", { name: "Finish" }).click();
  await page.getByText("You predicted 1 of 1 right.").waitFor();
  await page.getByRole("button", { name: "All lessons" }).click();
  const read = async (button: string): Promise<string> => {
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    const stream = await (await coming).createReadStream();
    return (await stream.toArray()).join("");
  };
  const text = await read("Download text");
  expect(text).toContain("7. The loss is 0 and it learns");
  expect(text).toContain("Predicted: Yes: the gradient is far from 0, its norm above 0.001, right");
  expect(JSON.parse(await read("Download JSON"))).toMatchObject({
    lessons: [{ id: "zero-loss", done: true, answers: [{ right: true }] }],
  });
  await page.getByRole("button", { name: "Forget them" }).click();
  await expect.poll(() => page.getByText("✓ done").count()).toBe(0);
});

for (const density of ["learn", "work"] as const) {
  test(`on a phone the answer is what is seen of the sheet, then the next question: ${density}`, async ({
    openRecorded,
  }) => {
    const page = await openRecorded({ ...lessonAt("epsilon"), density, width: 390, height: 844 });
    /** How far a part begins below the sheet's upper edge, or its tabs, and can be scrolled up; pixels. */
    const below = (part: string) =>
      page.evaluate((selector) => {
        const at = document.querySelector(selector)!;
        const sheet = [".lesson", ".explain"]
          .map((each) => at.closest(each)!)
          .find((each) => getComputedStyle(each).position === "fixed")!;
        const head = sheet.querySelector(".explain-head")?.getBoundingClientRect().height ?? 0;
        return [
          at.getBoundingClientRect().top - sheet.getBoundingClientRect().top - head,
          sheet.scrollHeight - sheet.clientHeight - sheet.scrollTop,
        ] as const;
      }, part);
    await heading(page).waitFor();
    await page.locator(".lesson-options input").first().check();
    await page.getByRole("button", { name: "Reveal" }).click();
    await verdict(page)
      .getByText(/^(✓ Right|✕ Not so)/)
      .waitFor();
    // At the top, or as far up as all that follows it lets it.
    await expect.poll(async () => Math.min(...(await below(".lesson-verdict")))).toBeLessThan(4);
    expect((await below(".lesson-verdict"))[0]).toBeGreaterThan(-4);
    await page.getByRole("button", { name: "Next question" }).click();
    await page.getByText("Question 2 of 3").waitFor();
    expect((await below(".lesson-say"))[0]).toBeGreaterThanOrEqual(0);
  });
}

test("on another run a lesson brings the recorded one, says so, and gives the run back", async ({
  open,
}) => {
  const page = await open({
    ...STILL,
    address: `${inject("siteUrl")}?preset=copy&view.stage=5&view.lesson=zero-loss`,
  });
  await part("the run is built", () => ready(page));
  await page.getByText("your own run waits behind it").waitFor();
  await heading(page).waitFor();
  await page.getByText("Looking at “the recorded run of the lessons”.").waitFor();
  expect(await stepOnScreen(page)).toBeGreaterThan(0);
  await part("no chart, count or norm tells before the answer", async () => {
    for (const what of ["The charts come", "The step in parts comes", "All answers come"]) {
      await page.getByText(`${what} with the lesson’s answer.`).waitFor();
    }
    await nothingTells(page);
    expect(await page.locator(".inner-steps").getByText("identical").count()).toBe(0);
  });
  await part("a step of the run takes the screen, and the lesson offers its batch", async () => {
    await page.evaluate(() => window.ratioscope.step(1));
    await page.getByText("The figures show something else now.").waitFor();
    await page.getByRole("button", { name: "Show the lesson’s batch" }).click();
    await expect.poll(() => page.getByText("something else now").count()).toBe(0);
  });
  await page.getByRole("button", { name: "All lessons" }).click();
  await expect.poll(() => stepOnScreen(page)).toBe(1);
  await expect
    .poll(() => page.getByText("Looking at “the recorded run of the lessons”.").count())
    .toBe(0);
  await page.getByRole("radio", { name: "share", checked: true }).waitFor();
  expect(await transport(page).getByText("of 600").count()).toBe(1);
});

for (const width of [1440, 390]) {
  test(`no serious or critical violation in lessons, ${width} wide, both themes`, async ({
    openRecorded,
  }) => {
    const page = await openRecorded({ ...lessonAt("hot-token"), width });
    const violations: string[] = [];
    // All in the light theme; of the dark one the colours alone: nothing else depends on it.
    const look = async (where: string) => {
      for (const theme of ["light", "dark"]) {
        await toTheme(page, theme);
        const rules = theme === "dark" ? ["color-contrast"] : null;
        const parts = ".explain, .twin-figures";
        violations.push(...(await seriousViolations(page, `${where}, ${theme}`, parts, rules)));
      }
    };
    await heading(page).waitFor();
    await figure3(page).getByRole("gridcell").first().click();
    await page.getByText("Marked: row 1, token 1").waitFor();
    await look("marks");
    await page.getByRole("button", { name: "Reveal" }).click();
    await verdict(page).getByText("✕ Not so.").waitFor();
    await look("answer");
    await page.getByRole("button", { name: "All lessons" }).click();
    await page.getByRole("region", { name: "Your answers" }).waitFor();
    await look("list");
    expect(violations).toEqual([]);
  });
}

async function toTheme(page: Page, theme: string): Promise<void> {
  const use = page.getByRole("button", { name: `Use the ${theme} theme` });
  if (await use.isVisible()) await use.click();
  await use.waitFor({ state: "detached" });
}
