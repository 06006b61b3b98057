import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { LESSONS } from "../../src/lessons/lessons.ts";
import { part, test } from "../support/page-test.ts";
import type { Opening } from "../support/page.ts";

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
        await answer(page);
        await tabTo(page, /^Reveal$/);
        await page.keyboard.press("Enter");
        await verdict(page)
          .getByText(/^(✓ Right|✕ Not so)/)
          .waitFor();
        // The answer has the focus, and the figures show what it speaks of.
        await expect.poll(() => focused(page)).toMatch(/You predicted/);
        await expect.poll(() => page.getByText("something else now").count()).toBe(0);
        await tabTo(page, /^(Next question|To the end)$/);
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
