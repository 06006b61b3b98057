import { expect, test } from "vitest";
import { retainRecords } from "../../src/record/retained-records.ts";
import { acrossInnerSteps } from "../../src/analysis/across.ts";
import { sortGroup } from "../support/example-record.ts";

const at = (innerStep: number) => ({
  ...sortGroup({}, innerStep / 3),
  step: 5 + innerStep,
  generation: 1,
  innerStep,
});

test("a rollout that is gone through again shows a token at each inner step", () => {
  const records = [0, 1, 2, 3].map(at);
  const kept = retainRecords([], records);
  const points = acrossInnerSteps(kept, records[3]!, { row: 2, token: 5 });
  expect(points.map(({ k, step }) => [k, step])).toEqual([
    [0, 5],
    [1, 6],
    [2, 7],
    [3, 8],
  ]);
  expect(points[0]).toMatchObject({ r: 1, s: 1 });
  expect(points[3]!.r).toBeCloseTo(records[3]!.tokenRatio[2 * 10 + 5]!, 12);
  expect(points[2]!.r).toBeLessThan(points[1]!.r);
});

test("rows may stand elsewhere, and those of other completions are not mistaken for it", () => {
  const record = at(3);
  const { columns } = record;
  const turned = at(2);
  const rows = Array.from({ length: turned.rows }, (_, row) => (row + 1) % turned.rows);
  const perToken = <T extends Float32Array | Uint32Array>(values: T) =>
    values.map((_, i) => values[rows[Math.floor(i / columns)]! * columns + (i % columns)]!);
  const moved = {
    ...turned,
    tokens: Uint32Array.from(perToken(turned.tokens)),
    logpSampled: Float32Array.from(perToken(turned.logpSampled)),
    tokenRatio: Float32Array.from(perToken(turned.tokenRatio)),
    sequenceRatio: turned.sequenceRatio.map((_, i) => turned.sequenceRatio[rows[i]!]!),
  };
  const elsewhere = { ...at(1), logpSampled: turned.logpSampled.map((x) => x - 0.1) };
  const kept = retainRecords([], [elsewhere, moved, record]);
  const points = acrossInnerSteps(kept, record, { row: 2, token: 5 });
  expect(points.map(({ k }) => k)).toEqual([2, 3]);
  expect(points[0]!.r).toBeCloseTo(turned.tokenRatio[2 * columns + 5]!, 12);
  expect(points[0]!.s).toBeCloseTo(turned.sequenceRatio[2]!, 12);
});
