import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openPage, pastStep, ready, recordOf, transport, withoutTimes } from "../support/page.ts";

// A run outlives its page, its GPU and a full disk.
let browser: Browser;
let page: Page;
let context: BrowserContext;

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
  browser = await launchChromium();
  ({ page } = await openPage(browser));
  context = page.context();
  await context.addInitScript(() => {
    const names: string[] = [];
    Object.assign(window, { opened: names });
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, version) {
      names.push(name);
      return open.call(this, name, version);
    };
  });
  await ready(page);
});

afterAll(async () => {
  await browser.close();
});

/** A new page, as when a tab is opened after the browser had ended the one before. */
async function reopen(): Promise<void> {
  page = await context.newPage();
  page.setDefaultTimeout(90_000);
  await page.goto(inject("siteUrl"));
  await ready(page);
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

  await reopen();
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

  const other = await context.newPage();
  await other.goto(inject("siteUrl"));
  await ready(other);
  // The run in the first tab is not offered here: only one page may train it.
  const offered = other.getByRole("region", { name: "Unfinished run" });
  if (await offered.isVisible()) {
    expect(await offered.innerText()).not.toContain(`step ${run!.step} of`);
  }
  await other.close();
  // List, offer and scripts read over the page's one connection; the worker has its own.
  expect(await page.evaluate(() => Reflect.get(window, "opened"))).toEqual(["ratioscope"]);
});

test("a hidden page goes on training; one that the browser froze goes on when it is let", async () => {
  await load();
  await page.evaluate(() => window.ratioscope.play());
  const further = async () => {
    const before = (await done())!;
    await expect.poll(done, { timeout: 60_000 }).toBeGreaterThan(before + 4);
  };
  // Playwright keeps every page in front: that it is hidden, the page is told.
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await further();
  const session = await context.newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await further();
  expect(await transport(page).getByRole("button", { name: "Pause" }).isVisible()).toBe(true);
  await page.evaluate(() => window.ratioscope.pause());
});

test("a full disk: training goes on, the page says so, and what was stored still opens", async () => {
  await load();
  await step(4);
  const origin = new URL(page.url()).origin;
  const session = await context.newCDPSession(page);
  const { usage } = await session.send("Storage.getUsageAndQuota", { origin });
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage / 2 });
  await page.evaluate(() => window.ratioscope.play());
  const line = page.getByRole("status", { name: "Storage" });
  await expect
    .poll(async () => ((await line.count()) === 0 ? "" : line.innerText()), { timeout: 60_000 })
    .toMatch(/storage for this page is full\. Training goes on/);
  const [running] = await page.evaluate(() => window.ratioscope.runs());
  await pastStep(page, running!.step + 2);
  await page.evaluate(() => window.ratioscope.pause());
  await page.close();

  await reopen();
  const at = await stored();
  expect(at).toBeGreaterThan(3);
  await page.evaluate(() => window.ratioscope.resume());
  await pastStep(page, at!);
});
