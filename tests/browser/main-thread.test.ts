import { expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openGroups, openPage, pastStep, ready, recordOf, transport } from "../support/page.ts";
import { mainThreadTasks } from "../support/trace.mjs";

/** Optimizer steps that are watched. */
const STEPS = 32;
/** Before them, the first second: code that runs for the first time is compiled. */
const FIRST = 8;
const LONG_MS = 50;

// A report. How long a task takes depends on the machine and on what else it does, so no duration
// is asserted; the processor time of a task does not grow with the load, the clock's does.
test("main-thread tasks over 50 ms while training with every view open", async () => {
  const browser = await launchChromium();
  try {
    const { page } = await openPage(browser);
    await ready(page);
    await openGroups(page);
    await page.getByRole("tab", { name: "Completions" }).click();
    await transport(page).getByRole("button", { name: "Play" }).click();
    await pastStep(page, FIRST);

    await page.evaluate(() => {
      const tasks: number[] = [];
      new PerformanceObserver((list) => {
        tasks.push(...list.getEntries().map(({ duration }) => duration));
      }).observe({ entryTypes: ["longtask"] });
      Object.assign(window, { tasks });
    });
    await browser.startTracing(page, { categories: ["toplevel"] });
    await pastStep(page, FIRST + STEPS);
    const trace = await browser.stopTracing();
    const observed = await page.evaluate((): unknown => Reflect.get(window, "tasks"));
    expect((await recordOf(page)).step).toBeGreaterThan(FIRST + STEPS);

    const tasks = mainThreadTasks(trace);
    expect(tasks.length).toBeGreaterThan(STEPS);
    expect(observed).toBeInstanceOf(Array);
    const clock = tasks.map(({ dur = 0 }) => dur / 1000);
    const processor = tasks.map(({ tdur = 0 }) => tdur / 1000);
    console.log(
      `main thread, ${STEPS} steps, every view open: ${(observed as number[]).length} long tasks ` +
        `observed in the page; of ${tasks.length} tasks ${told(clock)} by the clock, ` +
        `${told(processor)} of processor time`,
    );
  } finally {
    await browser.close();
  }
});

const told = (ms: readonly number[]): string =>
  `${ms.filter((each) => each > LONG_MS).length} over ${LONG_MS} ms (longest ${Math.max(0, ...ms).toFixed(0)} ms)`;
