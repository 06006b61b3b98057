import type { Browser, Page } from "playwright";
import { expect } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { addressOf, openPage, pastStep, ready, recordOf, withoutTimes } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

// The browser's GPU process dies, which takes the device of every page with it.
const RUN = {
  preset: "from-scratch",
  seed: 11,
  config: { layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64, max_steps: 10_000 },
};

async function crashGpu(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess").catch(() => {});
}

const stepOf = (page: Page): Promise<number> =>
  page.evaluate(async () => (await window.ratioscope.runs())[0]?.step ?? 0);

test("the run goes on after a crash of the GPU process, and after a reload where the browser refuses, to the same bits", async () => {
  // As a reader's browser, which forgives one crash and not the next.
  const browser = await launchChromium(
    [],
    ["--disable-gpu-process-crash-limit", "--disable-domain-blocking-for-3d-apis"],
  );
  try {
    const { page, errors } = await openPage(browser, { address: addressOf(RUN) });
    await ready(page);
    await page.evaluate(() => window.ratioscope.play());
    await pastStep(page, 3);
    const befell = page.getByRole("region", { name: "What befell the run" });
    const back = befell.getByText(/lost at step \d+ and the run is back: nothing was lost/);
    const reload = page.getByRole("button", { name: "Reload and go on" });

    await part("it goes on by itself", async () => {
      await crashGpu(browser);
      await back.waitFor();
      await pastStep(page, await stepOf(page));
      await befell.getByRole("button").click();
    });

    const at = await part("where the browser gives no other GPU, the page says so", async () => {
      let before = await stepOf(page);
      // The second crash, unless so much time went by that the first is forgotten.
      for (let crashes = 1; !(await reload.isVisible()); crashes++) {
        expect(crashes).toBeLessThan(5);
        await pastStep(page, before);
        before = await stepOf(page);
        await crashGpu(browser);
        await reload.or(back).waitFor();
        if (await back.isVisible()) await befell.getByRole("button").click();
      }
      const notice = page.getByRole("alert").filter({ hasText: "The GPU was lost" });
      expect(await notice.innerText()).toMatch(
        /lost at step \d+, and the browser gives this page no other/,
      );
      return before;
    });

    await part("a reload goes on", async () => {
      // As F5 does: Chrome keeps the block at a reload of the page's own.
      await page.reload();
      await pastStep(page, at);
      await page.evaluate(() => window.ratioscope.pause());
    });

    await part("to the same bits", async () => {
      const after = await recordOf(page);
      await page.evaluate(
        async ({ run, step }) => {
          await window.ratioscope.load(run);
          await window.ratioscope.step(step);
        },
        { run: RUN, step: after.step },
      );
      expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(after));
    });
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
});
