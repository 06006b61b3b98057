import { expect } from "vitest";
import {
  figure3,
  hasArm,
  type PlainRecord,
  recordOf,
  stepOnScreen,
  transport,
  withoutTimes,
} from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

test("steps that are long gone: the other level's, a fork there; then long rows and no clip", async ({
  openLive,
}) => {
  const page = await openLive({ motion: "reduce" });
  /** The token arm's records by step, as they were when they were new. */
  const then: PlainRecord[] = [];
  const train = async (): Promise<PlainRecord> => {
    await page.evaluate(() => window.ratioscope.step(1));
    return recordOf(page, "token");
  };
  const other = page.getByRole("region", { name: "The other level" });
  const again = (step: number) =>
    other.getByRole("button", { name: `Take step ${step} again at sequence level` });
  const lookAt = async (step: number, newest: number): Promise<void> => {
    await transport(page)
      .getByText(new RegExp(`^${newest} steps kept`))
      .waitFor();
    await page.getByRole("slider", { name: "Step on screen" }).focus();
    await page.keyboard.press("End");
    for (let at = newest; at > step; at--) await page.keyboard.press("ArrowLeft");
    await expect.poll(() => stepOnScreen(page)).toBe(step);
  };
  for (let step = 1; step <= 7; step++) then[step] = await train();

  await part("what the other level would have done in a past step", async () => {
    await lookAt(2, 7);
    await page.getByRole("button", { name: "What would GSPO do with this batch?" }).click();
    await other.getByRole("table").waitFor();
    const own = await other.locator("tbody tr").first().innerText();
    expect(own).toContain(then[2]!.metrics.grad_norm!.toFixed(4));
    await other.getByText("has the recorded loss, to the last bit").waitFor();
    expect(await stepOnScreen(page)).toBe(2);
  });

  await part("the run goes on untouched", async () => {
    then[8] = await train();
    expect(then[8].step).toBe(8);
  });

  await part("a fork in the past says what it costs", async () => {
    await lookAt(3, 8);
    await again(3).waitFor();
    await other.getByRole("button", { name: "Fork here: GSPO from step 3" }).click();
    const asks = page.getByRole("group", { name: "Fork in the past" });
    expect(await asks.innerText()).toContain("Steps 4 to 8 leave the page");
    await asks.getByRole("button", { name: "Fork at step 3 and drop 5 later steps" }).click();
    await hasArm(page, "token-as-sequence");
    await expect.poll(() => stepOnScreen(page)).toBe(3);
  });

  await part("both arms then go on from there, bit for bit", async () => {
    for (const step of [4, 5, 6, 7, 8]) {
      expect(withoutTimes(await train())).toEqual(withoutTimes(then[step]!));
    }
    const fork = await recordOf(page, "token-as-sequence");
    expect([fork.step, fork.level]).toEqual([8, "sequence"]);
    expect(fork.logp).not.toEqual(then[8]!.logp);
  });

  await part("[ goes back to the mark of the fork", async () => {
    await expect.poll(() => stepOnScreen(page)).toBe(8);
    await page.keyboard.press("Escape");
    await page.keyboard.press("[");
    await expect.poll(() => stepOnScreen(page)).toBe(3);
  });

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

  await part("long rows are one bitmap with one cell in the tab order", async () => {
    await expect.poll(() => stepOnScreen(page)).toBe(2);
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
  });

  await part("a loss without a clip has its numbers", async () => {
    const panel = page.getByRole("tabpanel");
    await panel.getByRole("heading", { name: /^KL term/ }).waitFor();
    await panel.locator(".eq-loss tfoot").waitFor();
    expect(await panel.innerText()).toContain("No hard clip.");
    const foot = await panel.locator(".eq-loss tfoot td:nth-child(2)").allInnerTexts();
    const [sum, divided, bonus, loss, gpu] = foot.map((text) => Number(text.replace("−", "-")));
    const record = await recordOf(page);
    expect(gpu).toBe(loss);
    expect(loss).toBeCloseTo(record.metrics.loss!, 4);
    expect(Math.abs(divided! + bonus! - loss!)).toBeLessThan(1.6e-4);
    expect(Math.abs(sum!)).toBeGreaterThan(0);
  });
});
