import { expect } from "vitest";
import type { Locator, Page } from "playwright";
import { launchFirefox } from "../../scripts/firefox.mjs";
import { readRunFile } from "../../src/runs/formats/run-file.ts";
import { download, give, notice, openPanel } from "../support/files.ts";
import {
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

// What a reader does first, in a Firefox that is installed: no build of Playwright's. In short, and by
// locators of one element: what reads lists of them at once ends Firefox's process now and then.

const test = base.extend<{ browser: Awaited<ReturnType<typeof launchFirefox>> }>({
  browser: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, give) => {
      const browser = await launchFirefox();
      await give(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
});

const SMALL = {
  preset: "sort",
  seed: 3,
  config: { per_device_train_batch_size: 8, num_generations: 4 },
};
const STEPS = 4;

const press = (page: Page, name: string | RegExp): Promise<void> =>
  transport(page).getByRole("button", { name }).click();
const train = async (page: Page): Promise<void> => {
  await page.evaluate((run) => window.ratioscope.load(run), SMALL);
  await page.evaluate((steps) => window.ratioscope.step(steps), STEPS);
};
/** All that stands in this part of the page. */
const says =
  (where: Locator): (() => Promise<string>) =>
  async () =>
    (await where.innerText()).replaceAll(/\s+/g, " ");

test("opens", async ({ open }) => {
  const complaints: string[] = [];
  const page = await open({
    before: async (fresh) => {
      fresh.on("console", (line) => {
        if (line.type() === "error") complaints.push(line.text());
      });
    },
  });
  await part("the first figure stands before anything is trained", async () => {
    await figure3(page).getByRole("gridcell").first().waitFor();
    await transport(page).getByText("recorded run", { exact: true }).waitFor();
  });
  await part("an adapter is found, and a run is built on it", async () => {
    expect(await ready(page)).toBe(true);
    await expect.poll(says(page.locator(".status-adapter"))).toMatch(/^WebGPU, .+ tiles$/);
  });
  await part("nothing is wider than the window, in a wide one and in a narrow one", async () => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await expect
        .poll(() =>
          page.evaluate(() => {
            const { scrollWidth, clientWidth } = document.documentElement;
            return [innerWidth, scrollWidth - clientWidth];
          }),
        )
        .toEqual([width, 0]);
    }
  });
  expect(complaints).toEqual([]);
});

test("first minute", async ({ openLive }) => {
  const page = await openLive();
  await part("Play takes over from the recorded run, and Pause holds", async () => {
    await press(page, "Play");
    await pastStep(page, 5);
    await pause(page);
    const record = await recordOf(page);
    await expect.poll(() => stepOnScreen(page)).toBe(record.step);
    expect(Number.isFinite(record.metrics.loss)).toBe(true);
  });
  await part("a reset, one step, all of a rollout; and the same bits once more", async () => {
    const reset = async (): Promise<void> => {
      await press(page, "Reset to the same initial weights");
      await expect.poll(() => stepOnScreen(page)).toBe(0);
      await press(page, "One optimizer step");
      await expect.poll(() => stepOnScreen(page)).toBe(1);
    };
    await reset();
    const first = await recordOf(page);
    expect(first.sequenceRatio.every((ratio) => ratio === 1)).toBe(true);
    await press(page, "To the end of this rollout");
    await expect.poll(() => stepOnScreen(page)).toBe(4);
    expect((await recordOf(page)).logp).not.toEqual(first.logp);
    await reset();
    expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(first));
  });
});

test("figure", async ({ openLive }) => {
  const page = await openLive();
  await train(page);
  const record = await recordOf(page);
  await expect.poll(() => stepOnScreen(page)).toBe(STEPS);
  const cell = figure3(page).getByRole("gridcell").first();
  await part("a cell tells its numbers", async () => {
    await expect.poll(() => cell.getAttribute("data-cell")).not.toBeNull();
    const at = await cell.getAttribute("data-cell");
    const [row = -1, token = -1] = at!.split("-").map(Number);
    await cell.hover();
    const tip = says(page.getByRole("tooltip"));
    await expect.poll(tip).toContain(`Row ${row + 1}, token ${token + 1}`);
    expect(await tip()).toContain(record.tokenRatio[row]![token]!.toFixed(3));
    expect(await tip()).toContain(record.sequenceRatio[row]!.toFixed(3));
    await cell.click();
    await page.getByRole("heading", { name: `Row ${row + 1}, token ${token + 1}` }).waitFor();
  });
  await part("the level is switched, and the next step has it", async () => {
    await page
      .getByRole("radiogroup", { name: "Importance sampling level of the token arm" })
      .getByRole("radio", { name: "Sequence" })
      .click();
    await page.getByRole("status", { name: "Epsilon after the switch" }).waitFor();
    await press(page, "One optimizer step");
    await expect.poll(async () => (await recordOf(page, "token")).level).toBe("sequence");
  });
});

test("storage", async ({ openLive }) => {
  const page = await openLive();
  await train(page);
  const runs = () => page.evaluate(() => window.ratioscope.runs());
  const [trained] = await runs();
  await page.reload();
  await ready(page);
  await part("after a reload the run is in the list, with all of its steps", async () => {
    expect((await runs())[1]).toMatchObject({ preset: SMALL.preset, step: trained!.step });
  });
  await part("and opens", async () => {
    await page.getByRole("tab", { name: /^Runs/ }).click();
    const row = page.locator(".run-row").first();
    await row.getByRole("button", { name: /^More about/ }).click();
    await page.locator(".run-unfolded").getByRole("button", { name: "Open" }).click();
    await page.getByRole("region", { name: "A stored run" }).getByText("Looking at").waitFor();
    await expect.poll(() => stepOnScreen(page)).toBe(STEPS);
    await figure3(page).getByRole("gridcell").first().waitFor();
  });
});

test("files", async ({ openLive }) => {
  const page = await openLive();
  await part("a configuration is read", async () => {
    const panel = page.getByRole("region", { name: "Import a configuration" });
    await openPanel(page, "Import");
    // By keys: of what is filled in at once React hears nothing here.
    await panel
      .getByRole("textbox", { name: "Configuration" })
      .pressSequentially("GRPOConfig(num_generations=4, beta=0.1)");
    await expect.poll(says(panel.getByRole("status").first())).toContain("applied 2");
  });
  await train(page);
  const file = await part("a run file is saved", async () => {
    const { name, bytes } = await download(page, "Run file");
    expect(name).toMatch(/\.ratioscope$/);
    expect(readRunFile(new Uint8Array(bytes), 0).run.step).toBe(STEPS);
    return bytes;
  });
  await part("and read back; a broken one is refused by name", async () => {
    await give(page, "broken.ratioscope", file.subarray(0, 100));
    await notice(page).getByRole("alert").filter({ hasText: "its directory is missing" }).waitFor();
    await give(page, "mine.ratioscope", file);
    await notice(page).getByText("is stored in this browser").waitFor();
  });
});
