import { expect, test } from "vitest";
import { bandClipping, bandOf, wouldClip } from "../../src/analysis/epsilon.ts";
import { sortGroup } from "../support/example-record.ts";
import { grpo, makeRecord } from "../support/make-record.ts";

const band = (epsilon: number) => ({ low: epsilon, high: epsilon });

test("a band clips only the side that the advantage chooses, and counts what the mask counts", () => {
  const record = makeRecord();
  // Row 1, A > 0: 1.3 clips, 0.7 does not. Row 2, A < 0: 0.6 clips, 1.1 does not.
  expect(wouldClip(record, "token", band(0.2))).toEqual({ clipped: 2, total: 5, unit: "tokens" });
  expect(wouldClip(record, "sequence", band(0.1))).toEqual({ clipped: 1, total: 2, unit: "rows" });
  expect(wouldClip(record, "sequence", band(0.2))).toEqual({ clipped: 0, total: 2, unit: "rows" });
});

test("a row whose tokens are all masked cannot clip", () => {
  const record = makeRecord({ mask: Uint32Array.of(1, 1, 1, 0, 0, 0) });
  expect(wouldClip(record, "sequence", band(0.1)).total).toBe(1);
});

test("the band for a share clips that share", () => {
  const record = makeRecord();
  const found = bandClipping(record, "token", 1 / 5);
  expect(found).not.toBeNull();
  expect(wouldClip(record, "token", found!).clipped).toBe(1);
});

test("the band for a share of nothing clips nothing", () => {
  const found = bandClipping(makeRecord(), "token", 0);
  expect(wouldClip(makeRecord(), "token", found!).clipped).toBe(0);
});

test("no band where nothing has moved", () => {
  const still = makeRecord({ tokenRatio: Float32Array.of(1, 1, 1, 1, 1, 0) });
  expect(bandClipping(still, "token", 0.5)).toBeNull();
});

test("epsilon_high of null means epsilon on both sides", () => {
  expect(bandOf(grpo)).toEqual({ low: 0.2, high: 0.2 });
  expect(bandOf({ ...grpo, epsilon_high: 0.28 })).toEqual({ low: 0.2, high: 0.28 });
});

test.each([
  ["a plain band", {}],
  ["an upper side of its own", { epsilon_high: 0.1 }],
  ["delta", { epsilon: 0.02, delta: 1.2 }],
])("the band in force would clip what the record says it clipped: %s", (_, config) => {
  const record = sortGroup(config);
  const sum = (verdicts: Uint32Array) => verdicts.reduce((total, cut) => total + cut, 0);
  const band = bandOf(record.config);
  expect(wouldClip(record, "token", band).clipped).toBe(sum(record.tokenClipped));
  expect(wouldClip(record, "sequence", band).clipped).toBe(sum(record.sequenceClipped));
  expect(sum(record.tokenClipped)).toBeGreaterThan(0);
});
