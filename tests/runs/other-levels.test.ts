import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import { createRun, type Run } from "../../src/engine/run/run.ts";
import { otherLevelsToJson, parseOtherLevels } from "../../src/runs/other-levels.ts";
import { parseRecording } from "../../src/runs/recording.ts";
import { readWarmStart } from "../../src/cli/warm-start-file.ts";
import { openDevice } from "../support/with-device.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../public/recordings/${name}`, import.meta.url), "utf8");

let run: Run;
let close: () => void;

beforeAll(async () => {
  const opened = await openDevice();
  close = opened.close;
  const config = runFrom("sort", { seed: 3 });
  run = await createRun({
    device: opened.device,
    config,
    weights: await readWarmStart(config.warmStart!),
  });
});

afterAll(() => {
  run.destroy();
  close();
});

test("every recorded step of the page has its answer, taken at the recorded weights", () => {
  const { records } = parseRecording(read("default.json"));
  const others = parseOtherLevels(read("default.other-level.json"), records);
  expect(others).toHaveLength(records.length);
  for (const record of records) {
    const found = others.find(({ arm, step }) => arm === record.arm && step === record.step)!;
    expect(found.own.level).toBe(record.level);
    expect(found.own.gradNorm).toBeCloseTo(record.metrics.grad_norm!, 3);
    expect(Math.abs(found.cosine)).toBeLessThanOrEqual(1);
    // At k = 0 both levels are the same update.
    if (record.innerStep === 0) expect(found.cosine).toBeCloseTo(1, 4);
    for (const { deltaLogp } of [found.own, found.other]) {
      expect(deltaLogp.some((value) => value !== 0)).toBe(true);
      expect(deltaLogp.every((value, i) => record.mask[i] === 1 || value === 0)).toBe(true);
    }
  }
});

test("what is written and read again is what the GPU took, coefficients of both levels included", async () => {
  let records = await run.advance();
  while (records[0]!.innerStep < 2) records = await run.advance();
  const taken = await Promise.all(records.map(({ arm, step }) => run.counterfactual(arm, step)));
  const again = parseOtherLevels(otherLevelsToJson(taken, records, 6), records);
  for (const [i, found] of again.entries()) {
    for (const which of ["own", "other"] as const) {
      const [is, was] = [found[which], taken[i]![which]];
      expect([is.level, found.arm, found.rows]).toEqual([was.level, taken[i]!.arm, taken[i]!.rows]);
      for (const what of ["coefficient", "deltaLogp"] as const) {
        const off = is[what].reduce(
          (most, value, at) => Math.max(most, Math.abs(value - was[what][at]!)),
          0,
        );
        expect(off, `${which} ${what}`).toBeLessThan(1e-5);
      }
    }
  }
});

test("answers of another recording are refused", () => {
  const { records } = parseRecording(read("default.json"));
  const wrong = records.map((record) => ({
    ...record,
    metrics: { ...record.metrics, loss: record.metrics.loss! + 0.01 },
  }));
  expect(() => parseOtherLevels(read("default.other-level.json"), wrong)).toThrow(
    /another recording/,
  );
});
