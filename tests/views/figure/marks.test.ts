import { expect, test } from "vitest";
import type { StepRecord } from "../../../src/record/record.ts";
import { PAD, UNK } from "../../../src/tasks/task.ts";
import { divergingScale } from "../../../src/views/colour.ts";
import { figureLayout } from "../../../src/views/figure/layout.ts";
import { marksOf, printsValues } from "../../../src/views/figure/marks.ts";
import { twinViews } from "../../../src/views/figure/twin-views.ts";
import { DIGITS, workedExample } from "../../support/example-record.ts";

const scale = divergingScale(Array.from({ length: 9 }, () => "#808080"));

/** The keys of the legend for a record at a stage, in a figure so wide. */
function keys(record: StepRecord, stage: 2 | 3 | 4, width = 1200): string[] {
  const rows = [0, 1, 2, 3];
  const { columns } = record;
  const layout = figureLayout({
    width,
    columns,
    rows: rows.length,
    longest: columns,
    decimals: 3,
    rowHeight: 36,
    factor: 1,
  });
  const { three, four } = twinViews({
    record,
    rollout: [record],
    rows,
    columns,
    stage,
    normalised: false,
    scale,
    vocabulary: DIGITS,
    compare: "side",
    effect: null,
    asked: null,
  });
  return [...marksOf([three, four], layout)].toSorted();
}

const moved = { ...workedExample(), innerStep: 3 };
const withToken = (id: number, at = 2): StepRecord => ({
  ...moved,
  tokens: moved.tokens.map((token, index) => (index === at ? id : token)),
});

test("towers and roof have their keys at the ratio, hatch and corners at the clip, and no other", () => {
  expect(keys(moved, 2)).toEqual(expect.arrayContaining(["ends", "roof", "sky"]));
  expect(keys(moved, 2)).not.toContain("clip");
  expect(keys(moved, 2)).not.toContain("notch");
  expect(keys(moved, 4)).toEqual(expect.arrayContaining(["clip", "notch"]));
  expect(keys(moved, 4)).not.toContain("roof");
});

test("what is masked, cut off or behind a row's end has a key while it is there", () => {
  for (const mark of ["mask", "cut", "padding"]) expect(keys(moved, 4)).not.toContain(mark);
  const masked = { ...moved, mask: moved.mask.map((each, i) => (i === 1 ? 0 : each)) };
  expect(keys(masked, 4)).toContain("mask");
  const truncated = { ...moved, truncated: moved.truncated.map((_, row) => (row === 1 ? 1 : 0)) };
  expect(keys(truncated, 4)).toContain("cut");
  const short = { ...moved, length: moved.length.map((each, row) => (row === 0 ? 3 : each)) };
  expect(keys(short, 4)).toContain("padding");
});

test("signs of tokens that have no text have a key while one is on screen, whose length counts", () => {
  expect(keys(moved, 2)).not.toContain("unknown");
  expect(keys(moved, 2)).not.toContain("textless");
  expect(keys(withToken(UNK), 2)).toContain("unknown");
  expect(keys(withToken(PAD), 2)).toContain("textless");
  // Behind the row's end nothing is printed.
  const ends = { ...withToken(UNK, 5), length: moved.length.map((each, row) => (row ? each : 5)) };
  expect(keys(ends, 2)).not.toContain("unknown");
});

test("numbers stand in both figures where each token has its own, as far as they fit", () => {
  const layout = { showValues: true, cell: 64, factor: 1 };
  const values = { token: [], sequence: new Float64Array(), merged: true };
  const comparison = { quantity: "Δ log π", decimals: 3 };
  const apart = { ...values, merged: false };
  expect(printsValues({ figure: 3, values }, layout)).toBe(true);
  expect(printsValues({ figure: 4, values }, layout)).toBe(false);
  for (const figure of [3, 4] as const) {
    const view = { figure, values: apart, comparison };
    expect(printsValues(view, layout)).toBe(true);
    expect(printsValues(view, { ...layout, cell: 38 })).toBe(false);
    expect(printsValues(view, { ...layout, showValues: false })).toBe(false);
  }
});
