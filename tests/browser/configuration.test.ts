import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openPage, ready, recordOf } from "../support/page.ts";

// One reader at the configuration, in order, on one page.
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  browser = await launchChromium();
  ({ page, errors } = await openPage(browser));
  await ready(page);
});

afterAll(async () => {
  await browser.close();
});

const panel = () => page.getByRole("complementary", { name: "Configuration" });
const button = (name: string | RegExp) => panel().getByRole("button", { name });
const setting = (name: string) => page.locator(`#field-${name}`);
const shown = (name: string) => setting(name).getByRole("textbox").inputValue();

test("a field is found by its name and by its help, with both defaults", async () => {
  const search = panel().getByRole("searchbox", { name: "Search fields" });
  await search.fill("sum_then");
  expect(await panel().getByText("No field has").count()).toBe(1);
  await search.fill("weigh the reward functions");
  await setting("multi_objective_aggregation").waitFor();
  await search.fill("num_generations_eval");
  expect(await setting("num_generations_eval").innerText()).toContain("TRL none · Unsloth none");
  await search.fill("per_device_eval_batch_size");
  expect(await setting("per_device_eval_batch_size").innerText()).toContain("TRL 8 · Unsloth 4");
  await search.fill("");
});

test("live changes are undone and redone, by button and by key", async () => {
  const search = panel().getByRole("searchbox", { name: "Search fields" });
  await search.fill("temperature");
  const input = setting("temperature").getByRole("textbox");
  await input.fill("0.7");
  await input.press("Enter");
  await button("Undo: back to temperature 1").click();
  await expect.poll(() => shown("temperature")).toBe("1");
  await button("Redo: temperature 0.7").click();
  await expect.poll(() => shown("temperature")).toBe("0.7");

  await page.locator("body").press("Control+z");
  await expect.poll(() => shown("temperature")).toBe("1");
  await page.locator("body").press("Control+Shift+Z");
  await expect.poll(() => shown("temperature")).toBe("0.7");
  // In the field itself as well, while nothing is being typed.
  await input.press("Control+z");
  await expect.poll(() => shown("temperature")).toBe("1");
});

test("what waits for a reset is undone, and everything goes back to the preset at once", async () => {
  const search = panel().getByRole("searchbox", { name: "Search fields" });
  await search.fill("num_generations");
  const input = setting("num_generations").getByRole("textbox");
  await input.fill("8");
  await input.press("Enter");
  await panel().getByText("1 change to apply at a reset.").waitFor();
  await button(/^Undo: back to num_generations 16/).click();
  await panel().getByText("1 change to apply at a reset.").waitFor({ state: "detached" });
  await button(/^Redo: num_generations 8/).click();
  await panel().getByText("1 change to apply at a reset.").waitFor();
  await button("Reset 1 field to the preset").click();
  await panel().getByText("1 change to apply at a reset.").waitFor({ state: "detached" });
  expect(await shown("num_generations")).toBe("16");
});

test("with evaluations there is a chart of the reward on held-out prompts", async () => {
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
  await expect
    .poll(() => chart.innerText(), { timeout: 60_000 })
    .toContain(metrics.eval_reward!.toFixed(3));
  expect(errors).toEqual([]);
});

test("the page links to the test that it claims", async () => {
  await page.getByRole("tab", { name: "Guide" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "tests/cli/vectors.test.ts" }).click(),
  ]);
  const text = await readFile(await download.path(), "utf8");
  expect(text).toContain('test("whole runs of TRL\'s GRPOTrainer"');
});
