import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import {
  figure3,
  openPage,
  type PlainRecord,
  ready,
  recordOf,
  stepOnScreen,
  withoutTimes,
} from "../support/page.ts";

// Steps that are long gone, on one page: what the other level would have done in them, and another
// way from there. Then the same page with long rows and a loss without a clip.
let browser: Browser;
let page: Page;
let errors: string[];
/** The token arm's records by step, as they were when they were new. */
const then: PlainRecord[] = [];

const train = async (): Promise<PlainRecord> => {
  await page.evaluate(() => window.ratioscope.step(1));
  return recordOf(page, "token");
};
const other = () => page.getByRole("region", { name: "The other level" });
const lookAt = async (step: number): Promise<void> => {
  await page.getByRole("slider", { name: "Step on screen" }).focus();
  await page.keyboard.press("End");
  while ((await stepOnScreen(page)) > step) await page.keyboard.press("ArrowLeft");
  await other()
    .getByRole("button", { name: `Take step ${step} again at sequence level` })
    .waitFor();
};

beforeAll(async () => {
  browser = await launchChromium();
  ({ page, errors } = await openPage(browser));
  await page.emulateMedia({ reducedMotion: "reduce" });
  await ready(page);
  for (let step = 1; step <= 7; step++) then[step] = await train();
});

afterAll(async () => {
  await browser.close();
});

test("what the other level would have done in a past step; the run goes on untouched", async () => {
  await lookAt(2);
  await other()
    .getByRole("button", { name: /^Take step 2 again/ })
    .click();
  await other().getByRole("table").waitFor();
  const own = await other().locator("tbody tr").first().innerText();
  expect(own).toContain(then[2]!.metrics.grad_norm!.toFixed(4));
  await other().getByText("has the recorded loss, to the last bit").waitFor();
  expect(await stepOnScreen(page)).toBe(2);
  then[8] = await train();
  expect(then[8].step).toBe(8);
});

test("a fork in the past says what it costs; both arms then go on from there, bit for bit", async () => {
  await lookAt(3);
  await other().getByRole("button", { name: "Fork here: GSPO from step 3" }).click();
  const asks = page.getByRole("group", { name: "Fork in the past" });
  expect(await asks.innerText()).toContain("Steps 4 to 8 leave the page");
  await asks.getByRole("button", { name: "Fork at step 3 and drop 5 later steps" }).click();
  await page.getByRole("radio", { name: "token-as-sequence arm" }).waitFor();
  await expect.poll(() => stepOnScreen(page)).toBe(3);
  for (const step of [4, 5, 6, 7, 8]) {
    expect(withoutTimes(await train())).toEqual(withoutTimes(then[step]!));
  }
  const fork = await recordOf(page, "token-as-sequence");
  expect([fork.step, fork.level]).toEqual([8, "sequence"]);
  expect(fork.logp).not.toEqual(then[8]!.logp);
  // The marks: [ goes back to the fork.
  await page.keyboard.press("Escape");
  await page.keyboard.press("[");
  await expect.poll(() => stepOnScreen(page)).toBe(3);
});

test("long rows are one bitmap with one cell in the tab order; a loss without a clip has its numbers", async () => {
  await page.evaluate(() =>
    window.ratioscope.load({
      preset: "from-scratch",
      config: {
        max_completion_length: 96,
        num_generations: 32,
        per_device_train_batch_size: 32,
        steps_per_generation: 1,
        num_iterations: 2,
        loss_type: "vespo",
        beta: 0.05,
        entropy_coef: 0.01,
      },
    }),
  );
  await page.evaluate(() => window.ratioscope.step(2));
  await figure3(page).locator("canvas").waitFor();
  const cell = figure3(page).getByRole("gridcell");
  expect(await cell.count()).toBe(1);
  await cell.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  const heading = page.locator(".eq-pinned h2");
  await heading.waitFor();
  const token = Number(/token (\d+)/.exec(await heading.innerText())?.[1]);
  expect(await cell.getAttribute("aria-colindex")).toBe(String(token));
  expect(await figure3(page).getByRole("grid").getAttribute("aria-rowcount")).toBe("32");

  const panel = page.getByRole("tabpanel");
  await panel.getByRole("heading", { name: /^KL term/ }).waitFor();
  expect(await panel.innerText()).toContain("No hard clip.");
  const foot = (await panel.locator(".eq-loss tfoot td:nth-child(2)").allInnerTexts()).map((text) =>
    Number(text.replace("−", "-")),
  );
  const [sum, divided, bonus, loss, gpu] = foot;
  const record = await recordOf(page);
  expect(gpu).toBe(loss);
  expect(loss).toBeCloseTo(record.metrics.loss!, 4);
  expect(Math.abs(divided! + bonus! - loss!)).toBeLessThan(1.6e-4);
  expect(Math.abs(sum!)).toBeGreaterThan(0);
  expect(errors).toEqual([]);
});
