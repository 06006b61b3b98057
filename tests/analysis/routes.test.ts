import { expect, test } from "vitest";
import {
  flips,
  hasRoutes,
  isFlipped,
  layerIn,
  type RoutedRecord,
  tellingLayer,
} from "../../src/analysis/flips.ts";
import {
  batchFlips,
  expertLoad,
  logRatiosByRoute,
  rowFlips,
  tokenRoutes,
} from "../../src/analysis/routes.ts";
import { workedExample } from "../support/example-record.ts";
import { makeRecord } from "../support/make-record.ts";
import { withRoutes } from "../support/routed-record.ts";

/** Two rows of three tokens, two layers (1 and 3), two of four experts; the last token is padding. */
function byHand(): RoutedRecord {
  const perToken = (of: readonly number[][]) => Uint32Array.from(of.flat());
  const old = [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 0, 0, 0],
  ];
  const now = [
    [1, 0, 2, 3], // in another order: the same experts
    [0, 2, 2, 3], // one other in the first layer
    [0, 2, 1, 0], // others in both
    [0, 1, 3, 1], // one other in the second
    [0, 1, 2, 3],
    [3, 2, 1, 0], // padding does not count
  ];
  const weights = [0.75, 0.25, 0.5, 0.5];
  return {
    ...makeRecord(),
    routing: { layers: [1, 3], experts: 4, perToken: 2 },
    experts: perToken(now),
    expertsOld: perToken(old),
    expertWeights: Float32Array.from(now.flatMap(() => weights)),
    expertWeightsOld: Float32Array.from(now.flatMap(() => weights)),
    routerLogRatio: new Float32Array(6),
  };
}

test("a dense policy's record has no routes, and nothing in it flips", () => {
  const record = workedExample();
  expect(hasRoutes(record)).toBe(false);
  expect([...record.tokens.keys()].map((index) => flips(record, index))).toEqual(
    Array(record.tokens.length).fill(0),
  );
});

test("a route flips where its set of experts is another one, whatever their order", () => {
  const record = byHand();
  expect(hasRoutes(record)).toBe(true);
  expect([0, 1, 2, 3, 4, 5].map((index) => flips(record, index))).toEqual([0, 1, 2, 1, 0, 0]);
  expect([0, 1].map((at) => isFlipped(record, 3, at))).toEqual([false, true]);
});

test("rows and the batch count pairs of token and layer, of one layer or of all", () => {
  const record = byHand();
  expect(rowFlips(record, 0, "all")).toEqual({ flipped: 3, of: 6 });
  expect(rowFlips(record, 1, "all")).toEqual({ flipped: 1, of: 4 });
  expect(rowFlips(record, 0, 3)).toEqual({ flipped: 1, of: 3 });
  expect(batchFlips(record, "all")).toEqual({ flipped: 4, of: 10 });
  expect(batchFlips(record, 1)).toEqual({ flipped: 2, of: 5 });
});

test("a token's experts come in the order of their numbers, with their weights and who is new", () => {
  const [first, second, ...rest] = tokenRoutes(byHand(), 2);
  expect(rest).toEqual([]);
  expect(first).toEqual({
    layer: 1,
    now: [
      { expert: 0, weight: 0.75, alone: false },
      { expert: 2, weight: 0.25, alone: true },
    ],
    old: [
      { expert: 0, weight: 0.75, alone: false },
      { expert: 1, weight: 0.25, alone: true },
    ],
    flipped: true,
  });
  // Of [1, 0]: the second comes first.
  expect(second?.now.map(({ expert }) => expert)).toEqual([0, 1]);
  expect(tokenRoutes(byHand(), 2, 3).map(({ layer }) => layer)).toEqual([3]);
});

test("load is each expert's part of the routes of tokens that count", () => {
  const record = byHand();
  expect([...expertLoad(record, 1)]).toEqual([0.5, 0.3, 0.2, 0]);
  expect([...expertLoad(record, 3)]).toEqual([0.1, 0.2, 0.3, 0.4]);
  const all = [...expertLoad(record, "all")];
  expect(all.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  expect(all[3]).toBeCloseTo(0.2, 12);
});

test("log-ratios apart by route add up to the row's", () => {
  const record = byHand();
  const { same, other } = logRatiosByRoute(record, 0);
  expect([same.tokens, other.tokens]).toEqual([1, 2]);
  expect(same.sum).toBeCloseTo(0.262, 6);
  expect(other.sum).toBeCloseTo(-0.357, 6);
  expect(other.size).toBeCloseTo(0.357 / Math.SQRT2, 6);
  const batch = logRatiosByRoute(record, null);
  expect(batch.same.tokens + batch.other.tokens).toBe(5);
  expect(batch.same.sum + batch.other.sum).toBeCloseTo(0.262 - 0.357 + 0.095 - 0.511, 6);
});

test("the telling layer is the one with most flips, of several the first", () => {
  // Two in either.
  expect(tellingLayer(byHand())).toBe(1);
  const record = byHand();
  record.experts.set([0, 1], 4); // the second token's first layer as in the rollout
  expect(tellingLayer(record)).toBe(3);
});

test("a layer that a record has not got gives way to its first one", () => {
  const record = byHand();
  expect([1, 3, 0, "all" as const].map((choice) => layerIn(record, choice))).toEqual([
    1,
    3,
    1,
    "all",
  ]);
  const one = withRoutes(workedExample(), { layers: [2] });
  expect(layerIn(one, "all")).toBe(2);
});
