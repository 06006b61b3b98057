import { describe, expect, test } from "vitest";
import { Random } from "../../src/base/random.ts";
import { experimentNamed } from "../../src/experiments/registry.ts";
import type { SeedOutcome } from "../../src/experiments/experiment.ts";
import { Tally } from "../../src/experiments/tally.ts";
import type { StepRecord } from "../../src/record/record.ts";
import { makeRecord } from "../support/make-record.ts";
import { withRoutes } from "../support/routed-record.ts";

const COLUMNS = 12;
const SD = 0.05;

/**
 * A step at inner step 1 whose rows have 1 to 12 tokens. `shared` of a token's variance is its row's
 * own: 0 makes log-ratios independent, 1 makes them the same all along the row.
 */
function stepOf(rows: number, shared: number): StepRecord {
  const random = new Random(1, 7);
  const mask = new Uint32Array(rows * COLUMNS);
  const logRatio = new Float32Array(rows * COLUMNS);
  const sequenceClipped = new Uint32Array(rows);
  const advantage = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const length = 1 + (row % COLUMNS);
    const common = Math.sqrt(shared) * SD * random.normal();
    for (let t = 0; t < length; t++) {
      mask[row * COLUMNS + t] = 1;
      logRatio[row * COLUMNS + t] = common + Math.sqrt(1 - shared) * SD * random.normal();
    }
    advantage[row] = row % 2 === 0 ? 1 : -1;
    sequenceClipped[row] = row % 5 === 0 ? 1 : 0;
  }
  const config = { ...makeRecord().config, epsilon: 0.03 };
  return makeRecord({
    ...{ innerStep: 1, level: "sequence", arm: "sequence", rows, columns: COLUMNS, config },
    ...{ mask, logRatio, sequenceClipped, advantage },
  });
}

function measured(id: string, records: readonly StepRecord[]) {
  const measurement = experimentNamed(id).measure(8);
  for (const record of records) measurement.take("count", [record]);
  return measurement.result();
}

describe("log-ratios drawn at random", () => {
  test("independent ones give s a spread of 1/√T, and the product one of √T", () => {
    const step = stepOf(12_000, 0);
    const { numbers, series } = measured("spread-of-s", [step]);
    expect(numbers["exponent/spread"]).toBeCloseTo(-0.5, 1);
    for (const [length, share] of series.spread!) {
      expect(share * Math.sqrt(length)).toBeCloseTo(1, 1);
    }
    expect(series.spread!.map(([length]) => length)).toEqual(
      Array.from({ length: COLUMNS }, (_, i) => i + 1),
    );
    const other = measured("length-exponent", [step]);
    expect(other.numbers["exponent/with"]).toBeCloseTo(-0.5, 1);
    expect(other.numbers["exponent/without"]).toBeCloseTo(0.5, 1);
    for (const [length, spread] of other.series.without!) {
      expect(spread / (SD * Math.sqrt(length))).toBeCloseTo(1, 1);
    }
  });

  test("those that are the same along a row give s the same spread at every length", () => {
    const { numbers } = measured("spread-of-s", [stepOf(12_000, 1)]);
    expect(numbers["exponent/spread"]).toBeCloseTo(0, 5);
    expect(
      measured("length-exponent", [stepOf(12_000, 1)]).numbers["exponent/without"],
    ).toBeCloseTo(1, 1);
  });

  test("a product is clipped by the sign of its row's advantage; s as the record says", () => {
    const step = stepOf(1200, 0);
    let cut = 0;
    for (let row = 0; row < step.rows; row++) {
      let product = 1;
      for (let t = 0; t <= row % COLUMNS; t++)
        product *= Math.exp(step.logRatio[row * COLUMNS + t]!);
      if (step.advantage[row]! > 0 ? product > 1.03 : product < 0.97) cut++;
    }
    const { numbers } = measured("length-exponent", [step]);
    expect(numbers["clipped/without"]).toBeCloseTo(cut / step.rows, 5);
    expect(numbers["clipped/with"]).toBeCloseTo(0.2, 5);
    expect(cut).toBeGreaterThan(100);
  });

  test("the first inner step, where every ratio is 1, does not count", () => {
    const first = { ...stepOf(1200, 0), innerStep: 0 };
    for (const id of ["spread-of-s", "length-exponent"]) {
      expect(measured(id, [first])).toEqual({ numbers: {}, series: {} });
    }
  });
});

test("a weight is what a row's gradients add up to, in equal shares of the batch", () => {
  const [rows, columns] = [4, 3];
  const lengths = [1, 2, 3, 3];
  const mask = new Uint32Array(rows * columns);
  const gradient = new Float32Array(rows * columns);
  lengths.forEach((length, row) => {
    for (let t = 0; t < length; t++) {
      mask[row * columns + t] = 1;
      // dr_grpo: A · s / T for each of T tokens of s, times T / columns, over the rows.
      // The last row is clipped: nothing of it reaches a gradient.
      const push = row === 3 ? 0 : (row % 2 === 0 ? 1 : -1) * 0.5 * 1.1;
      gradient[row * columns + t] = push / columns / rows;
    }
  });
  const record = makeRecord({
    ...{ arm: "dr_grpo", level: "sequence", rows, columns, mask, gradient },
    sequenceRatio: new Float32Array(rows).fill(1.1),
    sequenceClipped: Uint32Array.of(0, 0, 0, 1),
    advantage: Float32Array.of(0.5, -0.5, 0.5, -0.5),
  });
  const { series, numbers } = measured("length-bias", [record]);
  const [one, two, three] = series["weight/dr_grpo"]!;
  expect(one![1]).toBeCloseTo(1 / 3, 5);
  expect(two![1]).toBeCloseTo(2 / 3, 5);
  expect(three![1]).toBeCloseTo(1, 5);
  expect(numbers["exponent/dr_grpo"]).toBeCloseTo(1, 5);
});

test("clipped tokens are counted as tokens at both levels: a clipped row counts with all of its own", () => {
  const step = { innerStep: 1, step: 2 };
  const token = makeRecord(step);
  const sequence = makeRecord({
    ...{ ...step, arm: "sequence", level: "sequence" },
    sequenceClipped: Uint32Array.of(1, 0),
  });
  const measurement = experimentNamed("clips-more").measure(8);
  measurement.take("sort", [token, sequence]);
  const { numbers, series } = measurement.result();
  expect(numbers["clipped/token"]).toBeCloseTo(2 / 5, 5);
  expect(numbers["clipped/sequence"]).toBeCloseTo(3 / 5, 5);
  expect(numbers["reward/token"]).toBe(0.5);
  expect(series["clipped/token"]).toEqual([[1, 0.4]]);
});

test("what is tallied is a mean, a number, the most or the sum; what is no number is left out", () => {
  const tally = new Tally();
  for (const value of [1, 2, Number.NaN, 6]) tally.add("mean", value);
  tally.set("set", 1 / 3);
  tally.set("nothing", Number.NaN);
  for (const value of [3, 5, 4]) tally.most("most", value);
  for (const value of [1, 2]) tally.sum("sum", value);
  for (const [x, y] of [[5, 1] as const, [1, 2] as const, [5, 3] as const]) tally.at("line", x, y);
  expect(tally.result()).toEqual({
    numbers: { mean: 3, set: 0.333333, most: 5, sum: 3 },
    series: {
      line: [
        [1, 2],
        [5, 2],
      ],
    },
  });
});

describe("routes that flip", () => {
  const metrics = { reward: 0.5, "ratio/token_std": 0.1, "ratio/token_min": 0.5 };
  const routed = (arm: string, innerStep = 1) =>
    withRoutes(
      { ...stepOf(120, 0.5), arm, innerStep, metrics: { ...metrics, "ratio/token_max": 1.5 } },
      { layers: [0, 1, 2], flipped: 0.2 },
    );

  test("are counted by token, and their ratios apart from the others'", () => {
    const record = routed("token");
    const { experts, expertsOld, logRatio, mask } = record;
    const [other, same]: [number[], number[]] = [[], []];
    mask.forEach((counts, i) => {
      if (!counts) return;
      const sets = [experts, expertsOld].map((of) =>
        [0, 2, 4]
          .map((at) => [...of.slice(i * 6 + at, i * 6 + at + 2)].toSorted((a, b) => a - b).join())
          .join(";"),
      );
      (sets[0] === sets[1] ? same : other).push(Math.abs(logRatio[i]!));
    });
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    const { numbers } = measured("routing-replay", [record]);
    expect(other.length).toBeGreaterThan(20);
    expect(numbers["flipped-tokens/token"]).toBeCloseTo(
      other.length / (other.length + same.length),
      5,
    );
    expect(numbers["apart-flipped/token"]).toBeCloseTo(mean(other), 6);
    expect(numbers["apart-kept/token"]).toBeCloseTo(mean(same), 6);
    expect(numbers["flipped/token"]).toBeCloseTo(record.metrics["router/flipped"]!, 5);
    // As far from 1 below as above.
    expect(numbers["hottest/token"]).toBe(2);
  });

  test("do not count at the first inner step, which has a reward alone", () => {
    const { numbers, series } = measured("routing-replay", [routed("token", 0)]);
    expect(numbers).toEqual({ "reward/token": 0.5 });
    expect(Object.keys(series)).toEqual(["reward/token"]);
  });
});

describe("the verdict on Routing Replay", () => {
  /** Eight seeds, of which these numbers are a little apart. */
  const seeds = (spread: number, needed: number, behind: number): SeedOutcome[] =>
    Array.from({ length: 8 }, (_, i) => {
      const by = 0.002 * (i - 3.5);
      const numbers = {
        "flipped/token": 0.08 + by,
        "spread/token": 0.2,
        "spread/token-R2": 0.2 * spread * (1 + by),
        "reward/token": 0.5,
        "reward/token-R2": 0.5 + needed + by,
        "reward/sequence": 0.5 + needed + behind + 2 * by,
      };
      return { seed: i + 1, numbers, series: {} };
    });

  test.each([
    ["the papers are borne out", 0.9, 0.05, 0, "holds"],
    ["ratios spread as far with replay", 1.1, 0.05, 0, "fails"],
    ["token level learns as well without", 0.9, 0, 0, "fails"],
    ["sequence level learns less", 0.9, 0.05, -0.05, "fails"],
  ])("%s", (_, spread, needed, behind, outcome) => {
    const { verdict } = experimentNamed("routing-replay");
    expect(verdict(seeds(spread, needed, behind)).outcome).toBe(outcome);
  });

  test("seeds that are far apart cannot tell", () => {
    const wide = seeds(0.9, 0.03, 0).map((each, i) => ({
      ...each,
      numbers: { ...each.numbers, "reward/token-R2": 0.53 + 0.1 * (i - 3.5) },
    }));
    expect(experimentNamed("routing-replay").verdict(wide).outcome).toBe("open");
  });
});
