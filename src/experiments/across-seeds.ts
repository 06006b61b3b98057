import type { BandPoint, SeedOutcome, Verdict } from "./experiment.ts";
import { interval, type Interval, timesInterval } from "../analysis/statistics.ts";

/** Where the runs were too short for what the claim is about. */
export const UNMEASURED: Verdict = {
  outcome: "open",
  sentences: ["Too little was measured to judge the claim: take more steps."],
  intervals: {},
};

/** A number of every seed; null where one of them has not got it. */
export function numbersOf(outcomes: readonly SeedOutcome[], name: string): number[] | null {
  const found = outcomes.flatMap(({ numbers }) => numbers[name] ?? []);
  return found.length === outcomes.length ? found : null;
}

/** The interval of a number over seeds; null where a seed has not got it, or there is one seed. */
export function ofNumber(outcomes: readonly SeedOutcome[], name: string): Interval | null {
  const values = numbersOf(outcomes, name);
  return values && interval(values);
}

/** The interval of the difference `name` − `from`, seed by seed. */
export const ofDifference = (
  outcomes: readonly SeedOutcome[],
  name: string,
  from: string,
): Interval | null =>
  paired(outcomes, name, from, (a, b) => interval(a.map((value, i) => value - b[i]!)));

/** How many times `name` is `of`, seed by seed; null where one of them is 0. */
export const ofTimes = (
  outcomes: readonly SeedOutcome[],
  name: string,
  of: string,
): Interval | null => paired(outcomes, name, of, timesInterval);

function paired(
  outcomes: readonly SeedOutcome[],
  first: string,
  second: string,
  how: (a: number[], b: number[]) => Interval | null,
): Interval | null {
  const [a, b] = [numbersOf(outcomes, first), numbersOf(outcomes, second)];
  return a && b && how(a, b);
}

/** A series' mean over seeds with its interval, at every x that all seeds have. */
export function bandOf(outcomes: readonly SeedOutcome[], name: string): BandPoint[] {
  const [first, ...others] = outcomes.map(({ series }) => new Map(series[name] ?? []));
  return [...(first ?? [])].flatMap(([x, y]) => {
    const values = [y, ...others.flatMap((each) => each.get(x) ?? [])];
    const found = values.length === outcomes.length ? interval(values) : null;
    return found === null ? [] : [{ x, mean: found.mean, low: found.low, high: found.high }];
  });
}
