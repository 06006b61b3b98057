import type { Page } from "playwright";
import { expect } from "vitest";
import { flips, type RoutedRecord, tellingLayer } from "../../src/analysis/flips.ts";
import { expertLoad, logRatiosByRoute } from "../../src/analysis/routes.ts";
import * as format from "../../src/analysis/format.ts";
import { seriousViolations } from "../support/axe.ts";
import { figure3, figure4 } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";
import { routedRecording, servesRecording } from "../support/routed-recording.ts";

const expertsFigure = (page: Page) => page.getByRole("figure", { name: /^Experts/ });
/** The script and the styles that only a mixture needs. */
const EXPERTS = /\/experts-[^/]*\.(js|css)$/;
/** Keeps the addresses of all that the page fetches; for `before`. */
const listensTo =
  (fetched: string[]) =>
  (page: Page): Promise<void> => {
    page.on("request", (request) => fetched.push(request.url()));
    return Promise.resolve();
  };
const stage = (page: Page, name: RegExp) => page.getByRole("radio", { name });
const layer = (page: Page, name: string) =>
  page
    .getByRole("radiogroup", { name: "Layer whose experts are shown" })
    .getByRole("radio", { name });

test("a dense policy's page has no trace of experts, and never fetches their script", async ({
  openRecorded,
}) => {
  const fetched: string[] = [];
  const page = await openRecorded({ before: listensTo(fetched) });
  await page.getByRole("region", { name: "Reward chart" }).locator("svg").first().waitFor();
  await page.keyboard.press("0");
  await figure3(page).getByRole("gridcell").first().click();
  await page.getByRole("heading", { name: "Adds up to the loss of this step" }).waitFor();
  await figure4(page).waitFor();
  expect(await page.locator("main, .explain").allInnerTexts()).toHaveLength(2);
  for (const text of await page.locator("main, .explain").allInnerTexts()) {
    expect(text).not.toMatch(/expert|router|flipped/i);
  }
  expect(fetched.filter((url) => EXPERTS.test(url))).toEqual([]);
});

test("experts stand beside Figure 3, flips are marked, and the numbers are the record's", async ({
  openRecorded,
}) => {
  const recording = routedRecording({ layers: [1, 3], flipped: 0.15 });
  const fetched: string[] = [];
  const page = await openRecorded({
    motion: "reduce",
    before: async (fresh) => {
      await listensTo(fetched)(fresh);
      await servesRecording(recording)(fresh);
    },
  });
  const record = recording.records.findLast(({ arm }) => arm === "token") as RoutedRecord;
  const cells = expertsFigure(page).getByRole("gridcell");
  const indexOf = (key: string | null): number => {
    const [row, token] = key!.split("-").map(Number);
    return row! * record.columns + token!;
  };
  const found: string[] = [];

  await part("cells of both figures say and wear what flipped", async () => {
    await page.locator(".twin-legend").getByText("other experts").waitFor();
    for (const figure of [figure3(page), figure4(page)]) {
      await figure.locator(".flip-mark").waitFor({ state: "attached" });
      let marks = 0;
      for (const cell of await figure.getByRole("gridcell").all()) {
        const flipped = flips(record, indexOf(await cell.getAttribute("data-cell"))) > 0;
        const label = await cell.getAttribute("aria-label");
        expect(label?.includes("other experts than in the rollout"), label ?? "").toBe(flipped);
        if (flipped) marks++;
      }
      const drawn = await figure.locator(".flip-mark").getAttribute("d");
      expect(drawn?.match(/M/g)?.length).toBe(marks);
    }
  });

  await part("key 0 puts the experts of a layer in Figure 4's place", async () => {
    await page.keyboard.press("0");
    await cells.first().waitFor();
    expect(await stage(page, /experts/).isChecked()).toBe(true);
    expect(await figure4(page).count()).toBe(0);
    expect(await cells.count()).toBe(await figure3(page).getByRole("gridcell").count());
    const told = await cells.first().getAttribute("aria-label");
    expect(told).toMatch(new RegExp(`layer ${tellingLayer(record)}: experts \\d and \\d`));
    expect(fetched.some((url) => EXPERTS.test(url))).toBe(true);
    const panel = page.getByRole("region", { name: "Experts of this batch" });
    await panel.getByText("2 of 8 experts").waitFor();
    const loads = await panel.locator(".experts-share").allTextContents();
    expect(loads).toEqual(
      Array.from(expertLoad(record, tellingLayer(record)), (share) => format.percent(share)),
    );
  });

  await part("a picker has the other layer, and the layers together", async () => {
    await layer(page, "layer 3").click();
    await expect.poll(() => cells.first().getAttribute("aria-label")).toMatch(/layer 3: experts/);
    await layer(page, "all layers").click();
    await expect
      .poll(() => cells.first().getAttribute("aria-label"))
      .toMatch(/the same experts in all layers|other experts in \d of 2 layers/);
    await layer(page, "layer 1").click();
  });

  await part("arrows go through the cells, and Enter has the router's numbers", async () => {
    await expertsFigure(page).locator('[role=gridcell][tabindex="0"]').focus();
    await page.keyboard.press("ArrowRight");
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
      .toMatch(/token 2, .*layer 1: experts/);
    const key = await page.evaluate(() => document.activeElement!.getAttribute("data-cell"));
    await page.keyboard.press("Enter");
    const router = page.locator(".experts-router");
    await router.getByRole("row", { name: /^1 / }).waitFor();
    const index = indexOf(key);
    const value = format.signed(record.routerLogRatio[index]!, 4).trim();
    await router.getByText(value, { exact: true }).waitFor();
    const { perToken, layers } = record.routing;
    const from = index * layers.length * perToken;
    const listed = await router.getByRole("row", { name: /^1 / }).innerText();
    for (const weights of [record.expertWeights, record.expertWeightsOld]) {
      for (const weight of weights.subarray(from, from + perToken)) {
        expect(listed).toContain(format.fixed(weight, 3));
      }
    }
  });

  await part("the row says what tokens with other experts add", async () => {
    // The one that is pinned may have only one kind of them: another is told of.
    const of = (row: number) => logRatiosByRoute(record, row);
    const rows = Array.from({ length: record.rows }, (_, row) => row);
    const mixed = (row: number) => of(row).same.tokens > 0 && of(row).other.tokens > 0;
    const shown = await cells.evaluateAll((all) => all.map((each) => each.dataset.cell ?? ""));
    const row = rows.find((each) => mixed(each) && shown.includes(`${each}-0`))!;
    await expertsFigure(page).locator(`[data-cell="${row}-0"]`).click();
    const { same, other } = of(row);
    const told = [same, other].map(
      ({ sum, tokens }) => `${format.signed(sum, 4).trim()} from ${format.plural(tokens, "token")}`,
    );
    await page
      .getByText(`${told[0]} with the same experts and ${told[1]} with other experts`)
      .waitFor();
  });

  await part("charts have the share that flipped and the balance", async () => {
    await page.getByRole("region", { name: "Flipped routes chart" }).waitFor();
    await page.getByRole("region", { name: "Load-balancing loss chart" }).waitFor();
  });

  await part("no serious violation, light and dark", async () => {
    found.push(...(await seriousViolations(page, "light", ".stage-figure, .explain")));
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    const colours = ["color-contrast"];
    found.push(...(await seriousViolations(page, "dark", ".stage-figure, .explain", colours)));
    await layer(page, "all layers").click();
    found.push(...(await seriousViolations(page, "all layers", ".stage-figure")));
    expect(found).toEqual([]);
  });

  await part("another stage brings Figure 4 back", async () => {
    await stage(page, /ratio$/)
      .last()
      .check({ force: true });
    await figure4(page).getByRole("gridcell").first().waitFor();
    expect(await expertsFigure(page).count()).toBe(0);
  });
});

test("on a phone experts stand below Figure 3; at k = 0 nothing has flipped", async ({
  openRecorded,
}) => {
  const page = await openRecorded({
    ...{ width: 390, height: 844, motion: "reduce", density: "learn" },
    before: servesRecording(routedRecording({ flipped: 0.15 })),
  });
  await stage(page, /experts/).check({ force: true });
  await expertsFigure(page).getByRole("gridcell").first().waitFor();
  const [upper, lower] = await Promise.all([
    figure3(page).boundingBox(),
    expertsFigure(page).boundingBox(),
  ]);
  expect(lower!.y).toBeGreaterThanOrEqual(upper!.y + upper!.height);
  const tooWide = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  expect(tooWide).toBe(false);
  const found = await seriousViolations(page, "phone", ".stage-figure");
  await page.getByRole("radiogroup", { name: "Inner step k" }).getByRole("radio").first().click();
  await page
    .getByText("At k = 0 the weights are those of the rollout: nothing has flipped.")
    .waitFor();
  expect(await page.locator(".expert-frame").count()).toBe(0);
  await page.getByRole("button", { name: "Use the dark theme" }).click();
  found.push(
    ...(await seriousViolations(page, "phone, dark", ".stage-figure", ["color-contrast"])),
  );
  expect(found).toEqual([]);
});
