import { trlDefaults } from "../config/schema.ts";
import type { GRPOConfig } from "../config/types.ts";
import { emptyHistograms, emptyQuantities } from "../record/quantities.ts";
import type { StepRecord } from "../record/record.ts";
import { EOS, SPECIAL } from "../tasks/task.ts";
import { cellKey, NO_EDITS, whatIf } from "./what-if.ts";

/** Token texts of the example's ids. */
export const WORKED_VOCABULARY: readonly string[] = [...SPECIAL, ..."12345"];

/**
 * Four completions that show the whole difference: one hot token; one low ratio that no clip
 * touches; a drift in step, where the figures agree; two opposite moves that cancel in s.
 */
const ROWS: readonly { reward: number; logRatios: readonly number[] }[] = [
  { reward: 1, logRatios: [0, 0.02, -0.01, 0.26, 0.01, 0] },
  { reward: 1, logRatios: [0.01, -0.02, -0.3, 0.02, 0, 0.03] },
  { reward: 0, logRatios: [0.05, 0.04, 0.06, 0.05, 0.04, 0.06] },
  { reward: 0, logRatios: [-0.04, 0.31, -0.33, 0.02, 0.01, 0.03] },
];

/** One prompt, one hard clip, nothing else in the way. */
export const WORKED_CONFIG: GRPOConfig = {
  ...trlDefaults,
  loss_type: "grpo",
  num_generations: ROWS.length,
  per_device_train_batch_size: ROWS.length,
  max_completion_length: ROWS[0]!.logRatios.length,
};

const TOKENS = [3, 4, 5, 6, 7, EOS];
const BINS = 128;

/** The built-in sandbox batch under any config with a hard clip. Needs no GPU. */
export function workedExample(config: Readonly<GRPOConfig>): StepRecord {
  const rows = ROWS.length;
  const columns = TOKENS.length;
  const all = rows * columns;
  const fill = (value: number) => new Float32Array(all).fill(value);
  const level = config.importance_sampling_level;
  const onPolicy: StepRecord = {
    arm: level,
    level,
    step: 4,
    generation: 0,
    innerStep: 3,
    rows,
    columns,
    ...emptyQuantities({ rows, columns, rewardNames: ["exact"] }),
    prompt: ROWS.map(() => "sort 4 1 5 2 3"),
    completion: ROWS.map(() => "1 2 3 4 5"),
    length: new Uint32Array(rows).fill(columns),
    tokens: Uint32Array.from({ length: all }, (_, i) => TOKENS[i % columns]!),
    mask: new Uint32Array(all).fill(1),
    logp: fill(-0.9),
    logpOld: fill(-0.9),
    logpSampled: fill(-0.9),
    tokenRatio: fill(1),
    sequenceRatio: new Float32Array(rows).fill(1),
    rewards: [Float32Array.from(ROWS, ({ reward }) => reward)],
    config: { ...config, num_generations: rows, beta: 0 },
    metrics: {},
    histograms: { range: 1, bins: BINS, ...emptyHistograms(BINS) },
  };
  return whatIf(onPolicy, {
    ...NO_EDITS,
    logRatios: new Map(
      ROWS.flatMap(({ logRatios }, row) =>
        logRatios.map((d, token) => [cellKey({ row, token }), d] as const),
      ),
    ),
    rewards: new Map(ROWS.map(({ reward }, row) => [row, reward])),
  });
}
