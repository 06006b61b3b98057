import { gzipSync } from "node:zlib";
import type { Page } from "playwright";
import { expect } from "vitest";
import { figure3, figure4, inWorker, pastStep, ready } from "../support/page.ts";
import { test } from "../support/page-test.ts";

/** Bytes, gzipped. */
const KIB = 2 ** 10;
const SCRIPTS_LIMIT = 200 * KIB;
/** Of the page's scripts, all that arrive while nobody touches it; and of the worker's, which trains. */
const UNTOUCHED_LIMIT = 212 * KIB;
/** The page's scripts: not the worker's. */
const PAGE = /\/(?!training\.worker)[^/]*\.js$/;
const WORKER_LIMIT = 100 * KIB;
const STYLES_LIMIT = 24 * KIB;
const RECORDING_LIMIT = 320 * KIB;

test("where the browser keeps nothing for the page, it says so and works all the same", async ({
  openLive,
}) => {
  const page = await openLive({ before: blockStorage });
  const theme = () => page.evaluate(() => getComputedStyle(document.body).colorScheme);
  const before = await theme();
  await page.getByRole("button", { name: /^Use the .* theme$/ }).click();
  await expect.poll(theme).not.toBe(before);
  await figure3(page).getByRole("gridcell").first().click();
  await page.getByRole("heading", { name: /^Row \d+, token 1$/ }).waitFor();
  await page.evaluate(() => window.ratioscope.step(1));
  await pastStep(page, 0);
  const why = "The stored runs cannot be reached: indexedDB is denied.";
  await page
    .getByRole("status", { name: "Storage" })
    .getByText(`${why} Training goes on; nothing of it can be continued later.`)
    .waitFor();
  // No density is kept either: a first visit is a learner's.
  await page.getByRole("radio", { name: "Work" }).click();
  await page.getByRole("tab", { name: "Runs" }).click();
  const runs = page.getByRole("tabpanel", { name: "Runs" });
  await runs.getByRole("alert").getByText(why).waitFor();
  await runs.getByText("Training goes on without being kept.").waitFor();
});

test("a first visit to a sub-path: nothing is missing, little comes unasked, nothing moves", async ({
  open,
}) => {
  const missing: string[] = [];
  const page = await open({
    density: "learn",
    before: async (fresh) => {
      fresh.on("response", (response) => {
        if (!response.ok()) missing.push(`${response.status()} ${response.url()}`);
      });
      await watchShifts(fresh);
    },
  });
  await figure4(page).getByRole("gridcell").first().waitFor();
  await page.waitForFunction(() => performance.getEntriesByName("first-figure").length > 0);
  await ready(page);
  expect(await page.title()).toContain("Ratioscope");
  expect(await page.evaluate(async () => (await navigator.gpu.requestAdapter()) !== null)).toBe(
    true,
  );
  const { loaded, figureAt, paintAt, size } = await weighed(page);
  const scripts = await size(PAGE, figureAt);
  const styles = await size(/\.css$/, figureAt);
  const recording = await size(/\/recordings\/.*\.json$/, figureAt);
  const untouched = await size(PAGE, Infinity);
  const worker = await size(/\/training\.worker[^/]*\.js$/, Infinity);
  console.log(
    `before the first figure: ${kib(scripts)} KiB of scripts, ${kib(styles)} of styles and ` +
      `${kib(recording)} of the recorded run, gzipped; while untouched ${kib(untouched)} KiB of ` +
      `scripts, and ${kib(worker)} of the worker's. ` +
      `First paint at ${paintAt.toFixed(0)} ms, first figure at ${figureAt.toFixed(0)} ms`,
  );
  expect(scripts).toBeGreaterThan(0);
  expect(scripts).toBeLessThan(SCRIPTS_LIMIT);
  expect(untouched).toBeLessThan(UNTOUCHED_LIMIT);
  expect(worker).toBeGreaterThan(0);
  expect(worker).toBeLessThan(WORKER_LIMIT);
  expect(styles).toBeLessThan(STYLES_LIMIT);
  expect(recording).toBeGreaterThan(0);
  expect(recording).toBeLessThan(RECORDING_LIMIT);
  // What nobody asked for yet: formulas, readers of configurations, recharts.
  const unasked = /katex|Equation|ImportPanel|ExportPanel|ChartLines|Config|Lessons|Experiments/;
  expect(loaded.filter(({ name }) => unasked.test(name))).toEqual([]);

  await expectStill(page);
  expect(missing).toEqual([]);
});

test("at work the sketches of the charts give way to recharts, and nothing moves", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ before: watchShifts });
  await page.getByRole("textbox", { name: "learning_rate" }).waitFor();
  await page.getByRole("region", { name: "Reward chart" }).locator("svg path").first().waitFor();
  const { size, figureAt } = await weighed(page);
  expect(await size(PAGE, figureAt)).toBeLessThan(SCRIPTS_LIMIT);
  const sketched = await page.evaluate(chartGeometry);
  expect(sketched.length).toBeGreaterThan(4);
  for (const chart of sketched) expect(chart.length).toBeGreaterThan(10);
  await page.mouse.move(8, 8);
  const drawn = page.locator(".chart-plot .recharts-surface");
  await expect.poll(() => drawn.count()).toBe(sketched.length);
  expect(await page.evaluate(chartGeometry)).toEqual(sketched);
  await expectStill(page);
});

/** What has been loaded, when the first figure and the first paint came, and the bytes of files, gzipped. */
async function weighed(page: Page) {
  const { loaded, figureAt, paintAt } = await page.evaluate(() => {
    const [figure] = performance.getEntriesByName("first-figure");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    const loaded = performance
      .getEntriesByType("resource")
      .map(({ name, startTime }) => ({ name, startTime }));
    return {
      loaded,
      figureAt: figure?.startTime ?? Number.NaN,
      paintAt: paint?.startTime ?? Number.NaN,
    };
  });
  expect(figureAt).toBeGreaterThan(0);
  const size = async (kind: RegExp, until: number): Promise<number> => {
    const files = loaded.filter(({ name, startTime }) => kind.test(name) && startTime < until);
    const bodies = await Promise.all(
      files.map(async ({ name }) => (await page.request.get(name)).body()),
    );
    return bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  };
  return { loaded, figureAt, paintAt, size };
}

/** Since the first figure nothing has moved; beyond 0.1 web.dev calls a page restless. */
async function expectStill(page: Page): Promise<void> {
  const shifts = await page.evaluate(() => window.shifts);
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.005);
}

const kib = (bytes: number): string => (bytes / KIB).toFixed(0);

declare global {
  interface Window {
    /** Scores of the layout's shifts since the first figure. */
    shifts: number[];
  }
}

/** Where each chart's texts and lines lie, to half a pixel, and how its curves are drawn. */
function chartGeometry(): string[][] {
  const half = (value: number): number => Math.round(value * 2) / 2;
  return [...document.querySelectorAll(".chart-plot")].map((plot) => {
    const { x: left, y: top } = plot.getBoundingClientRect();
    const place = (part: Element): string => {
      const { x, y, width } = part.getBoundingClientRect();
      return `${half(width)} wide at ${half(x - left)} ${half(y - top)}`;
    };
    const texts = [...plot.querySelectorAll("text")].map(
      (text) => `${text.textContent} ${place(text)}`,
    );
    const lines = [...plot.querySelectorAll("line[stroke^='var(--line']")].map(
      (line) => `${line.getAttribute("stroke")} ${place(line)}`,
    );
    const curves = [...plot.querySelectorAll("path[stroke^='var(--arm']")].map((path) =>
      ["stroke", "stroke-dasharray", "stroke-width", "stroke-opacity", "d"]
        .map((name) => path.getAttribute(name))
        .join(" "),
    );
    return [...texts, ...lines, ...curves].toSorted();
  });
}

/** As with all cookies blocked: whoever mentions storage is refused, in the worker too. */
async function blockStorage(page: Page): Promise<void> {
  const block = `for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
    const get = () => {
      throw new DOMException(name + " is denied.", "SecurityError");
    };
    Object.defineProperty(globalThis, name, { get });
  }`;
  await page.addInitScript(block);
  await inWorker(block)(page);
}

async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      const [figure] = performance.getEntriesByName("first-figure");
      if (figure === undefined) return;
      for (const entry of list.getEntries()) {
        // TypeScript's DOM library does not know layout shifts yet.
        const value: unknown = Reflect.get(entry, "value");
        if (entry.startTime > figure.startTime && typeof value === "number") {
          window.shifts.push(value);
        }
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}
