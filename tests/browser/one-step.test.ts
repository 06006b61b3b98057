import type { Page } from "playwright";
import { expect } from "vitest";
import { figure3, pastStep, pause, ready, recordOf, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

// Every part of the page that names a step names the same one, in every commit and not only when
// all has settled: it is looked at each time something in the document changes.

/** Where the page says which step it shows; each says it in digits. */
const SAYS: Readonly<Record<string, string>> = {
  readout: ".transport-readout b",
  sentence: ".sentence-tag",
  table: ".twin-hidden caption",
  distributions: ".dist-top h2 small",
  anatomy: ".step-head h2",
  completions: ".stage .completions h2 small",
  equation: ".eq-pinned span",
};

declare global {
  interface Window {
    /** What stood on the page together and did not agree, and how often all was looked at. */
    torn: { commits: number; steps: number[]; disagreements: string[] };
  }
}

/** From now on notes every moment at which two parts of the page name different steps. */
const watch = (page: Page): Promise<void> =>
  page.evaluate((says) => {
    const torn = { commits: 0, steps: [] as number[], disagreements: [] as string[] };
    window.torn = torn;
    const look = (): void => {
      const slider = document.querySelector<HTMLInputElement>(".timeline input[type=range]");
      const named = Object.entries(says).flatMap(([part, selector]) => {
        const text = document.querySelector(selector)?.textContent;
        const step = /\d+/.exec(text ?? "")?.[0];
        return step === undefined ? [] : [[part, Number(step)] as const];
      });
      named.push(["slider", Number(slider?.value)]);
      torn.commits++;
      const [first = -1] = named.map(([, step]) => step);
      if (torn.steps.at(-1) !== first) torn.steps.push(first);
      if (named.some(([, step]) => step !== first)) {
        torn.disagreements.push(named.map((each) => each.join(" ")).join(", "));
      }
    };
    new MutationObserver(look).observe(document.body, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
  }, SAYS);

/** Every part that names a step is on the page; the observer has seen `least` different steps. */
async function expectWhole(page: Page, least: number): Promise<void> {
  for (const [name, selector] of Object.entries(SAYS)) {
    expect(await page.locator(selector).count(), name).toBe(1);
  }
  const { commits, steps, disagreements } = await page.evaluate(() => window.torn);
  expect(disagreements.slice(0, 5)).toEqual([]);
  expect(commits).toBeGreaterThan(least);
  expect(new Set(steps).size).toBeGreaterThanOrEqual(least);
}

/** Every part is drawn: on a page as high as this one nothing waits to be scrolled to. */
async function showEverything(page: Page): Promise<void> {
  await figure3(page).getByRole("gridcell").first().click();
  for (const part of Object.values(SAYS)) await page.locator(part).waitFor({ state: "attached" });
}

test("walking through the recorded run, the whole page goes from step to step at once", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ height: 3000, motion: "reduce" });
  await showEverything(page);
  await watch(page);
  await page.getByRole("slider", { name: "Step on screen" }).focus();
  for (const key of ["ArrowLeft", "ArrowLeft", "Home", "ArrowRight", "PageUp", "End"]) {
    await page.keyboard.press(key);
  }
  const inner = page.getByRole("radiogroup", { name: "Inner step k" });
  for (const k of [0, 2, 1]) await inner.getByRole("radio", { name: new RegExp(`^${k}`) }).click();
  await page.getByRole("button", { name: "Go to the end" }).click();
  await expectWhole(page, 7);
});

test("training, pinned and let go again, it tells of one step at any moment", async ({
  openLive,
}) => {
  const page = await openLive({ height: 3000, motion: "reduce" });
  await showEverything(page);
  await watch(page);
  const slider = page.getByRole("slider", { name: "Step on screen" });
  await part("the recorded run gives way to training", async () => {
    await transport(page).getByRole("button", { name: "Play" }).click();
    await pastStep(page, 4);
  });
  await part("pinned while training goes on", async () => {
    await slider.focus();
    await page.keyboard.press("Home");
    const { step } = await recordOf(page);
    await page.waitForFunction(
      async (before) => (await window.ratioscope.runs())[0]!.step > before + 4,
      step,
    );
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    await pastStep(page, step);
  });
  await part("the other arm, a reset, and single steps", async () => {
    await pause(page);
    await page.getByRole("radio", { name: "sequence arm" }).click();
    await transport(page)
      .getByRole("button", { name: "Reset to the same initial weights" })
      .click();
    await ready(page);
    await page.evaluate(() => window.ratioscope.step(1));
    await pastStep(page, 0);
    await page.evaluate(() => window.ratioscope.step(2));
    await pastStep(page, 2);
    await figure3(page).getByRole("gridcell").first().click();
  });
  await expectWhole(page, 6);
});
