import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openPage, recordOf, withoutTimes, type PlainRecord } from "../support/page.ts";

// `window.ratioscope`, as a lecturer types it into the console.
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  ({ page } = await openPage(browser));
});

afterAll(async () => {
  await browser.close();
});

/** Loads a run of 6 steps' worth and returns the record of each arm after `steps`. */
async function trained(seed: number, steps: number): Promise<PlainRecord[]> {
  await page.evaluate(
    async ({ seed, steps }) => {
      await window.ratioscope.load({
        preset: "sort",
        seed,
        config: { learning_rate: 2e-3, "sequence.epsilon": 0.05 },
      });
      await window.ratioscope.step(steps);
    },
    { seed, steps },
  );
  return [await recordOf(page), await recordOf(page, "sequence")];
}

test("ready is a promise; the others load, step and tell what came of it", async () => {
  expect(await page.evaluate(() => window.ratioscope.ready)).toBe(true);
  const [token, sequence] = await trained(5, 3);
  expect(token).toMatchObject({ arm: "token", step: 3, innerStep: 2, level: "token" });
  expect(sequence).toMatchObject({ arm: "sequence", step: 3, level: "sequence" });
  expect(token!.config.learning_rate).toBe(2e-3);
  expect(token!.config.epsilon).not.toBe(0.05);
  expect(sequence!.config.epsilon).toBe(0.05);
  const [run] = await page.evaluate(() => window.ratioscope.runs());
  expect(run).toMatchObject({ preset: "sort", step: 3, arms: ["token", "sequence"] });
});

test("a record is plain JSON: [row] or [row][token], and 0 beyond a row's end", async () => {
  const record = await recordOf(page);
  expect(record).toEqual(JSON.parse(JSON.stringify(record)));
  const { rows, columns } = record;
  for (const perRow of [record.sequenceRatio, record.advantage, record.length]) {
    expect(perRow).toHaveLength(rows);
  }
  for (const perToken of [record.tokens, record.mask, record.logp, record.tokenRatio]) {
    expect(perToken).toHaveLength(rows);
    for (const row of perToken) expect(row).toHaveLength(columns);
  }
  record.mask.forEach((row, at) => {
    expect(row.slice(record.length[at]!).every((masked) => masked === 0)).toBe(true);
    expect(row.slice(0, record.length[at]).every((counted) => counted === 1)).toBe(true);
  });
  expect(new Set(record.length).size).toBeGreaterThan(1);
});

test("the same seed twice gives identical records, another seed others", async () => {
  const first = await trained(7, 3);
  const other = await trained(8, 3);
  expect(other[0]!.logp).not.toEqual(first[0]!.logp);
  expect((await trained(7, 3)).map(withoutTimes)).toEqual(first.map(withoutTimes));
});

test("play, pause and resume", async () => {
  await page.evaluate(async () => {
    await window.ratioscope.play();
    await window.ratioscope.pause();
  });
  const status = () => page.evaluate(async () => (await window.ratioscope.runs())[0]?.status);
  expect(await status()).toBe("paused");
  await page.evaluate(() => window.ratioscope.resume());
  expect(await status()).toBe("playing");
  await page.evaluate(() => window.ratioscope.pause());
});

test("what cannot be done rejects with a sentence", async () => {
  const failures = await page.evaluate(() => {
    const { record, load } = window.ratioscope;
    const said = (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => "done",
        (error: unknown) => String(error),
      );
    return Promise.all([
      said(record("nobody")),
      said(load({ preset: "nothing" })),
      said(load({ config: { num_generations: 7 } })),
    ]);
  });
  expect(failures[0]).toMatch(/no record of an arm "nobody"/);
  expect(failures[1]).toMatch(/nothing/);
  expect(failures[2]).toMatch(/num_generations/);
  await page.evaluate(() => window.ratioscope.load({ preset: "sort", seed: 7 }));
});

test("a lost GPU comes back by itself: nothing is lost, and a line says so", async () => {
  await page.evaluate(async () => {
    await window.ratioscope.load({ preset: "sort", seed: 7 });
    await window.ratioscope.step(3);
  });
  const before = await recordOf(page);
  await page.evaluate(async () => {
    await window.ratioscope.load({ preset: "sort", seed: 7 });
    await window.ratioscope.step(1);
    await window.ratioscope.loseDevice();
    await window.ratioscope.step(2);
  });
  expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(before));
  const line = page.getByRole("region", { name: "What befell the run" });
  expect(await line.innerText()).toMatch(
    /The GPU was lost at step 1 and the run is back: nothing was lost/,
  );
  await line.getByRole("button", { name: "Close" }).click();
  await line.waitFor({ state: "detached" });
});
