import type { RunConfig } from "../config/types.ts";
import type { StepRecord } from "../record/record.ts";
import type { Interval } from "../analysis/statistics.ts";

/** One of the runs that a seed of an experiment is made of. What can be an arm of it is one. */
export interface Condition {
  /** kebab-case, unique within the experiment. */
  id: string;
  /** A few words, for progress and for opening it as a run. */
  title: string;
  run: RunConfig;
}

/** Values of a series, in ascending x. */
export type Series = readonly (readonly [x: number, y: number])[];

/** What was measured of one seed; a number that the run did not define is not there. */
export interface Measured {
  numbers: Readonly<Record<string, number>>;
  series: Readonly<Record<string, Series>>;
}

/** What one seed came to. */
export interface SeedOutcome extends Measured {
  seed: number;
}

/** Collects what is measured of one seed, all of its conditions. */
export interface Measurement {
  /** The records of one optimizer step of a condition's run, one an arm. */
  take(condition: string, records: readonly StepRecord[]): void;
  /** The final weights of the condition's arms, flat, in the run's order. */
  end?(condition: string, weights: readonly Float32Array[]): void;
  result(): Measured;
}

/** Whether what was measured bears the claim out; "open": these seeds and steps cannot tell. */
export type Outcome = "holds" | "fails" | "open";

/** The claim, judged: computed from the seeds' numbers and from nothing else. */
export interface Verdict {
  outcome: Outcome;
  /** Whole sentences, with the intervals. */
  sentences: readonly string[];
  /** The intervals that the sentences rest on, by name. */
  intervals: Readonly<Record<string, Interval>>;
}

/** An axis of a picture. */
export interface Axis {
  label: string;
  /** Logarithmic; what is not above 0 has no place on it. */
  log?: true;
  /** Shares from 0 to 1, written as percentages. */
  share?: true;
}

/** A mean over seeds at one x; the band between `low` and `high` is its 95 % interval. */
export interface BandPoint {
  x: number;
  mean: number;
  low: number;
  high: number;
}

/** How a line is drawn: as an arm of that level, or as one of the neutral ones. */
export type Tone = "token" | "sequence" | "first" | "second";

export interface BandLine {
  label: string;
  tone: Tone;
  points: readonly BandPoint[];
}

/** Lines with bands over steps, or points with bars over something else. */
export interface LinesPanel {
  kind: "lines" | "points";
  title: string;
  x: Axis;
  y: Axis;
  lines: readonly BandLine[];
  /** What the points would lie on if something were so, dashed. */
  reference?: { label: string; points: Series };
}

/** One bar for each condition; `low` and `high` bound its 95 % interval. */
export interface BarsPanel {
  kind: "bars";
  title: string;
  bars: readonly {
    label: string;
    tone: Tone;
    mean: number;
    low: number;
    high: number;
    text: string;
  }[];
}

export type Panel = LinesPanel | BarsPanel;

/** A claim that runs decide. */
export interface Experiment {
  /** kebab-case; the command's name and the recorded file's. */
  id: string;
  title: string;
  /** One plain sentence, which may come out false. */
  claim: string;
  /** What runs, in one or two sentences. */
  method: string;
  /** Optimizer steps of every run, by default and at least. */
  steps: { usual: number; least: number };
  conditions(seed: number): readonly Condition[];
  /** For runs of so many steps. */
  measure(steps: number): Measurement;
  panels(outcomes: readonly SeedOutcome[]): readonly Panel[];
  verdict(outcomes: readonly SeedOutcome[]): Verdict;
}
