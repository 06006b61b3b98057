import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { recordOf } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

const panel = (page: Page): Locator => page.getByRole("complementary", { name: "Configuration" });
const search = (page: Page): Locator =>
  panel(page).getByRole("searchbox", { name: "Search fields" });
const setting = (page: Page, name: string): Locator => page.locator(`#field-${name}`);

test("a field is found by its name and by its help, with both defaults", async ({
  openRecorded,
}) => {
  const page = await openRecorded();

  await search(page).fill("no such words");
  await panel(page).getByText("No field has").waitFor();
  await search(page).fill("weigh the reward functions");
  await setting(page, "multi_objective_aggregation").waitFor();
  await search(page).fill("num_generations_eval");
  await setting(page, "num_generations_eval").getByText("TRL none · Unsloth none").waitFor();
  await search(page).fill("per_device_eval_batch_size");
  await setting(page, "per_device_eval_batch_size").getByText("TRL 8 · Unsloth 4").waitFor();
});

test("changes are undone and redone, live ones and those that wait; evaluations have a chart", async ({
  openLive,
}) => {
  const page = await openLive();
  const button = (name: string | RegExp) => panel(page).getByRole("button", { name });
  /** Waits until the field has this value. */
  const expectShown = async (name: string, value: string): Promise<void> => {
    await expect.poll(() => setting(page, name).getByRole("textbox").inputValue()).toBe(value);
  };

  await part("live changes are undone and redone, by button and by key", async () => {
    await search(page).fill("temperature");
    const input = setting(page, "temperature").getByRole("textbox");
    await input.fill("0.7");
    await input.press("Enter");
    await button("Undo: back to temperature 1").click();
    await expectShown("temperature", "1");
    await button("Redo: temperature 0.7").click();
    await expectShown("temperature", "0.7");

    await page.locator("body").press("Control+z");
    await expectShown("temperature", "1");
    await page.locator("body").press("Control+Shift+Z");
    await expectShown("temperature", "0.7");
    // In the field itself as well, while nothing is being typed.
    await input.press("Control+z");
    await expectShown("temperature", "1");
  });

  await part("so is what waits for a reset, and all goes back to the preset at once", async () => {
    await search(page).fill("num_generations");
    const waits = panel(page).getByText("1 change to apply at a reset.");
    const input = setting(page, "num_generations").getByRole("textbox");
    await input.fill("16");
    await input.press("Enter");
    await waits.waitFor();
    await button(/^Undo: back to num_generations 8/).click();
    await waits.waitFor({ state: "detached" });
    await button(/^Redo: num_generations 16/).click();
    await waits.waitFor();
    await button("Reset 1 field to the preset").click();
    await waits.waitFor({ state: "detached" });
    await expectShown("num_generations", "8");
  });

  await part("with evaluations there is a chart of the reward on held-out prompts", async () => {
    await page.getByRole("region", { name: "Reward chart", exact: true }).waitFor();
    const chart = page.getByRole("region", { name: "Eval reward chart" });
    expect(await chart.count()).toBe(0);
    await page.evaluate(() =>
      window.ratioscope.load({
        preset: "sort",
        config: {
          eval_strategy: "steps",
          eval_steps: 2,
          per_device_eval_batch_size: 64,
          evaluationSize: 8,
        },
      }),
    );
    await page.evaluate(() => window.ratioscope.step(2));
    await chart.waitFor();
    const { metrics } = await recordOf(page, "sequence");
    expect(metrics.eval_reward).toBeGreaterThan(0);
    await expect.poll(() => chart.innerText()).toContain(metrics.eval_reward!.toFixed(3));
  });
});
