import type { ClipBand, GRPOConfig, Level } from "../config/types.ts";

/** The band of the level that does not drive an arm, and the arm whose band it is. */
export interface OtherClip extends ClipBand {
  arm: string;
}

/**
 * One optimizer step of one arm: everything the page shows is a view of this. Plain, immutable
 * data. Matrices are row-major, `rows` completions × `columns` token positions; entries where
 * `mask` is 0 (beyond a row's end, or masked out) are 0.
 */
export interface StepRecord {
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

  /** The prompt of each row, as shown to a person. [row] */
  prompt: readonly string[];
  /** The completion of each row, as shown to a person. [row] */
  completion: readonly string[];
  /** Index of the row's prompt within its generation: rows with the same number are a group. [row] */
  group: Uint32Array;
  /** Tokens the policy made, its end-of-sequence included. [row] */
  length: Uint32Array;
  /** 1 where the completion ran into the limit without an end-of-sequence. [row] */
  truncated: Uint32Array;

  /** Completion token ids. [row][token] */
  tokens: Uint32Array;
  /** 1 where the token counts in the loss. [row][token] */
  mask: Uint32Array;
  /** log π of the token under the weights of this step, tempered. [row][token] */
  logp: Float32Array;
  /** The same under the weights that made the rollout. [row][token] */
  logpOld: Float32Array;
  /** The same under the frozen reference; null when beta is 0. [row][token] */
  logpRef: Float32Array | null;
  /** The sampler's own log-probability, before any filter; differs from logpOld by rounding. [row][token] */
  logpSampled: Float32Array;
  /** Entropy of the tempered distribution, nats. [row][token] */
  entropy: Float32Array;

  /** logp − logpOld. [row][token] */
  logRatio: Float32Array;
  /** exp(logRatio), GRPO's ratio. [row][token] */
  tokenRatio: Float32Array;
  /** exp(mean logRatio over the row), GSPO's ratio: the geometric mean of the row. [row] */
  sequenceRatio: Float32Array;
  /** 1 where the clip cut the token's ratio off at token level, under that level's ε. [row][token] */
  tokenClipped: Uint32Array;
  /** 1 where the clip cut the row's ratio off at sequence level, under that level's ε. [row] */
  sequenceClipped: Uint32Array;

  /** Â of the row. [row] */
  advantage: Float32Array;
  /** Ratio × advantage after clipping, at token level: what token clipping puts on ∇log π. [row][token] */
  tokenCoefficient: Float32Array;
  /** The same at sequence level. [row] */
  sequenceCoefficient: Float32Array;
  /** The coefficient of the level that drives this arm. [row][token] */
  coefficient: Float32Array;
  /** −∂loss/∂logp, the loss type's normaliser and the KL term included. [row][token] */
  gradient: Float32Array;

  /** Names of the reward functions, in the order of `rewards`. */
  rewardNames: readonly string[];
  /** Raw value of each function. [function][row]; NaN where the function returned nothing. */
  rewards: readonly Float32Array[];
  /** Weighted sum. [row] */
  reward: Float32Array;

  /** The arm's configuration in this step. */
  config: Readonly<GRPOConfig>;
  /**
   * What the level that does not drive is judged by, in this step: the band of the arm that this
   * level drives. Absent, it is `config`'s own: no other arm is driven by it, or the record is of a
   * time when both levels were judged by the arm's.
   */
  otherClip?: Readonly<OtherClip>;
  /** TRL's metric names (algorithm.md, section 3) and ours (`ratio/…`); NaN where undefined. */
  metrics: Readonly<Record<string, number>>;
  /** Counted on the GPU over this batch. */
  histograms: RatioHistograms;
}

/**
 * Counts of log-ratios in equal bins over [−range, range] (natural log); the first and last bin
 * take what lies beyond.
 */
export interface RatioHistograms {
  range: number;
  bins: number;
  /** Tokens by their log-ratio. [bin] */
  token: Uint32Array;
  /** Of those, tokens that token-level clipping cuts off. [bin] */
  tokenClipped: Uint32Array;
  /** Rows by their mean log-ratio. [bin] */
  sequence: Uint32Array;
  /** Of those, rows that sequence-level clipping cuts off. [bin] */
  sequenceClipped: Uint32Array;
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

/** Whether a level is the one that drives the record's arm. */
export const drives = (record: Pick<StepRecord, "level">, level: ClipLevel): boolean =>
  (record.level === "token") === (level === "token");

/** What a level of the record was judged by. */
export const bandAt = (
  record: Pick<StepRecord, "level" | "config" | "otherClip">,
  level: ClipLevel,
): Readonly<ClipBand> =>
  drives(record, level) ? record.config : (record.otherClip ?? record.config);

/** A record with nested plain arrays, [row] or [row][token], as JSON can hold it. */
export function recordToJson(record: StepRecord): Record<string, unknown> {
  const { rows, columns } = record;
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      isTyped(value)
        ? value.length === rows * columns && PER_TOKEN.has(key)
          ? nest(value, columns)
          : [...value]
        : key === "rewards" || key === "histograms"
          ? untype(value)
          : value,
    ]),
  );
}

const PER_TOKEN: ReadonlySet<string> = new Set([
  "tokens",
  "mask",
  "logp",
  "logpOld",
  "logpRef",
  "logpSampled",
  "entropy",
  "logRatio",
  "tokenRatio",
  "tokenClipped",
  "tokenCoefficient",
  "coefficient",
  "gradient",
]);

type Typed = Float32Array | Uint32Array;
const isTyped = (value: unknown): value is Typed =>
  value instanceof Float32Array || value instanceof Uint32Array;

const nest = (flat: Typed, columns: number): number[][] =>
  Array.from({ length: flat.length / columns }, (_, row) => [
    ...flat.subarray(row * columns, (row + 1) * columns),
  ]);

function untype(value: unknown): unknown {
  if (isTyped(value)) return [...value];
  if (Array.isArray(value)) return value.map(untype);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, untype(inner)]));
  }
  return value;
}
