import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openPage, recordOf, transport, withoutTimes, type PlainRecord } from "../support/page.ts";

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
  const status = () =>
    page.evaluate(async () => (await window.ratioscope.runs()).map((run) => run.status));
  expect(await status()).toEqual(["paused"]);
  await page.evaluate(() => window.ratioscope.resume());
  expect(await status()).toEqual(["playing"]);
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

test("a lost GPU is a clear state with a button that starts again", async () => {
  await page.evaluate(() => window.ratioscope.step(1));
  await page.evaluate(() => window.ratioscope.loseDevice());
  const state = page.getByRole("alert").filter({ hasText: "The GPU was lost" });
  expect(await state.innerText()).toMatch(/step 1/);
  expect(await transport(page).getByRole("button", { name: "Play" }).isDisabled()).toBe(true);
  expect(
    await page.evaluate(() =>
      window.ratioscope.step().then(
        () => "done",
        (error: unknown) => String(error),
      ),
    ),
  ).toMatch(/GPU was lost/);

  await state.getByRole("button", { name: /^Start again/ }).click();
  await state.waitFor({ state: "detached" });
  await page.evaluate(() => window.ratioscope.step(2));
  expect((await recordOf(page)).step).toBe(2);
});
