import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { stepOnScreen } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

test("the recorded run has a film: keys and pointer along it move the step of everything", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ motion: "reduce", density: "learn" });
  const film = page.getByRole("region", { name: "Film of learning" });
  const strip = film.getByRole("slider", { name: "Frame of the film" });
  await strip.waitFor();
  const frames = strip.locator(".film-frame");
  const says = () => strip.getAttribute("aria-valuetext");
  const steps = () => frames.locator("> small").allInnerTexts();

  await part("a frame every 4 steps, what is wrong in it struck", async () => {
    await film.getByText(/^Answers to sort .*, right: [\d ]+$/).waitFor();
    expect(await steps()).toEqual(["0", "4", "8", "12", "16", "20", "24"]);
    expect(await says()).toMatch(/^After 24 steps: token .*, reward \d\.\d\d; sequence .*, reward/);
    expect(await strip.getAttribute("aria-valuenow")).toBe("24");
    // The prompt that tells most: at first wrong, at last right in one of the arms.
    expect(await frames.first().locator("s").count()).toBeGreaterThan(0);
    expect(await frames.last().locator(".film-answer.right").count()).toBeGreaterThan(0);
  });

  await part("one prompt does not judge an arm: the means of both stand beside it", async () => {
    const means = async () =>
      (await film.locator(".film-arms small").allTextContents()).map(
        (text) => /rollout on screen: ([\d.]+)$/.exec(text)?.[1],
      );
    const counts = async () =>
      (await film.locator(".film-arms small").allTextContents()).map(
        (text) => /after (step \d+: \d+\/\d+)/.exec(text)?.[1],
      );
    expect(await means()).toEqual(["0.594", "0.589"]);
    expect(await counts()).toEqual(["step 24: 6/8", "step 24: 3/8"]);
    // A word explains each; of the first view's few words none is a sentence of the film's.
    expect(await film.locator(".film-arms").getByRole("button", { name: "6/8" }).count()).toBe(1);
    expect(await film.locator(".film-arms").getByRole("button", { name: "x̄" }).count()).toBe(2);
    expect(await film.getByText("no verdict on an arm").count()).toBe(0);
    await strip.focus();
    await page.keyboard.press("Home");
    await film
      .getByText("Of all pinned prompts right after step 0: token 4 of 8, sequence 4 of 8.")
      .waitFor();
    expect(await means()).toEqual(["0.492", "0.492"]);
    expect(await counts()).toEqual(["step 0: 4/8", "step 0: 4/8"]);
    await page.keyboard.press("End");
    await expect.poll(() => stepOnScreen(page)).toBe(24);
    // Frame 16 at step 17: the answers are of the frame, the mean of the rollout of steps 17 to 20.
    await page.getByRole("slider", { name: "Step on screen" }).focus();
    for (let i = 0; i < 7; i++) await page.keyboard.press("ArrowLeft");
    await expect.poll(() => stepOnScreen(page)).toBe(17);
    await expect.poll(says).toMatch(/^After 16 steps/);
    await expect.poll(counts).toEqual(["step 16: 5/8", "step 16: 3/8"]);
    expect((await means())[0]).toBe("0.576");
    await strip.focus();
    await page.keyboard.press("End");
    await expect.poll(() => stepOnScreen(page)).toBe(24);
  });

  await part("keys go from frame to frame, and the figures with them", async () => {
    await strip.focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => stepOnScreen(page)).toBe(20);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => stepOnScreen(page)).toBe(16);
    expect(await says()).toMatch(/^After 16 steps/);
    await page.keyboard.press("Home");
    // Its answers are from before the first step.
    await expect.poll(() => stepOnScreen(page)).toBe(1);
    await expect.poll(says).toMatch(/^After 0 steps/);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => stepOnScreen(page)).toBe(4);
    await page.keyboard.press("End");
    await expect.poll(() => stepOnScreen(page)).toBe(24);
  });

  await part("so does dragging; the step slider moves the film", async () => {
    await strip.scrollIntoViewIfNeeded();
    const at = async (index: number) => {
      const { x, y, width } = (await frames.nth(index).boundingBox())!;
      return [x + width / 2, y + 30] as const;
    };
    await page.mouse.move(...(await at(1)));
    await page.mouse.down();
    await expect.poll(() => stepOnScreen(page)).toBe(4);
    await page.mouse.move(...(await at(3)));
    await expect.poll(() => stepOnScreen(page)).toBe(12);
    await page.mouse.up();
    await page.getByRole("slider", { name: "Step on screen" }).focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => stepOnScreen(page)).toBe(11);
    await expect.poll(says).toMatch(/^After 8 steps/);
  });

  await part("another prompt has another film, of the same steps", async () => {
    const prompt = () => film.locator("code").first().innerText();
    const told = await prompt();
    await film.getByRole("button", { name: "Next film" }).click();
    await expect.poll(prompt).not.toBe(told);
    expect(await steps()).toHaveLength(7);
    await film.getByRole("button", { name: "Film before this one" }).click();
    await expect.poll(prompt).toBe(told);
  });

  await part("no violation; at 390 fewer frames, none cut off, the newest among them", async () => {
    expect(await seriousViolations(page, "1440", ".film", null)).toEqual([]);
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(async () => (await steps()).length).toBeLessThan(7);
    expect((await steps()).at(-1)).toBe("24");
    await film.getByText(/; every 20 steps$/).waitFor();
    const cut = await strip.evaluate((element) =>
      [element, ...element.querySelectorAll(".film-frame, .film-answer")].map(
        ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth,
      ),
    );
    expect(Math.max(...cut)).toBe(0);
    expect(await seriousViolations(page, "390", ".film", null)).toEqual([]);
  });
});

/** The recorded run, with answers three times as long; for `before`. */
const withLongAnswers = async (page: Page): Promise<void> => {
  await page.route(/recordings\/default\.json$/, async (route) => {
    const recording = JSON.parse(await readFile("public/recordings/default.json", "utf8"));
    for (const { answers } of recording.answers) {
      for (const answer of answers) answer.completion = Array(3).fill(answer.completion).flat();
    }
    await route.fulfill({ json: recording });
  });
};

test("long answers have fewer frames, and are read whole", async ({ openRecorded }) => {
  const page = await openRecorded({ motion: "reduce", before: withLongAnswers });
  const strip = page.getByRole("slider", { name: "Frame of the film" });
  await strip.locator("s").first().waitFor();
  expect(await strip.locator(".film-frame").count()).toBeLessThan(7);
  const cut = await strip.locator(".film-answer p").evaluateAll((lines) =>
    lines.map((line) => {
      const { right } = line.closest(".film-frame")!.getBoundingClientRect();
      return line.lastElementChild!.getBoundingClientRect().right - right;
    }),
  );
  expect(Math.max(...cut)).toBeLessThan(0);
});
