import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SeedOutcome } from "../../src/experiments/experiment.ts";
import { experiments } from "../../src/experiments/registry.ts";
import { readResult } from "../../src/experiments/result.ts";

const folder = new URL("../../public/experiments/", import.meta.url);
const { quantiles } = JSON.parse(
  readFileSync(new URL("../fixtures/intervals.json", import.meta.url), "utf8"),
) as { quantiles: number[] };

/** Where each interval of a verdict is from: a number, the difference of two, or their quotient. */
type Source = readonly [name: string] | readonly [a: string, how: "−" | "÷", b: string];
const REPLAY: Readonly<Record<string, Source>> = {
  flipped: ["flipped/token"],
  narrower: ["spread/token-R2", "÷", "spread/token"],
  needed: ["reward/token-R2", "−", "reward/token"],
  behind: ["reward/sequence", "−", "reward/token-R2"],
};
const INTERVALS: Readonly<Record<string, Readonly<Record<string, Source>>>> = {
  "clips-more": {
    reward: ["reward/sequence", "−", "reward/token"],
    more: ["clipped/sequence", "÷", "clipped/token"],
    token: ["clipped/token"],
    sequence: ["clipped/sequence"],
  },
  "on-policy": { moved: ["away/four-steps"] },
  "spread-of-s": { exponent: ["exponent/spread"] },
  "length-exponent": {
    grows: ["exponent/without"],
    narrows: ["exponent/with"],
    with: ["clipped/with"],
    without: ["clipped/without"],
    more: ["clipped/without", "−", "clipped/with"],
  },
  "epsilon-sweep": {
    "apart at 0.01": ["clipped/sequence-0_01", "−", "clipped/token-0_01"],
    "apart at 0.25": ["clipped/sequence-0_25", "−", "clipped/token-0_25"],
    "reward token": ["reward/token-0_01", "−", "reward/token-0_25"],
    "reward sequence": ["reward/sequence-0_01", "−", "reward/sequence-0_25"],
  },
  "length-bias": {
    biased: ["exponent/dr_grpo"],
    even: ["exponent/grpo"],
    length: ["length/dr_grpo", "−", "length/grpo"],
    reward: ["reward/dr_grpo", "−", "reward/grpo"],
  },
  "routing-replay": REPLAY,
  "routing-replay-tenth": REPLAY,
  "warm-start": {
    same: ["same/solved"],
    usually: ["same/usual"],
    gain: ["gain/solved"],
    usualGain: ["gain/usual"],
    less: ["gain/solved", "−", "gain/usual"],
  },
};

/**
 * The interval again, in another way than the verdict's: the deviation from all pairs of values,
 * s² = Σ_{i<j} (x_i − x_j)² / (n (n − 1)), and the quantile from mpmath's table.
 */
function again(outcomes: readonly SeedOutcome[], [a, how, b]: Source) {
  const values = outcomes.map(({ numbers }) => {
    const [first, second] = [numbers[a]!, numbers[b ?? ""]!];
    return how === "−" ? first - second : how === "÷" ? Math.log(first) - Math.log(second) : first;
  });
  const n = values.length;
  const pairs = values.flatMap((x, i) => values.slice(i + 1).map((y) => (x - y) ** 2));
  const s = Math.sqrt(pairs.reduce((sum, each) => sum + each, 0) / (n * (n - 1)));
  const middle = values.reduce((sum, each) => sum + each, 0) / n;
  const half = (quantiles[n - 2]! * s) / Math.sqrt(n);
  const ends = { mean: middle, low: middle - half, high: middle + half };
  if (how !== "÷") return ends;
  return { mean: Math.exp(ends.mean), low: Math.exp(ends.low), high: Math.exp(ends.high) };
}

test("every experiment has its recorded result, and nothing else lies there", () => {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  expect(files.toSorted()).toEqual(experiments.map(({ id }) => `${id}.json`).toSorted());
});

describe.each(experiments)("the recorded result of $id", (experiment) => {
  const { id } = experiment;
  const text = readFileSync(new URL(`${id}.json`, folder), "utf8");
  const result = readResult(JSON.parse(text));
  const { outcomes } = result;

  test("is of 8 seeds at the usual steps, and says what runs it again", () => {
    expect(result.experiment).toBe(id);
    expect(outcomes.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(result.steps).toBe(experiment.steps.usual);
    expect(result.command).toBe(
      `npm run -s experiment -- ${id} --seeds 8 --steps ${experiment.steps.usual}`,
    );
    expect(result.adapter).toMatch(/\w/);
    expect(text.length).toBeLessThan(40 * 1024);
  });

  test("is of the runs that the experiment has now", () => {
    const now = experiment.conditions(1).map(({ id: condition, run }) => [condition, run]);
    expect(result.runs).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(now))));
  });

  test("has a verdict whose intervals follow from its numbers, computed in another way", () => {
    const { intervals } = experiment.verdict(outcomes);
    expect(Object.keys(intervals).toSorted()).toEqual(Object.keys(INTERVALS[id]!).toSorted());
    for (const [name, source] of Object.entries(INTERVALS[id]!)) {
      const [found, wanted] = [intervals[name]!, again(outcomes, source)];
      for (const part of ["mean", "low", "high"] as const) {
        expect(Math.abs(found[part] - wanted[part]), `${name} ${part}`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(wanted[part])),
        );
      }
    }
  });

  test("has a picture of lines that all seeds have, or of every condition", () => {
    for (const panel of experiment.panels(outcomes)) {
      if (panel.kind === "bars") {
        expect(panel.bars).toHaveLength(experiment.conditions(1).length);
        continue;
      }
      for (const { points } of panel.lines) {
        expect(points.length).toBeGreaterThan(2);
        for (const { mean, low, high } of points) {
          expect(low).toBeLessThanOrEqual(mean);
          expect(high).toBeGreaterThanOrEqual(mean);
        }
      }
    }
  });
});
