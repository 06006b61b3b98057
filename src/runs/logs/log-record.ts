import { UserError } from "../../base/user-error.ts";
import { lazyPlan } from "../../config/step-plan.ts";
import type { GRPOConfig } from "../../config/types.ts";
import {
  evaluateAdvantages,
  evaluateObjective,
  type ObjectiveResult,
} from "../../engine/objective/evaluate.ts";
import { OBJECTIVE_QUANTITIES, type ObjectiveQuantity } from "../../engine/objective/objective.ts";
import type { ObjectiveScope } from "../../engine/objective/settings.ts";
import { sumHistograms } from "../../engine/training/step-record.ts";
import type { Quantities } from "../../record/fields.ts";
import { arrayOf, inOrder } from "../../record/quantities.ts";
import type { StepRecord } from "../../record/record.ts";
import type { LogMicroBatch, LogRow } from "./log-row.ts";
import type { LogStep } from "./log-steps.ts";
import type { LogVocabulary } from "./log-vocabulary.ts";
import { MAX_CELLS } from "../formats/record-schema.ts";
import { entropyFloors } from "./entropy-floor.ts";
import { inLoss } from "./log-config.ts";
import { byPlace, metricsOfStep } from "./log-metrics.ts";

/** What the record of a log's step is made from. */
export interface StepOfLog {
  arm: string;
  /** In force in this step: an adaptive entropy bonus moves its coefficient. */
  config: GRPOConfig;
  step: LogStep;
  vocabulary: LogVocabulary;
  range: number;
  place: Pick<StepRecord, "step" | "generation" | "innerStep">;
}

/** The record, and the objective's own metrics of each micro-batch, in order. */
export interface RecordedStep {
  record: StepRecord;
  micro: readonly Readonly<Record<string, number>>[];
}

type PerToken = "per_token_logps" | "old_per_token_logps" | "ref_per_token_logps";
type Optional = PerToken | "importance_sampling_ratio" | "entropies";

/**
 * The record of a log's step: the kernels that train take each micro-batch as the trainer did, so
 * that what is a mean or a quantile of a micro-batch there is one here.
 */
export async function recordOf(device: GPUDevice, from: StepOfLog): Promise<RecordedStep> {
  const { arm, config, vocabulary, range, place } = from;
  // What processes have of one micro-batch stands together: src/analysis/loss-mask.ts reckons with it.
  const batches = byPlace(from.step.batches, ({ process }) => process).flat();
  const step = { ...from.step, batches };
  const rows = step.batches.flatMap((batch) => batch.rows);
  const columns = columnsOf(rows, place.step);
  requireInputs(rows, config, place.step);
  const padded = (values: readonly number[] | null, beyond = 0): number[] =>
    Array.from({ length: columns }, (_, t) => values?.[t] ?? beyond);
  const each = (of: readonly LogRow[], name: Optional, beyond = 0) =>
    of.every((row) => row[name] === null) ? null : of.map((row) => padded(row[name], beyond));
  const maskOf = (of: readonly LogRow[]) =>
    of.map((row) => padded(row.completion_mask ?? row.completion_ids.map(() => 1)));
  const sampled = (of: readonly LogRow[]) =>
    of.every((row) => row.sampling_per_token_logps === null)
      ? null
      : of.map(({ per_token_logps: logp, ...row }) =>
          padded(
            (row.sampling_per_token_logps ?? row.old_per_token_logps ?? logp).map(
              (value, t) => value ?? logp[t]!,
            ),
          ),
        );
  const estimate = await estimateOf(device, rows, config);
  const scopeOf = scopes(step, config, maskOf);
  const floorOf = entropyFloors(step);
  const made: ObjectiveResult[] = [];
  let first = 0;
  for (const batch of step.batches) {
    const advantage = estimate.advantage.slice(first, first + batch.rows.length);
    first += batch.rows.length;
    const own = batch.rows;
    const evaluated = await evaluateObjective(device, {
      config:
        batch.entropyCoef === null
          ? config
          : inLoss({ ...config, entropy_coef: batch.entropyCoef }),
      batch: {
        logp: each(own, "per_token_logps") ?? [],
        logpOld: each(own, "old_per_token_logps"),
        logpRef: each(own, "ref_per_token_logps"),
        logpSampled: sampled(own),
        // vespo adds up its logarithms over the whole width: padding has to add nothing.
        samplingRatio: each(own, "importance_sampling_ratio", 1),
        entropy: each(own, "entropies"),
        mask: maskOf(own),
        advantage,
      },
      scope: { ...scopeOf(batch), ...floorOf(batch), histogramRange: range },
    });
    made.push(evaluated);
  }
  const mask = maskOf(rows);
  const logp = each(rows, "per_token_logps") ?? [];
  const logpOld = each(rows, "old_per_token_logps") ?? logp;
  const logpRef = each(rows, "ref_per_token_logps");
  const words = (values: readonly (readonly number[])[]) => Uint32Array.from(values.flat());
  const masked = (values: readonly (readonly number[])[]) =>
    Float32Array.from(values.flat(), (value, i) =>
      mask[Math.floor(i / columns)]![i % columns] ? value : 0,
    );
  const micro = made.map(({ metrics }) => metrics);
  const entropyKnown = rows.every(({ entropies }) => entropies !== null);
  const record: StepRecord = {
    arm,
    level: config.importance_sampling_level,
    ...place,
    rows: rows.length,
    columns,
    ...inOrder({
      prompt: rows.map(({ prompt }) => prompt),
      completion: rows.map(({ completion }) => completion),
      group: groupsOf(rows),
      length: Uint32Array.from(rows, ({ completion_ids: ids }) => ids.length),
      truncated: Uint32Array.from(rows, ({ truncated }) => Number(truncated)),
      tokens: words(
        rows.map(({ completion_ids: ids, truncated }) =>
          padded(ids.map((id, t) => vocabulary.idOf(id, !truncated && t === ids.length - 1))),
        ),
      ),
      mask: words(mask),
      logp: masked(logp),
      logpOld: masked(logpOld),
      logpRef: logpRef === null ? null : masked(logpRef),
      logpSampled: masked(sampled(rows) ?? logpOld),
      entropy: masked(rows.map((row) => padded(row.entropies))),
      ...writtenBy(made),
      advantage: Float32Array.from(estimate.advantage),
      // Processes average their gradients.
      gradient: Float32Array.from(
        made.flatMap(({ dlogp }) => dlogp).flat(),
        (value) => -value / step.processes,
      ),
      rewardNames: estimate.names,
      rewards: estimate.names.map((name) =>
        Float32Array.from(rows, ({ rewards }) => rewards?.[name] ?? NaN),
      ),
      reward: Float32Array.from(estimate.reward),
    }),
    config,
    metrics: {
      ...metricsOfStep(step, micro, config),
      ...(entropyKnown ? {} : { entropy: NaN }),
      ...estimate.metrics,
      ...lengthsOf(rows),
    },
    histograms: sumHistograms(
      Uint32Array.from(made.flatMap(({ histogram }) => histogram.flat())),
      range,
    ),
  };
  return { record, micro };
}

/** What the kernels wrote of each micro-batch, one after the other. */
const writtenBy = (made: readonly ObjectiveResult[]) =>
  Object.fromEntries(
    OBJECTIVE_QUANTITIES.map((name) => [
      name,
      arrayOf(name, made.flatMap((result): (number | number[])[] => result[name]).flat()),
    ]),
  ) as Pick<Quantities, ObjectiveQuantity>;

/** Columns of the step's matrices: whole eights, so that steps share kernels. */
function columnsOf(rows: readonly LogRow[], step: number): number {
  const longest = rows.reduce((most, { completion_ids: ids }) => Math.max(most, ids.length), 1);
  const columns = 8 * Math.ceil(longest / 8);
  if (rows.length * columns <= MAX_CELLS) return columns;
  throw new UserError(
    `Step ${step} has ${rows.length} completions of up to ${longest} tokens; ${MAX_CELLS} tokens, padding included, are shown at most.`,
    "Log a part of its completions.",
  );
}

function requireInputs(rows: readonly LogRow[], config: GRPOConfig, step: number): void {
  const lacks = (name: Optional) => rows.some((row) => row[name] === null);
  if (config.beta !== 0 && lacks("ref_per_token_logps")) {
    throw new UserError(
      `Step ${step}: beta is ${config.beta}, and the completions have no ref_per_token_logps.`,
      "Log them, or set beta to 0 in the log's config.",
    );
  }
  const usesEntropy =
    config.top_entropy_quantile < 1 || config.entropy_coef !== 0 || config.use_adaptive_entropy;
  if (usesEntropy && lacks("entropies")) {
    throw new UserError(
      `Step ${step}: the loss needs the tokens' entropies, and the completions have none.`,
      "Log entropies, or leave top_entropy_quantile, entropy_coef and use_adaptive_entropy out of the log's config.",
    );
  }
}

/**
 * What the loss of each micro-batch is divided by, as TRL has it: by the micro-batches of its
 * accumulation window, and for dapo, cispo and vespo by the window's share of the rollout's tokens.
 */
function scopes(
  { batches, processes }: LogStep,
  config: GRPOConfig,
  maskOf: (rows: readonly LogRow[]) => readonly (readonly number[])[],
): (batch: LogMicroBatch) => Omit<ObjectiveScope, "histogramRange"> {
  const accumulation = batches.length / processes;
  const counted = batches
    .flatMap(({ rows }) => maskOf(rows))
    .flat()
    .reduce((sum, value) => sum + value, 0);
  const { stepsPerGeneration } = lazyPlan({ ...config, num_processes: processes }, 0);
  const shared = {
    gradientAccumulationSteps: accumulation,
    maxCompletionLength: config.max_completion_length,
  };
  return ({ numItems }) => {
    // Not logged: the tokens of the step stand for the window's.
    if (numItems === null) {
      const numItemsInBatch = counted / processes;
      return { ...shared, numItemsInBatch, stepsPerGeneration: accumulation };
    }
    return { ...shared, numItemsInBatch: numItems / processes, stepsPerGeneration };
  };
}
/** Completions of the same prompt are a group. */
function groupsOf(rows: readonly LogRow[]): Uint32Array<ArrayBuffer> {
  const groups = new Map<string, number>();
  return Uint32Array.from(rows, ({ prompt }) => {
    const group = groups.get(prompt) ?? groups.size;
    groups.set(prompt, group);
    return group;
  });
}

async function estimateOf(device: GPUDevice, rows: readonly LogRow[], config: GRPOConfig) {
  const names = [...new Set(rows.flatMap(({ rewards }) => Object.keys(rewards ?? {})))];
  const given = rows.every(({ advantage }) => advantage !== null);
  const advantages = rows.map(({ advantage }) => advantage ?? 0);
  if (names.length === 0) {
    return { names, advantage: advantages, reward: rows.map(() => NaN), metrics: {} };
  }
  const G = config.num_generations;
  if (!given && !inWholeGroups(rows, G)) {
    throw new UserError(
      `Step ${rows[0]?.step}: its completions are no whole groups of num_generations (${G}) of one prompt each, so advantages cannot follow from rewards.`,
      "Log the advantage of each completion, or the completions of a prompt one after the other.",
    );
  }
  const weights = config.reward_weights;
  const evaluated = await evaluateAdvantages(device, {
    // A slice of a rollout holds parts of groups: its rewards still add up row by row.
    config: {
      ...config,
      num_generations: given ? rows.length : G,
      reward_weights: weights?.length === names.length ? weights : null,
    },
    rewards: rows.map(({ rewards }) => names.map((name) => rewards?.[name] ?? null)),
    names,
  });
  const { reward, metrics } = evaluated;
  const { frac_reward_zero_std: zero, ...others } = metrics;
  const own = given || zero === undefined ? others : metrics;
  return { names, advantage: given ? advantages : evaluated.advantage, reward, metrics: own };
}

const inWholeGroups = (rows: readonly LogRow[], G: number): boolean =>
  rows.length % G === 0 &&
  rows.every(({ prompt }, row) => prompt === rows[row - (row % G)]?.prompt);

/** TRL's metrics of the completions' lengths. */
function lengthsOf(rows: readonly LogRow[]): Record<string, number> {
  const lengths = rows.map(({ completion_ids: ids }) => ids.length);
  return {
    "completions/mean_length": lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    "completions/min_length": Math.min(...lengths),
    "completions/max_length": Math.max(...lengths),
    "completions/clipped_ratio": rows.filter(({ truncated }) => truncated).length / rows.length,
  };
}
