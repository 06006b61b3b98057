import type { Page } from "playwright";
import { expect } from "vitest";
import { recordOf, withoutTimes, type PlainRecord } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

/** Loads the preset "sort" and returns the record of each arm after `steps`. */
async function trained(page: Page, seed: number, steps: number): Promise<PlainRecord[]> {
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

test("window.ratioscope does what a lecturer types into the console", async ({ open }) => {
  const page = await open();
  const before = await part("ready is a promise; the others load, step and tell", async () => {
    expect(await page.evaluate(() => window.ratioscope.ready)).toBe(true);
    const records = await trained(page, 7, 3);
    const [token, sequence] = records;
    expect(token).toMatchObject({ arm: "token", step: 3, innerStep: 2, level: "token" });
    expect(sequence).toMatchObject({ arm: "sequence", step: 3, level: "sequence" });
    expect(token!.config.learning_rate).toBe(2e-3);
    expect(token!.config.epsilon).not.toBe(0.05);
    expect(sequence!.config.epsilon).toBe(0.05);
    const [run] = await page.evaluate(() => window.ratioscope.runs());
    expect(run).toMatchObject({ preset: "sort", step: 3, arms: ["token", "sequence"] });
    return records;
  });

  await part("a record is plain JSON: [row] or [row][token], 0 beyond a row's end", async () => {
    const [record] = before;
    expect(record).toEqual(JSON.parse(JSON.stringify(record)));
    const { rows, columns } = record!;
    for (const perRow of [record!.sequenceRatio, record!.advantage, record!.length]) {
      expect(perRow).toHaveLength(rows);
    }
    for (const perToken of [record!.tokens, record!.mask, record!.logp, record!.tokenRatio]) {
      expect(perToken).toHaveLength(rows);
      for (const row of perToken) expect(row).toHaveLength(columns);
    }
    record!.mask.forEach((row, at) => {
      expect(row.slice(record!.length[at]!).every((masked) => masked === 0)).toBe(true);
      expect(row.slice(0, record!.length[at]).every((counted) => counted === 1)).toBe(true);
    });
    expect(new Set(record!.length).size).toBeGreaterThan(1);
  });

  await part("another seed gives other records", async () => {
    const [token] = await trained(page, 8, 3);
    expect(token!.logp).not.toEqual(before[0]!.logp);
  });

  await part("play, pause and resume", async () => {
    const status = () => page.evaluate(async () => (await window.ratioscope.runs())[0]?.status);
    await page.evaluate(async () => {
      await window.ratioscope.play();
      await window.ratioscope.pause();
    });
    expect(await status()).toBe("paused");
    await page.evaluate(() => window.ratioscope.resume());
    expect(await status()).toBe("playing");
    await page.evaluate(() => window.ratioscope.pause());
  });

  await part("what cannot be done rejects with a sentence", async () => {
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
  });

  await part("the same seed gives the same records, a GPU lost on the way included", async () => {
    await trained(page, 7, 1);
    await page.evaluate(async () => {
      await window.ratioscope.loseDevice();
      await window.ratioscope.step(2);
    });
    const after = [await recordOf(page), await recordOf(page, "sequence")];
    expect(after.map(withoutTimes)).toEqual(before.map(withoutTimes));
    const line = page.getByRole("region", { name: "What befell the run" });
    await line
      .getByText(/The GPU was lost at step 1 and the run is back: nothing was lost/)
      .waitFor();
    await line.getByRole("button", { name: "Close" }).click();
    await line.waitFor({ state: "detached" });
  });
});
