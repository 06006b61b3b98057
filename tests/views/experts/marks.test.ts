import { expect, test } from "vitest";
import { figureLayout } from "../../../src/views/figure/layout.ts";
import { flipMarks, hasElements, marksOf } from "../../../src/views/figure/marks.ts";
import { cellLabel } from "../../../src/views/figure/cells.ts";
import { twinViews } from "../../../src/views/figure/twin-views.ts";
import { divergingScale } from "../../../src/views/colour.ts";
import { expertsLabel } from "../../../src/views/experts/cell-words.ts";
import { EXPERT_SHAPES, markOf } from "../../../src/views/experts/expert-marks.ts";
import { aspectOf, markGrid } from "../../../src/views/experts/mark-grid.ts";
import type { StepRecord } from "../../../src/record/record.ts";
import { flips } from "../../../src/analysis/flips.ts";
import { DIGITS, waveBatch, workedExample } from "../../support/example-record.ts";
import { withRoutes } from "../../support/routed-record.ts";

const scale = divergingScale(Array.from({ length: 9 }, () => "#808080"));
const layout = figureLayout({
  ...{ width: 760, rowHeight: 28, factor: 1, columns: 6, rows: 4, longest: 6, decimals: 3 },
});
const viewsOf = (record: StepRecord) =>
  twinViews({
    ...{ record, rollout: [record], rows: [0, 1, 2, 3], columns: 6, stage: 2, normalised: false },
    ...{ scale, vocabulary: DIGITS, compare: "side", effect: null, asked: null },
  });

test("the legend and the cells tell of a flip where there is one, and of a dense policy never", () => {
  const dense = viewsOf(workedExample());
  expect(marksOf([dense.three, dense.four], layout)).not.toContain("flip");
  const record = withRoutes(workedExample(), { flipped: 0.1 });
  const { three, four } = viewsOf(record);
  expect(marksOf([three], layout)).toContain("flip");
  const index = [...record.mask.keys()].find((each) => flips(record, each) > 0)!;
  const [row, token] = [Math.floor(index / 6), index % 6];
  for (const view of [three, four]) {
    expect(cellLabel(view, row, token)).toContain("other experts than in the rollout");
  }
  const still = withRoutes({ ...workedExample(), innerStep: 0 });
  expect(marksOf([viewsOf(still).three], layout)).not.toContain("flip");
});

test("a figure that is painted tells of flips too, of the columns in sight", () => {
  const record = withRoutes(waveBatch({ groups: 1, perGroup: 8, columns: 256 }));
  const rows = [0, 1, 2, 3, 4, 5, 6, 7];
  const { three } = twinViews({
    ...{ record, rollout: [record], rows, columns: 256, stage: 2, normalised: false },
    ...{ scale, vocabulary: DIGITS, compare: "side", effect: null, asked: null },
  });
  const narrow = { ...layout, cell: 6, row: 20, pitch: 20 };
  expect(hasElements(three)).toBe(false);
  expect(marksOf([three], narrow)).toContain("flip");
  const flipped = (from: number, to: number) =>
    [...record.mask.keys()].filter((index) => {
      const token = index % 256;
      return flips(record, index) > 0 && token >= from && token < to;
    });
  for (const [from, to] of [
    [0, 256],
    [40, 90],
  ] as const) {
    const marks = [...flipMarks(three, narrow, from, to).matchAll(/M([\d.]+) ([\d.]+)l([\d.]+)/g)];
    // Each lies within its cell.
    const cells = marks.map(([, x, y, size]) => {
      const [left, right] = [Number(x), Number(x) + Number(size)];
      expect(Math.floor(left / 6)).toBe(Math.ceil(right / 6) - 1);
      return Math.floor((Number(y) - narrow.head) / 20) * 256 + Math.floor(left / 6);
    });
    expect(cells).toEqual(flipped(from, to));
    expect(cells.length).toBeGreaterThan(4);
  }
});

test("a cell of the Experts figure says its experts, and those of the rollout where they differ", () => {
  const record = withRoutes(workedExample(), { flipped: 0.1 });
  const { three } = viewsOf(record);
  const label = (index: number, layer: number | "all") =>
    expertsLabel(three, record, Math.floor(index / 6), index % 6, layer);
  const flipped = [...record.mask.keys()].find((each) => flips(record, each) > 0)!;
  const same = [...record.mask.keys()].find((each) => flips(record, each) === 0)!;
  expect(label(flipped, "all")).toContain("other experts in 1 of 2 layers");
  expect(label(same, "all")).toContain("the same experts in all layers");
  expect(label(same, 0)).toMatch(/layer 0: experts \d and \d, as in the rollout$/);
  expect(label(flipped, 0) + label(flipped, 1)).toMatch(
    /experts \d and \d, under the rollout’s weights \d and \d/,
  );
});

const gridOf = (count: number, width: number, height: number, largest = 7) =>
  markGrid({ count, width, height, aspect: aspectOf(largest), factor: 1 });

test("marks fill a cell side by side or below each other, with numbers where those fit", () => {
  const shape = (count: number, width: number, height: number, largest?: number) => {
    const { columns, numbered } = gridOf(count, width, height, largest);
    return [columns, numbered];
  };
  expect(shape(2, 60, 27)).toEqual([2, true]);
  expect(shape(2, 19, 27)).toEqual([1, true]);
  expect(shape(4, 19, 27)).toEqual([2, false]);
  // No line with a hole where the marks are as large without.
  expect(shape(4, 60, 35)).toEqual([2, true]);
  expect(shape(3, 60, 35)).toEqual([3, true]);
  // Two digits need a wider mark.
  expect(shape(2, 32, 27, 7)).toEqual([2, true]);
  expect(shape(2, 32, 27, 31)).toEqual([1, true]);
  for (const [count, width, height] of [
    [1, 30, 27],
    [2, 33, 27],
    [4, 40, 35],
    [8, 12, 17],
  ] as const) {
    const { columns, apart, x, y, ...mark } = gridOf(count, width, height, 15);
    const lines = Math.ceil(count / columns);
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(x + columns * (mark.width + apart) - apart).toBeLessThanOrEqual(width);
    expect(y + lines * (mark.height + apart) - apart).toBeLessThanOrEqual(height);
  }
});

test("the first eight experts have a shape of their own", () => {
  expect(new Set(EXPERT_SHAPES).size).toBe(8);
  expect([0, 7, 8, 17].map(markOf)).toEqual([0, 7, 0, 1]);
});
