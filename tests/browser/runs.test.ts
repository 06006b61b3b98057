import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { addressOf, pause, ready, stepOnScreen, transport } from "../support/page.ts";
import { keepRuns, keptRun } from "../support/keep-runs.ts";
import { part, test } from "../support/page-test.ts";

const STEPS = 4;
const SMALL = { per_device_train_batch_size: 8, num_generations: 4 };

/** A small run of a few steps; the one before it stays in the database. */
const train = (page: Page, seed: number, config: Record<string, number>): Promise<void> =>
  page.evaluate(
    async ({ seed, config, steps }) => {
      await window.ratioscope.load({ preset: "sort", seed, config });
      await window.ratioscope.step(steps);
    },
    { seed, config: { ...SMALL, ...config }, steps: STEPS },
  );

const runsTab = (page: Page): Promise<void> => page.getByRole("tab", { name: /^Runs/ }).click();
const nameOf = (row: Locator): Locator => row.getByRole("textbox", { name: /^Name of/ });
const details = async (row: Locator): Promise<Locator> => {
  const more = row.getByRole("button", { name: /^More about/ });
  if ((await more.getAttribute("aria-expanded")) !== "true") await more.click();
  return row.page().locator(".run-unfolded");
};
const chartOf = (page: Page, name: string): Locator =>
  page.getByRole("region", { name: `${name} chart` });
/** What was copied last. */
const clipboard = (page: Page): Promise<string> =>
  page.evaluate(() => navigator.clipboard.readText());

test("three short runs are listed, compared, linked to, looked at, gone on with, and copied", async ({
  open,
}) => {
  const address = addressOf({ preset: "sort", seed: 1, config: SMALL });
  const page = await open({ motion: "reduce", address });
  await ready(page);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const panel = page.getByRole("tabpanel", { name: /^Runs/ });
  const rows = panel.locator(".run-row:not(.seeds)");
  /** The row of the run that has this text in its name. */
  const row = (name: string): Locator =>
    rows.filter({ has: page.locator(`input[value*="${name}"]`) });
  const chart = (name: string): Locator => chartOf(page, name);

  await train(page, 1, {});
  await train(page, 2, {});
  await train(page, 3, { learning_rate: 2e-3 });
  await runsTab(page);
  await rows.nth(2).waitFor();

  await part("every trained run is listed with what it has come to", async () => {
    for (const [index, name] of ["third", "second", "first"].entries()) {
      await nameOf(rows.nth(index)).fill(name);
      await page.keyboard.press("Enter");
      await row(name).waitFor();
    }
    const more = await details(row("first"));
    await more.getByText(/^4 of \d+$/).waitFor();
  });

  await part("names and notes are kept, and found", async () => {
    const more = await details(row("first"));
    await more.getByRole("textbox", { name: /^Note on/ }).fill("the baseline");
    await more.getByRole("radio", { name: /^Colour 5/ }).click({ force: true });
    await expect
      .poll(() => row("first").locator(".run-mark-shape").first().getAttribute("style"))
      .toContain("--run-4");

    const search = panel.getByRole("searchbox");
    const found = () =>
      rows
        .getByRole("textbox", { name: /^Name of/ })
        .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
    await search.fill("baseline");
    await expect.poll(found).toEqual(["first"]);
    await search.fill("learning_rate=0.002");
    await expect.poll(found).toEqual(["third"]);
    await search.fill("no such run");
    await panel.getByText(/No run has “no such run”/).waitFor();
    await search.fill("");
    await expect.poll(found).toEqual(["third", "second", "first"]);
  });

  await part("runs go onto every chart, and their values stand at the cursor", async () => {
    await row("third").getByRole("checkbox").check();
    for (const name of ["Reward", "Entropy", "Grad norm"]) {
      await expect.poll(() => chart(name).locator(".chart-overlay").count()).toBe(2);
    }
    await chart("Reward").getByRole("slider").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const tip = chart("Reward").locator(".chart-tip");
    await expect
      .poll(() => tip.innerText())
      .toMatch(/step 2\s+third\s+token\s+[01]\.\d{3}\s+sequence\s+[01]\.\d{3}/);
    expect(await chart("Entropy").locator(".run-mark-shape").count()).toBe(2);
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "detached" });
  });

  await part("what differs is a table, and can be copied", async () => {
    const differs = panel.getByRole("region", { name: "What differs" });
    await differs.getByText("The configurations are the same.").waitFor();
    await row("first").getByRole("checkbox").check();
    const line = differs.getByRole("row", { name: /^learning_rate/ });
    await expect.poll(() => line.innerText()).toMatch(/0\.002\s+0\.0008\s+0\.002\s+0\.000001/);
    expect(await differs.getByRole("row", { name: /^epsilon/ }).count()).toBe(0);
    await differs.getByRole("button", { name: "CSV" }).click();
    await differs.getByText("Copied as CSV").waitFor();
    const [head] = (await clipboard(page)).split("\n");
    expect(head).toBe("field,TRL default,on screen,first,third");
  });

  await part("runs that differ in the seed alone become a group, its mean and band", async () => {
    await panel.getByRole("button", { name: "Group as 2 seeds" }).click();
    const group = panel.locator(".run-row.seeds");
    const more = await details(group);
    await more.getByText("2 seeds: 1, 2; numbers in its line are their means.").waitFor();
    await more.getByRole("button", { name: "Ungroup" }).waitFor();
    await group.getByRole("checkbox").check();
    await expect.poll(() => chart("Reward").locator(".chart-band").count()).toBe(2);
    const bar = page.getByRole("group", { name: "Stored runs on the charts" });
    await bar.getByText("mean of 2 seeds").waitFor();
    await bar.getByRole("radio", { name: "± 1 sd" }).click();
  });

  const link = await part("how the charts are drawn goes into the link", async () => {
    const toolbar = page.getByRole("group", { name: "How the charts are drawn" });
    await toolbar.getByRole("radio", { name: "tokens" }).click();
    await toolbar.getByRole("radio", { name: "log" }).click();
    await toolbar.getByRole("button", { name: /Smoothing/ }).click();
    await page.getByRole("option", { name: /EMA 20/ }).click();
    await chart("Reward")
      .getByRole("heading")
      .getByText(/EMA 20, log/)
      .waitFor();
    await toolbar.getByRole("button", { name: /Add a chart/ }).click();
    await page.getByRole("option", { name: "rewards/exact/mean" }).click();
    await chart("rewards/exact/mean").waitFor();

    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Copy link" }).click();
    await expect.poll(() => clipboard(page)).toContain("view.x=tokens");
    const copied = await clipboard(page);
    expect(new URL(copied).search).toMatch(
      /view\.x=tokens&view\.smooth=20&view\.y=log&view\.band=sd&view\.charts=rewards%2Fexact%2Fmean/,
    );
    return copied;
  });

  await part("the link opens the same in another tab, with the runs of this browser", async () => {
    const tab = await page.context().newPage();
    // Charts need no device.
    await tab.route(/training\.worker.*\.js$/, () => {});
    await tab.goto(`${link}&view.colour=red`);
    await tab
      .getByRole("region", { name: "The link" })
      .getByText(/view.colour is no part of the view/)
      .waitFor();
    const added = chartOf(tab, "rewards/exact/mean");
    await added.waitFor();
    await chartOf(tab, "Reward")
      .getByRole("heading")
      .getByText(/EMA 20, log/)
      .waitFor();
    // Which runs are drawn is local: this browser has kept it.
    await expect.poll(() => chartOf(tab, "Reward").locator(".chart-band").count()).toBe(2);
    await added.getByRole("button", { name: /^Remove/ }).click();
    await added.waitFor({ state: "detached" });
    await tab.close();
  });

  await part("a stored run is looked at without training", async () => {
    const runs = () => page.evaluate(() => window.ratioscope.runs());
    const before = await runs();
    const more = await details(row("first"));
    expect(await more.getByRole("textbox", { name: /^Note on/ }).inputValue()).toBe("the baseline");
    await more.getByRole("button", { name: "Open" }).click();
    const opened = page.getByRole("region", { name: "A stored run" });
    await opened.getByText("Looking at “first”.").waitFor();
    await transport(page).getByText("stored run").waitFor();
    expect(await stepOnScreen(page)).toBe(STEPS);
    expect(await runs()).toEqual(before);
    await opened.getByRole("button", { name: /^Back/ }).click();
    await opened.waitFor({ state: "detached" });
  });

  await part("and gone on with where it stopped", async () => {
    const more = await details(row("first"));
    await more.getByRole("button", { name: "Continue" }).click();
    // It stands still where it stopped: nothing trains that nobody has asked for.
    await page.getByText(/^Continued at step \d+/).waitFor();
    await expect.poll(() => stepOnScreen(page)).toBe(STEPS);
    await transport(page).getByRole("button", { name: "Play" }).click();
    await expect.poll(() => stepOnScreen(page)).toBeGreaterThan(STEPS);
    await pause(page);
    const [current] = await page.evaluate(() => window.ratioscope.runs());
    expect(current).toMatchObject({ config: { seed: 1 } });
    expect(current!.step).toBeGreaterThan(STEPS);
    await more.getByText(new RegExp(`^${current!.step} of \\d+$`)).waitFor();
  });

  await part("a copy stands under its run; what is deleted comes back", async () => {
    const more = await details(row("third"));
    await more.getByRole("button", { name: "Duplicate" }).click();
    await row("third (copy)").waitFor();
    expect(await row("third (copy)").getByText("↳").count()).toBe(1);
    expect(await row("third").first().getByText("↳").count()).toBe(0);
    const copy = await details(row("third (copy)"));
    await copy.getByRole("button", { name: "Delete" }).click();
    await panel.getByText("“third (copy)” is in the bin for a week.").waitFor();
    await row("third (copy)").waitFor({ state: "detached" });
    await panel.getByRole("button", { name: "Undo" }).click();
    await row("third (copy)").waitFor();
  });

  await part("no serious or critical violation in either theme, wide or narrow", async () => {
    const found: string[] = [];
    await details(row("second"));
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const theme of ["dark", "light"]) {
        await page.getByRole("button", { name: `Use the ${theme} theme` }).click();
        // Both at once: most of what it costs is the same for one element as for all.
        found.push(
          ...(await seriousViolations(page, `${width} ${theme}`, ".explain, .charts-part")),
        );
      }
    }
    expect(found).toEqual([]);
  });
});

test("a line a run: sorted by any column, by keyboard too, wide and narrow", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ motion: "reduce" });
  const [even, odd] = [
    { token: [0.25, 0.125], sequence: [0.5, 0] },
    { token: [0.75, 0.05], sequence: [0.625, 0.5] },
  ] as const;
  const fresh = { updatedAt: Date.now() };
  await keepRuns(page, [
    keptRun("oldest", 1, 60, even),
    keptRun("middle", 2, 20, odd),
    keptRun("newest", 3, 40, { token: [0.3, 0], sequence: [0.3, 0] }, fresh),
    keptRun("below", 4, 10, even, { parent: { run: "middle", step: 10 } }),
  ]);
  const table = page.getByRole("table", { name: "4 runs" });
  const head = (name: string): Locator =>
    table.getByRole("columnheader", { name: new RegExp(`^${name}`) });
  const line = (name: string): Locator =>
    table.locator(".run-row").filter({ has: page.locator(`input[value="${name}"]`) });
  const names = () =>
    table
      .getByRole("textbox", { name: /^Name of/ })
      .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
  const heads = () =>
    table
      .locator("thead button")
      .evaluateAll((buttons) => buttons.map((button) => button.firstChild?.textContent));
  await expect.poll(names).toEqual(["newest", "middle", "below", "oldest"]);

  await part("where it is narrow a line has what is compared first", async () => {
    expect(await heads()).toEqual(["Run", "Reward"]);
    await head("Reward").getByText("newest 50 steps").waitFor();
    const more = await details(line("middle"));
    await more
      .getByText(/^seed 2 \(Sort, off-policy ×4\)\..*Clipped, %: token 5\.0.*50\.0/)
      .waitFor();
    await more.getByText("20 of 400").waitFor();
  });

  await part("beside smaller figures it has all", async () => {
    await page.getByRole("button", { name: "Wider" }).click();
    await expect.poll(heads).toEqual(["Run", "Differs", "Steps", "Reward", "Clipped, %", "When"]);
    const cells = line("newest").getByRole("cell");
    expect(
      (await cells.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " ").trim()),
    ).toEqual([
      "",
      "seed 3 (Sort, off-policy ×4)",
      "40",
      "token 0.300 sequence 0.300",
      "token 0.0 sequence 0.0",
      "just now",
      "",
    ]);
  });

  await part("a press sorts downwards, the next upwards, a third as before", async () => {
    await head("Reward").getByRole("button").focus();
    await page.keyboard.press("Enter");
    // What came from a run stays under it.
    await expect.poll(names).toEqual(["middle", "below", "oldest", "newest"]);
    expect(await head("Reward").getAttribute("aria-sort")).toBe("descending");
    await page.keyboard.press("Enter");
    await expect.poll(names).toEqual(["newest", "oldest", "middle", "below"]);
    expect(await head("Reward").getAttribute("aria-sort")).toBe("ascending");
    await page.keyboard.press("Enter");
    await expect.poll(names).toEqual(["newest", "middle", "below", "oldest"]);
    expect(await head("When").getAttribute("aria-sort")).toBe("descending");
    await head("Steps").getByRole("button").click();
    await expect.poll(names).toEqual(["oldest", "newest", "middle", "below"]);
    await head("Run").getByRole("button").click();
    await expect.poll(names).toEqual(["middle", "below", "newest", "oldest"]);
  });

  await part("no violation, and nothing is cut off at 390", async () => {
    expect(await seriousViolations(page, "wide", ".explain", null)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(heads).toEqual(["Run", "Reward"]);
    const beyond = await table.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(beyond).toBe(0);
    expect(await seriousViolations(page, "narrow", ".explain", null)).toEqual([]);
  });
});
