import type { BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launchWithTabs } from "../support/chromium.ts";
import {
  pastStep,
  pause,
  ready,
  recordOf,
  stepOnScreen,
  transport,
  withoutTimes,
} from "../support/page.ts";

// A run outlives its page, its GPU and a full disk.
let page: Page;
let context: BrowserContext;
let close: () => Promise<void>;

const RUN = {
  preset: "from-scratch",
  seed: 11,
  config: { layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64, max_completion_length: 6 },
};

const load = () => page.evaluate((run) => window.ratioscope.load(run), RUN);
const step = (steps: number) => page.evaluate((n) => window.ratioscope.step(n), steps);
const done = (): Promise<number | undefined> =>
  page.evaluate(async () => (await window.ratioscope.runs())[0]?.step);
const stored = (): Promise<number | undefined> =>
  page.evaluate(async () => {
    const [, last] = await window.ratioscope.runs();
    return last?.step;
  });

beforeAll(async () => {
  ({ context, close } = await launchWithTabs());
  await context.addInitScript(() => {
    const names: string[] = [];
    Object.assign(window, { opened: names });
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, version) {
      names.push(name);
      return open.call(this, name, version);
    };
  });
  page = await openTab();
});

afterAll(async () => {
  await close();
});

/** A tab with the page, in front; what the browser keeps for it is there. */
async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  tab.setDefaultTimeout(90_000);
  await tab.goto(inject("siteUrl"));
  await ready(tab);
  return tab;
}

test("a run whose page was killed is offered, continues where it was, and comes to the same bits", async () => {
  await load();
  await page.evaluate(() => window.ratioscope.play());
  // The steps done, not those on screen: the recorded run's may still be there.
  await expect.poll(done, { interval: 20, timeout: 60_000 }).toBeGreaterThan(5);
  const crashed = page.waitForEvent("crash");
  const session = await context.newCDPSession(page);
  session.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();

  page = await openTab();
  // The recorded run still greets; the offer is a line above it.
  expect(await transport(page).innerText()).toContain("recorded run");
  const offer = page.getByRole("region", { name: "Unfinished run" });
  const says = await offer.innerText();
  const at = Number(/stopped at step (\d+)/.exec(says)?.[1]);
  expect(at).toBeGreaterThan(2);
  expect(await stored()).toBe(at);
  await offer.getByRole("button", { name: `Continue at step ${at}` }).click();
  await pastStep(page, at + 2);
  await page.evaluate(() => window.ratioscope.loseDevice());
  await page.evaluate(() => window.ratioscope.pause());
  await page
    .getByText(/The GPU was lost at step \d+ and the run is back/)
    .first()
    .waitFor();
  await step(1);
  const continued = await recordOf(page);
  // Steps from before the crash are on the slider and the charts again.
  const [slider] = await page.getByRole("slider", { name: "Step on screen" }).all();
  await slider!.focus();
  await page.keyboard.press("Home");
  expect(Number(await transport(page).locator(".transport-readout b").textContent())).toBeLessThan(
    at,
  );

  await load();
  await step(continued.step);
  expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(continued));
});

test("resume() goes on with the last run after a reload, in one tab only", async () => {
  await load();
  await step(5);
  await page.reload();
  await ready(page);
  await expect.poll(stored, { timeout: 30_000 }).toBe(5);
  await page.evaluate(() => window.ratioscope.resume());
  await pastStep(page, 5);
  await page.evaluate(() => window.ratioscope.pause());
  const [run] = await page.evaluate(() => window.ratioscope.runs());
  expect(run).toMatchObject({ preset: "from-scratch", arms: ["token", "sequence"] });

  const other = await openTab();
  // The run in the first tab is not offered here: only one page may train it.
  const offered = other.getByRole("region", { name: "Unfinished run" });
  await offered.waitFor();
  expect(await offered.innerText()).not.toContain(`step ${run!.step} of`);
  await other.close();
  // List, offer and scripts read over the page's one connection; the worker has its own.
  expect(await page.evaluate(() => Reflect.get(window, "opened"))).toEqual(["ratioscope"]);
});

test("a hidden page goes on training; one that the browser froze goes on when it is let", async () => {
  await load();
  await page.evaluate(() => window.ratioscope.play());
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    for (const type of ["visibilitychange", "freeze", "resume"]) {
      document.addEventListener(type, () => seen.push(`${type} ${document.visibilityState}`));
    }
  });
  const further = async () => {
    const before = (await done())!;
    await expect.poll(done, { timeout: 60_000 }).toBeGreaterThan(before + 4);
  };
  const other = await context.newPage();
  await further();
  const session = await context.newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await further();
  expect(await page.evaluate((): unknown => Reflect.get(window, "seen"))).toEqual([
    "visibilitychange hidden",
    "freeze hidden",
    "resume hidden",
  ]);

  // In front again, the page shows how far training has come meanwhile.
  await other.close();
  await pastStep(page, (await done())!);
  await pause(page);
  await expect.poll(() => stepOnScreen(page)).toBe(await done());
});

test("a full disk: training goes on, the page says so, and what was stored still opens", async () => {
  await load();
  await step(4);
  const origin = new URL(page.url()).origin;
  const session = await context.newCDPSession(await context.newPage());
  // Chromium and the page look at the quota every half minute only, and at their first write.
  await page.close();
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 2 ** 16 });
  page = await openTab();
  await page.evaluate(() => window.ratioscope.resume());
  await page.evaluate(() => window.ratioscope.play());
  const line = page.getByRole("status", { name: "Storage" });
  await expect
    .poll(async () => ((await line.count()) === 0 ? "" : line.innerText()), { timeout: 60_000 })
    .toMatch(/storage for this page is full\. Training goes on/);
  const [running] = await page.evaluate(() => window.ratioscope.runs());
  await pastStep(page, running!.step + 2);
  await page.evaluate(() => window.ratioscope.pause());
  await page.close();

  page = await openTab();
  const at = await stored();
  expect(at).toBeGreaterThan(3);
  await page.evaluate(() => window.ratioscope.resume());
  await pastStep(page, at!);
});
