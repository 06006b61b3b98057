import type { BrowserContext, Page } from "playwright";
import { expect, inject } from "vitest";
import { launchWithTabs } from "../support/chromium.ts";
import {
  addressOf,
  figure3,
  pastStep,
  pause,
  ready,
  recordOf,
  stepOnScreen,
  transport,
  withoutTimes,
} from "../support/page.ts";
import { part, test as base } from "../support/page-test.ts";

// A run outlives its page, its GPU and a full disk. It is longer than the fastest GPU trains meanwhile.
const RUN = {
  preset: "from-scratch",
  seed: 11,
  config: {
    ...{ layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 },
    ...{ max_completion_length: 6, max_steps: 1_000_000 },
  },
};

const test = base.extend<{ context: BrowserContext }>({
  // oxlint-disable-next-line no-empty-pattern
  context: async ({}, give) => {
    const { context, close } = await launchWithTabs();
    const errors: string[] = [];
    context.on("weberror", (error) => errors.push(error.error().message));
    await give(context);
    await close();
    if (errors.length > 0) throw new Error(`The page's scripts threw: ${errors.join("; ")}`);
  },
});

/** A tab with the page, in front; what the browser keeps for it is there. */
async function openTab(context: BrowserContext, address = inject("siteUrl")): Promise<Page> {
  const tab = await context.newPage();
  tab.setDefaultTimeout(90_000);
  await tab.goto(address);
  return tab;
}

/** One that is looked at only: its training worker never comes, which costs nothing. */
async function openIdleTab(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage();
  await tab.route(/training\.worker.*\.js$/, () => {});
  await tab.goto(inject("siteUrl"));
  await figure3(tab).getByRole("gridcell").first().waitFor();
  return tab;
}

const load = (page: Page) => page.evaluate((run) => window.ratioscope.load(run), RUN);
const step = (page: Page, steps: number) => page.evaluate((n) => window.ratioscope.step(n), steps);
/** The steps done, not those on screen: the recorded run's may still be there. */
const done = (page: Page): Promise<number> =>
  page.evaluate(async () => (await window.ratioscope.runs())[0]?.step ?? 0);
/** The last step that is stored of the run that the page could go on with. */
const stored = (page: Page): Promise<number | undefined> =>
  page.evaluate(async () => {
    const [, last] = await window.ratioscope.runs();
    return last?.step;
  });

/** The most steps of all that the database has, which is written a moment after they are done. */
const newestInDatabase = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open("ratioscope");
        opening.onerror = () => reject(opening.error!);
        opening.onsuccess = () => {
          const all = opening.result.transaction("runs").objectStore("runs").getAll();
          all.onerror = () => reject(all.error!);
          all.onsuccess = () => {
            opening.result.close();
            resolve(Math.max(0, ...all.result.map((run: { step: number }) => run.step)));
          };
        };
      }),
  );

/** Waits until training has come a few steps further, seen or not. */
async function further(page: Page): Promise<void> {
  const before = await done(page);
  await expect.poll(() => done(page)).toBeGreaterThan(before + 4);
}

test("a run whose page was killed is offered, continues where it was, and comes to the same bits", async ({
  context,
}) => {
  const killed = await openTab(context, addressOf(RUN));
  await ready(killed);
  await killed.evaluate(() => window.ratioscope.play());
  // The last generation may not be stored yet.
  await expect.poll(() => done(killed), { interval: 20 }).toBeGreaterThan(8);
  const crashed = killed.waitForEvent("crash");
  const session = await context.newCDPSession(killed);
  session.send("Page.crash").catch(() => {});
  await crashed;
  await killed.close();

  const page = await openTab(context);
  const at = await part(
    "the offer is a line above the recorded run, which still greets",
    async () => {
      const offer = page.getByRole("region", { name: "Unfinished run" });
      const says = await offer.innerText();
      await page.getByText("Recorded step").waitFor();
      // On a slide nothing is offered.
      await page.keyboard.press("p");
      await offer.waitFor({ state: "hidden" });
      await page.keyboard.press("Escape");
      await offer.waitFor();
      const offered = Number(/stopped at step (\d+)/.exec(says)?.[1]);
      expect(offered).toBeGreaterThan(2);
      await ready(page);
      expect(await stored(page)).toBe(offered);
      await offer.getByRole("button", { name: `Continue at step ${offered}` }).click();
      // It stands still where it stopped: nothing trains that nobody has asked for.
      await page.getByText(`Continued at step ${offered}, where the page left it.`).waitFor();
      await expect.poll(() => stepOnScreen(page)).toBe(offered);
      await transport(page).getByRole("button", { name: "Play" }).click();
      return offered;
    },
  );
  await pastStep(page, at + 2);

  const continued = await part("a GPU that is lost after that changes nothing", async () => {
    await page.evaluate(() => window.ratioscope.loseDevice());
    await page.evaluate(() => window.ratioscope.pause());
    await page
      .getByRole("region", { name: "What befell the run" })
      .getByText(/The GPU was lost at step \d+ and the run is back/)
      .waitFor();
    await step(page, 1);
    return recordOf(page);
  });

  await part("steps from before are on the slider again", async () => {
    await page.getByRole("slider", { name: "Step on screen" }).focus();
    await page.keyboard.press("Home");
    await expect.poll(() => stepOnScreen(page)).toBeLessThan(at);
  });

  await part("an undisturbed run comes to the same bits", async () => {
    await load(page);
    await step(page, continued.step);
    expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(continued));
  });
});

test("a run goes on unseen, in a later page, in one tab only, and with a full disk", async ({
  context,
}) => {
  const first = await openTab(context, addressOf(RUN));
  // Another one that could go on.
  await step(first, 1);
  await load(first);
  await first.evaluate(() => window.ratioscope.play());

  await part(
    "a hidden page goes on; one that the browser froze goes on when it is let",
    async () => {
      await first.evaluate(() => {
        const seen: string[] = [];
        Object.assign(window, { seen });
        for (const type of ["visibilitychange", "freeze", "resume"]) {
          document.addEventListener(type, () => seen.push(`${type} ${document.visibilityState}`));
        }
      });
      const seen = () => first.evaluate((): unknown => Reflect.get(window, "seen"));
      const other = await context.newPage();
      await expect.poll(seen).toEqual(["visibilitychange hidden"]);
      await further(first);
      const session = await context.newCDPSession(first);
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      await session.send("Page.setWebLifecycleState", { state: "active" });
      await further(first);
      await expect
        .poll(seen)
        .toEqual(["visibilitychange hidden", "freeze hidden", "resume hidden"]);
      // In front again, the page shows how far training has come meanwhile.
      await other.close();
      await pastStep(first, await done(first));
      await pause(first);
      await expect.poll(async () => (await stepOnScreen(first)) - (await done(first))).toBe(0);
    },
  );

  const stoodAt = await done(first);
  await expect.poll(() => newestInDatabase(first)).toBe(stoodAt);
  const origin = new URL(first.url()).origin;
  const session = await context.newCDPSession(await context.newPage());
  // Chromium and the page look at the quota every half minute only, and at their first write.
  await first.close();
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 2 ** 16 });
  await context.addInitScript(() => {
    const names: string[] = [];
    Object.assign(window, { opened: names });
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, version) {
      names.push(name);
      return open.call(this, name, version);
    };
  });
  const second = await openTab(context, addressOf(RUN));

  await part("resume() goes on with the last run", async () => {
    await ready(second);
    expect(await stored(second)).toBe(stoodAt);
    await second.evaluate(() => window.ratioscope.resume());
    await pastStep(second, stoodAt);
    const [run] = await second.evaluate(() => window.ratioscope.runs());
    expect(run).toMatchObject({ preset: "from-scratch", arms: ["token", "sequence"] });
  });

  await part("what one tab trains, no other offers", async () => {
    const other = await openIdleTab(context);
    const offered = other.getByRole("region", { name: "Unfinished run" });
    expect(await offered.innerText()).toContain("stopped at step 1 of");
    await other.close();
    // List, offer and scripts read over the page's one connection; the worker has its own.
    expect(await second.evaluate((): unknown => Reflect.get(window, "opened"))).toEqual([
      "ratioscope",
    ]);
  });

  await part("a full disk: training goes on, and the page says so", async () => {
    await second
      .getByRole("status", { name: "Storage" })
      .getByText(/storage for this page is full\. Training goes on/)
      .waitFor();
    await pastStep(second, (await done(second)) + 2);
    await second.evaluate(() => window.ratioscope.pause());
    await second.close();
  });

  await part("what was stored still opens", async () => {
    const third = await openTab(context, addressOf(RUN));
    await ready(third);
    const at = await stored(third);
    expect(at).toBeGreaterThan(3);
    await third.evaluate(() => window.ratioscope.resume());
    await pastStep(third, at!);
  });
});
