// `npm run bench:page -- [--seconds 60]`: how smooth the page stays while it trains with every view
// open. Builds the site, trains, and works the page as a reader does. One JSON line per measurement:
// how soon the first training step is done, compile included; main-thread tasks over 50 ms; and the
// time from each kind of interaction to the next paint.
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { build, preview } from "vite";
import { chromiumFlags, requireChromium } from "../scripts/chromium.mjs";
import { root } from "../scripts/setup.mjs";
import { mainThreadTasks } from "../tests/support/trace.mjs";
import { median } from "./markdown.mjs";

/** @typedef {import("playwright").Page} Page */

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const seconds = Number(values.seconds);

/** @param {object} line */
const say = (line) => console.log(JSON.stringify(line));

/** Pause between two interactions: each is to be seen alone. */
const BETWEEN_MS = 700;

/** What a reader does, again and again; `turn` counts up. @param {Page} page */
const interactions = (page) => {
  const level = page.getByRole("radiogroup", {
    name: "Importance sampling level of the token arm",
  });
  const cells = page.getByRole("figure", { name: /^Figure 3/ }).getByRole("gridcell");
  const tab = (/** @type {string} */ name) => page.getByRole("tab", { name }).click();
  return {
    "level switch": (/** @type {number} */ turn) =>
      level.getByRole("radio", { name: turn % 2 ? "Token" : "Sequence" }).click(),
    "stage key": (/** @type {number} */ turn) => page.keyboard.press(String(1 + (turn % 5))),
    // The group on screen may be a small one.
    "cell pin": async (/** @type {number} */ turn) =>
      cells.nth((turn * 7) % Math.min(24, await cells.count())).click(),
    "pin released": () => page.keyboard.press("Escape"),
    "tab Equation": () => tab("Equation"),
    "tab Completions": () => tab("Completions"),
  };
};

/** In the page: notes long tasks and what every interaction waited for its paint. */
function watch() {
  /** @type {{ at: number, ms: number }[]} */
  const tasks = [];
  /** @type {{ at: number, ms: number, name: string }[]} */
  const paints = [];
  /** @type {{ ms: number, scripts: string[] }[]} */
  const frames = [];
  /** @param {string} type @param {(entries: any[]) => void} take @param {object} more */
  const observe = (type, take, more = {}) =>
    new PerformanceObserver((list) => take(list.getEntries())).observe({ type, ...more });
  observe("longtask", (entries) => {
    for (const { startTime, duration } of entries) tasks.push({ at: startTime, ms: duration });
  });
  observe(
    "event",
    (entries) => {
      for (const { startTime, duration, interactionId, name } of entries) {
        if (interactionId > 0) paints.push({ at: startTime, ms: duration, name });
      }
    },
    { durationThreshold: 16 },
  );
  observe("long-animation-frame", (entries) => {
    for (const { duration, scripts } of entries) {
      frames.push({
        ms: Math.round(duration),
        scripts: scripts.map(
          (/** @type {any} */ { duration: ms, invoker, sourceFunctionName }) =>
            `${invoker} ${sourceFunctionName} ${Math.round(ms)} ms`,
        ),
      });
    }
  });
  Object.assign(window, { watched: { tasks, paints, frames } });
}

await build({ root, logLevel: "error" });
const server = await preview({ root, logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
const browser = await chromium.launch({
  executablePath: requireChromium(),
  args: [...chromiumFlags],
  headless: false,
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(120_000);
  // At work everything is on the page.
  await page.addInitScript(() => localStorage.setItem("ratioscope.density", "work"));
  // So many steps that the run does not end while it is watched.
  await page.goto(`${server.resolvedUrls?.local[0]}?max_steps=1000000`);
  const built = await page.evaluate(async () => {
    await window.ratioscope.ready;
    const [navigation] = performance.getEntriesByType("navigation");
    return performance.now() - /** @type {any} */ (navigation).domContentLoadedEventEnd;
  });
  const first_ms = await page.evaluate(async () => {
    const began = performance.now();
    await window.ratioscope.step(1);
    return performance.now() - began;
  });
  const adapter = await page.locator(".status-adapter").innerText();
  say({ kind: "first-step", adapter, ms: built + first_ms, compile_ms: built, load: loadavg()[0] });
  await page
    .locator(".config-group h3 button[aria-expanded=false]")
    .evaluateAll((buttons) =>
      buttons.forEach((button) => /** @type {HTMLElement} */ (button).click()),
    );
  await page.getByRole("tab", { name: "Completions" }).click();
  await page
    .getByRole("region", { name: "Training" })
    .getByRole("button", { name: "Play" })
    .click();
  const step = () => page.evaluate(async () => (await window.ratioscope.runs())[0]?.step ?? 0);
  while ((await step()) < 8) await page.waitForTimeout(200);

  await page.evaluate(watch);
  const from = await step();
  // First nobody touches the page; then the reader is at work.
  await browser.startTracing(page, { categories: ["toplevel"] });
  await page.waitForTimeout(seconds * 1000);
  const busy = mainThreadTasks(await browser.stopTracing());
  const processor = busy.map(({ tdur = 0 }) => tdur / 1000);
  const untouched = await page.evaluate(() => performance.now());
  const steps = (await step()) - from;
  /** @type {{ name: string, at: number }[]} */
  const did = [];
  for (let turn = 0; turn < 8; turn++) {
    for (const [name, interact] of Object.entries(interactions(page))) {
      const at = await page.evaluate(() => performance.now());
      await interact(turn);
      await page.waitForTimeout(BETWEEN_MS);
      did.push({ name, at });
    }
  }
  const { tasks, paints, frames } = await page.evaluate(() => /** @type {any} */ (window).watched);

  /** @typedef {{ at: number, ms: number }} Span */
  const alone = tasks.filter((/** @type {Span} */ { at }) => at < untouched);
  say({
    kind: "long-tasks",
    seconds,
    steps,
    tasks: alone.length,
    longest_ms: Math.max(0, ...alone.map((/** @type {Span} */ { ms }) => ms)),
    processor_over_50: processor.filter((ms) => ms > 50).length,
    processor_longest_ms: Math.max(0, ...processor),
    load: loadavg()[0],
    frames: frames
      .toSorted((/** @type {Span} */ a, /** @type {Span} */ b) => b.ms - a.ms)
      .slice(0, 5),
  });
  for (const name of new Set(did.map((each) => each.name))) {
    // An interaction's longest event; below 16 ms none is told.
    const waited = did.flatMap((each, i) => {
      const until = did[i + 1]?.at ?? Infinity;
      const own = paints.filter((/** @type {Span} */ { at }) => at >= each.at && at < until);
      return each.name === name ? [Math.max(16, ...own.map((/** @type {Span} */ p) => p.ms))] : [];
    });
    say({
      kind: "next-paint",
      of: name,
      n: waited.length,
      median_ms: median(waited),
      longest_ms: Math.max(...waited),
    });
  }
} finally {
  await browser.close();
  await server.close();
}
