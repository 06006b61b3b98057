import type { ClipBand, GRPOConfig, Level } from "../config/types.ts";
import type { HistogramName, Quantities } from "./fields.ts";
import { dimensionsOf, isQuantity } from "./quantities.ts";

/** The band of the level that does not drive an arm, and the arm whose band it is. */
export interface OtherClip extends ClipBand {
  arm: string;
}

/** The mixtures of a policy: L = layers.length, E = experts, k = perToken. */
export interface RecordRouting {
  /** Layers that have a mixture, from 0. */
  layers: readonly number[];
  /** Experts of each. */
  experts: number;
  /** Of them, those that a token goes through. */
  perToken: number;
}

/**
 * One optimizer step of one arm: everything the page shows is a view of this. Plain, immutable
 * data. Its quantities are those of the table in fields.ts; entries where `mask` is 0 (beyond a
 * row's end, or masked out) are 0, but for `tokens`, which go on to the row's end.
 */
export interface StepRecord extends Quantities {
  /**
   * Only prompts, completions, rewards and advantages are known, from a table without tokens: the
   * rest is empty, and no figure is drawn of it.
   */
  textOnly?: true;
  /** Name of the arm. */
  arm: string;
  /** The level that drives the gradient of this arm. Both levels are in the record. */
  level: Level;
  /** Optimizer steps done when this one ended: 1, 2, … */
  step: number;
  /** Which rollout the batch came from: 0, 1, … */
  generation: number;
  /** Optimizer steps since that rollout, before this one: k = 0, 1, … At 0 every ratio is 1. */
  innerStep: number;

  /** B, completions in this optimizer step's batch. */
  rows: number;
  /** Longest completion possible, in tokens. */
  columns: number;
  /** With it the record has all quantities that are from routers. Absent: no mixture, and none of them. */
  routing?: RecordRouting;

  /** The arm's configuration in this step. */
  config: Readonly<GRPOConfig>;
  /**
   * What the level that does not drive is judged by, in this step: the band of the arm that this
   * level drives. Absent, it is `config`'s own: no other arm is driven by it, or the record is of a
   * time when both levels were judged by the arm's.
   */
  otherClip?: Readonly<OtherClip>;
  /** By the names of record/metrics.ts: TRL's, and ours (`ratio/…`); NaN where undefined. */
  metrics: Readonly<Record<string, number>>;
  /** Counted on the GPU over this batch. */
  histograms: RatioHistograms;
}

/**
 * Counts of log-ratios in equal bins over [−range, range] (natural log); the first and last bin
 * take what lies beyond.
 */
export interface RatioHistograms extends Record<HistogramName, Uint32Array> {
  range: number;
  bins: number;
}

/** One optimizer step of one arm, without the record. */
export type StepReport = Pick<StepRecord, "arm" | "step" | "generation" | "innerStep" | "metrics">;

export const reportOf = ({
  arm,
  step,
  generation,
  innerStep,
  metrics,
}: StepReport): StepReport => ({
  arm,
  step,
  generation,
  innerStep,
  metrics,
});

/** A level with a clip of its own; sequence_token clips as sequence does. */
export type ClipLevel = "token" | "sequence";

export const clipLevelOf = (level: Level): ClipLevel => (level === "token" ? "token" : "sequence");

/** Whether a level is the one that drives the record's arm. */
export const drives = (record: Pick<StepRecord, "level">, level: ClipLevel): boolean =>
  (record.level === "token") === (level === "token");

/** What a level of the record was judged by. */
export const bandAt = (
  record: Pick<StepRecord, "level" | "config" | "otherClip">,
  level: ClipLevel,
): Readonly<ClipBand> =>
  drives(record, level) ? record.config : (record.otherClip ?? record.config);

/** A record with nested plain arrays, [row], [row][token] and so on, as JSON can hold it. */
export const recordToJson = (record: StepRecord): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]: [string, unknown]) => [
      key,
      isTyped(value) && isQuantity(key)
        ? nest(value, dimensionsOf(key, record).slice(1))
        : untype(value),
    ]),
  );

type Typed = Float32Array | Uint32Array;
const isTyped = (value: unknown): value is Typed =>
  value instanceof Float32Array || value instanceof Uint32Array;

type Nested = number | readonly Nested[];

/** Row-major numbers, of which all dimensions but the first are given, as lists of lists. */
function nest(flat: Typed, [width, ...inner]: readonly number[]): readonly Nested[] {
  if (width === undefined) return [...flat];
  const each = inner.reduce((product, length) => product * length, width);
  return Array.from({ length: flat.length / each }, (_, at) =>
    nest(flat.subarray(at * each, (at + 1) * each), [width, ...inner].slice(1)),
  );
}

function untype(value: unknown): unknown {
  if (isTyped(value)) return [...value];
  if (Array.isArray(value)) return value.map(untype);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, untype(inner)]));
  }
  return value;
}
