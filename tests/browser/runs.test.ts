import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Locator, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openPage, pause, ready, stepOnScreen, transport } from "../support/page.ts";

// In order, on one page: three short runs are trained, then compared, looked at, and gone on with.
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  browser = await launchChromium();
  ({ page, errors } = await openPage(browser));
  await page.emulateMedia({ reducedMotion: "reduce" });
  await ready(page);
  await train(1, {});
  await train(2, {});
  await train(3, { learning_rate: 2e-3 });
  await runsTab(page);
  await rows().nth(2).waitFor();
});

afterAll(async () => {
  await browser.close();
});

const STEPS = 4;
/** A loaded machine takes its time. */
const SOON = { timeout: 20_000 };

/** A small run of a few steps; the one before it stays in the database. */
const train = (seed: number, config: Record<string, number>): Promise<void> =>
  page.evaluate(
    async ({ seed, config, steps }) => {
      const small = { per_device_train_batch_size: 8, num_generations: 4, ...config };
      await window.ratioscope.load({ preset: "sort", seed, config: small });
      await window.ratioscope.step(steps);
    },
    { seed, config, steps: STEPS },
  );

const runsTab = (on: Page): Promise<void> => on.getByRole("tab", { name: /^Runs/ }).click();
const panel = (): Locator => page.getByRole("tabpanel", { name: /^Runs/ });
const rows = (): Locator => panel().locator(".run-row:not(.seeds)");
/** The row of the run that has this text in its name. */
const row = (name: string): Locator =>
  rows().filter({ has: page.locator(`input[value*="${name}"]`) });
const nameOf = (of: Locator): Locator => of.getByRole("textbox", { name: /^Name of/ });
const details = async (of: Locator): Promise<Locator> => {
  const more = of.getByRole("button", { name: /^More about/ });
  if ((await more.getAttribute("aria-expanded")) !== "true") await more.click();
  return of.locator(".run-details");
};
const chart = (name: string): Locator => page.getByRole("region", { name: `${name} chart` });

test("every trained run is listed with what it has come to; names and notes are kept", async () => {
  for (const [index, name] of ["third", "second", "first"].entries()) {
    await nameOf(rows().nth(index)).fill(name);
    await page.keyboard.press("Enter");
    await row(name).waitFor();
  }
  expect(await row("first").innerText()).toMatch(/4 of \d+/);
  const more = await details(row("first"));
  await more.getByRole("textbox", { name: /^Note on/ }).fill("the baseline");
  await more.getByRole("radio", { name: /^Colour 5/ }).click({ force: true });
  await expect
    .poll(() => row("first").locator(".run-mark-shape").first().getAttribute("style"), SOON)
    .toContain("--run-4");

  const search = panel().getByRole("searchbox");
  await search.fill("baseline");
  await expect.poll(() => rows().count(), SOON).toBe(1);
  await search.fill("learning_rate=0.002");
  await expect.poll(() => rows().count(), SOON).toBe(1);
  expect(await nameOf(rows()).inputValue()).toBe("third");
  await search.fill("no such run");
  await panel()
    .getByText(/No run has “no such run”/)
    .waitFor();
  await search.fill("");
});

test("runs go onto every chart, and their values stand at the cursor", async () => {
  await row("third").getByRole("checkbox").check();
  for (const name of ["Reward", "Entropy", "Grad norm"]) {
    await expect.poll(() => chart(name).locator(".chart-overlay").count(), SOON).toBe(2);
  }
  const plot = chart("Reward").getByRole("slider");
  await plot.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const tip = chart("Reward").locator(".chart-tip");
  expect(await tip.innerText()).toMatch(
    /step 2\s+third\s+token\s+[01]\.\d{3}\s+sequence\s+[01]\.\d{3}/,
  );
  expect(await chart("Entropy").locator(".run-mark-shape").count()).toBe(2);
  await page.keyboard.press("Escape");
  expect(await tip.count()).toBe(0);
});

test("what differs is a table, and can be copied", async () => {
  const differs = panel().getByRole("region", { name: "What differs" });
  await differs.getByText("The configurations are the same.").waitFor();
  await row("first").getByRole("checkbox").check();
  const line = differs.getByRole("row", { name: /^learning_rate/ });
  await line.waitFor();
  expect(await line.innerText()).toMatch(/0\.002\s+0\.0008\s+0\.002\s+0\.000001/);
  expect(await differs.getByRole("row", { name: /^epsilon/ }).count()).toBe(0);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await differs.getByRole("button", { name: "CSV" }).click();
  await differs.getByText("Copied as CSV").waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text.split("\n")[0]).toBe("field,TRL default,on screen,first,third");
});

test("runs that differ in the seed alone are offered as a group, drawn as mean and band", async () => {
  await panel().getByRole("button", { name: "Group as 2 seeds" }).click();
  const group = panel().locator(".run-row.seeds");
  expect(await group.innerText()).toMatch(/2 seeds:\s+1, 2/);
  await group.getByRole("checkbox").check();
  await expect.poll(() => chart("Reward").locator(".chart-band").count(), SOON).toBe(2);
  const bar = page.getByRole("group", { name: "Stored runs on the charts" });
  await bar.getByText("mean of 2 seeds").waitFor();
  await bar.getByRole("radio", { name: "± 1 sd" }).click();
});

test("axis, scale, smoothing and charts of any number travel in the link", async () => {
  const toolbar = page.getByRole("group", { name: "How the charts are drawn" });
  await toolbar.getByRole("radio", { name: "tokens" }).click();
  await toolbar.getByRole("radio", { name: "log" }).click();
  await toolbar.getByRole("button", { name: /Smoothing/ }).click();
  await page.getByRole("option", { name: /EMA 20/ }).click();
  expect(await chart("Reward").getByRole("heading").innerText()).toContain("EMA 20, log");
  await toolbar.getByRole("button", { name: /Add a chart/ }).click();
  await page.getByRole("option", { name: "rewards/exact/mean" }).click();
  await chart("rewards/exact/mean").waitFor();

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: /Share/ }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()), SOON)
    .toContain("view.x=tokens");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(link).search).toMatch(
    /view\.x=tokens&view\.smooth=20&view\.y=log&view\.band=sd&view\.charts=rewards%2Fexact%2Fmean/,
  );

  await page.goto(`${link}&view.colour=red`);
  await ready(page);
  await page
    .getByRole("region", { name: "The link" })
    .getByText(/view.colour is no part of the view/)
    .waitFor();
  await chart("rewards/exact/mean").waitFor();
  expect(await chart("Reward").getByRole("heading").innerText()).toContain("EMA 20, log");
  // Which runs are drawn is local: this browser has kept it.
  await expect.poll(() => chart("Reward").locator(".chart-band").count(), SOON).toBe(2);
  await chart("rewards/exact/mean")
    .getByRole("button", { name: /^Remove/ })
    .click();
  await expect.poll(() => chart("rewards/exact/mean").count(), SOON).toBe(0);
});

test("a stored run is looked at without training, and gone on with where it stopped", async () => {
  await runsTab(page);
  const more = await details(row("first"));
  expect(await more.getByRole("textbox", { name: /^Note on/ }).inputValue()).toBe("the baseline");
  await more.getByRole("button", { name: "Open" }).click();
  const opened = page.getByRole("region", { name: "A stored run" });
  await opened.getByText("Looking at “first”.").waitFor();
  await transport(page).getByText("stored run").waitFor();
  expect(await stepOnScreen(page)).toBe(STEPS);
  expect(await page.evaluate(() => window.ratioscope.runs())).toContainEqual(
    expect.objectContaining({ id: "current", step: 0 }),
  );
  await opened.getByRole("button", { name: /^Back/ }).click();
  await opened.waitFor({ state: "detached" });

  await more.getByRole("button", { name: "Continue" }).click();
  await expect.poll(() => stepOnScreen(page), SOON).toBeGreaterThan(STEPS);
  await pause(page);
  const [current] = await page.evaluate(() => window.ratioscope.runs());
  expect(current).toMatchObject({ config: { seed: 1 } });
  expect(current!.step).toBeGreaterThan(STEPS);
  await row("first")
    .getByText(new RegExp(`^${current!.step} of \\d+$`))
    .waitFor();
});

test("a copy stands under its run; what is deleted comes back", async () => {
  const more = await details(row("third"));
  await more.getByRole("button", { name: "Duplicate" }).click();
  await row("third (copy)").waitFor();
  expect(await page.locator(".run-tree .run-tree input[value='third (copy)']").count()).toBe(1);
  const copy = await details(row("third (copy)"));
  await copy.getByRole("button", { name: "Delete" }).click();
  await panel().getByText("“third (copy)” is in the bin for a week.").waitFor();
  expect(await row("third (copy)").count()).toBe(0);
  await panel().getByRole("button", { name: "Undo" }).click();
  await row("third (copy)").waitFor();
});

test("no serious or critical violation in either theme, wide or narrow; no error", async () => {
  const found: string[] = [];
  await details(row("second"));
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of ["dark", "light"]) {
      await page.getByRole("button", { name: `Use the ${theme} theme` }).click();
      for (const part of [".explain", ".charts-part"]) {
        const { violations } = await new AxeBuilder({ page })
          .setLegacyMode()
          .include(part)
          .analyze();
        for (const { id, impact, nodes } of violations) {
          if (impact !== "serious" && impact !== "critical") continue;
          found.push(...nodes.map(({ html }) => `${width} ${theme} ${id} ${html.slice(0, 200)}`));
        }
      }
    }
  }
  expect(found).toEqual([]);
  expect(errors).toEqual([]);
});
