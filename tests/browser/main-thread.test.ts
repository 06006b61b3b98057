import { expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openGroups, openPage, pastStep, ready, recordOf, transport } from "../support/page.ts";

/** Steps that are watched: a dozen generations of the default preset. */
const STEPS = 48;

interface Watch {
  tasks: { start: number; ms: number; from: string }[];
}

// A report. How long a task takes depends on the machine, so no duration is asserted.
test("main-thread tasks over 50 ms while training with every view open", async () => {
  const browser = await launchChromium();
  try {
    const { page } = await openPage(browser);
    await ready(page);
    await openGroups(page);
    await page.getByRole("tab", { name: "Completions" }).click();
    await transport(page).getByRole("button", { name: "Play" }).click();
    await pastStep(page, 4);

    const watching = page.evaluate(
      (steps) =>
        new Promise<Watch & { ms: number; supported: boolean }>((resolve) => {
          const supported = PerformanceObserver.supportedEntryTypes.includes("longtask");
          const tasks: Watch["tasks"] = [];
          const began = performance.now();
          new PerformanceObserver((list) => {
            for (const { startTime, duration, name } of list.getEntries()) {
              tasks.push({ start: startTime - began, ms: duration, from: name });
            }
          }).observe({ entryTypes: ["longtask"] });
          const look = (): void => {
            void window.ratioscope.runs().then(([run]) => {
              if (run === undefined || run.step < steps) setTimeout(look, 250);
              else resolve({ tasks, ms: performance.now() - began, supported });
            });
          };
          look();
        }),
      STEPS,
    );
    const { tasks, ms, supported } = await watching;
    expect(supported).toBe(true);
    expect((await recordOf(page)).step).toBeGreaterThanOrEqual(STEPS);

    const longest = Math.max(0, ...tasks.map((task) => task.ms));
    const total = tasks.reduce((sum, task) => sum + task.ms, 0);
    console.log(
      `main thread: ${tasks.length} tasks over 50 ms in ${(ms / 1000).toFixed(1)} s of training, ` +
        `longest ${longest.toFixed(0)} ms, together ${total.toFixed(0)} ms`,
    );
  } finally {
    await browser.close();
  }
});
