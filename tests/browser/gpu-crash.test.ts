import type { Browser, Page } from "playwright";
import { expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openPage, pastStep, ready, recordOf, withoutTimes } from "../support/page.ts";

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

const begin = (page: Page) =>
  page.evaluate(async (run) => {
    await window.ratioscope.ready;
    await window.ratioscope.load(run);
    await window.ratioscope.play();
  }, RUN);

const stepOf = (page: Page): Promise<number> =>
  page.evaluate(async () => (await window.ratioscope.runs())[0]?.step ?? 0);

test("after a crash of the GPU process the run goes on by itself, to the same bits", async () => {
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser);
  await begin(page);
  await pastStep(page, 3);
  await crashGpu(browser);
  await page
    .getByText(/lost at step \d+ and the run is back: nothing was lost/)
    .first()
    .waitFor();
  await pastStep(page, await stepOf(page));
  await page.evaluate(() => window.ratioscope.pause());
  const after = await recordOf(page);
  await page.evaluate(
    async ({ run, step }) => {
      await window.ratioscope.load(run);
      await window.ratioscope.step(step);
    },
    { run: RUN, step: after.step },
  );
  expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(after));
  expect(errors).toEqual([]);
  await browser.close();
});

test("where the browser then refuses the page a GPU, it says so, and a reload goes on", async () => {
  const browser = await launchChromium(
    [],
    ["--disable-gpu-process-crash-limit", "--disable-domain-blocking-for-3d-apis"],
  );
  const { page } = await openPage(browser);
  await begin(page);
  const reload = page.getByRole("button", { name: "Reload and go on" });
  const back = page.getByText(/the run is back/);
  let at = 0;
  for (let crashes = 0; !(await reload.isVisible()); crashes++) {
    expect(crashes).toBeLessThan(5);
    await pastStep(page, await stepOf(page));
    at = await stepOf(page);
    await crashGpu(browser);
    await reload.or(back.first()).first().waitFor();
    if (await back.first().isVisible()) {
      await page.getByRole("region", { name: "What befell the run" }).getByRole("button").click();
    }
  }
  const notice = page.getByRole("alert").filter({ hasText: "The GPU was lost" });
  expect(await notice.innerText()).toMatch(
    /lost at step \d+, and the browser gives this page no other/,
  );
  // As F5 does: Chrome keeps the block at a reload of the page's own.
  await page.reload();
  await ready(page);
  await pastStep(page, at);
  await browser.close();
});
