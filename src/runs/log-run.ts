import { runFrom } from "../config/run-from.ts";
import { stepPlan } from "../config/step-plan.ts";
import type { GRPOConfig, RunConfig } from "../config/types.ts";
import { evaluateAdvantages, evaluateObjective } from "../engine/objective/evaluate.ts";
import { HISTOGRAM_BINS } from "../engine/objective/statistics.ts";
import type { StepRecord } from "../engine/record.ts";
import { widenRange } from "../engine/step-record.ts";
import { UserError } from "../engine/user-error.ts";
import { MAX_CELLS } from "./formats/record-schema.ts";
import { type LogVocabulary, logVocabulary } from "./formats/log-vocabulary.ts";
import type { LogRow, TrainingLog } from "./formats/training-log.ts";
import type { Recording } from "./recording.ts";

/** The one arm of a log's run. */
const ARM = "log";

/**
 * A training log as a run of its own: the kernels that train compute every ratio, clip verdict,
 * coefficient and histogram of it, and the advantages where the log has rewards only.
 */
export async function logToRecording(
  device: GPUDevice,
  log: TrainingLog,
  progress: (done: number, total: number) => void,
): Promise<Recording> {
  const vocabulary = logVocabulary(log);
  const base = runFrom();
  const run: RunConfig = {
    ...base,
    grpo: log.config,
    arms: [{ name: ARM, overrides: {} }],
    warmStart: null,
    vocabulary: vocabulary.texts,
  };
  const perGeneration = stepsPerGeneration(log.config, base.datasetSize);
  const records: StepRecord[] = [];
  let range = 0.1;
  for (const [index, rows] of log.steps.entries()) {
    const step = rows[0]!.step;
    const place = {
      step,
      generation: Math.floor((step - 1) / perGeneration),
      innerStep: (step - 1 + perGeneration) % perGeneration,
    };
    range = widenRange(range, farthest(rows));
    records.push(await recordOf(device, { log, rows, vocabulary, range, place }));
    progress(index + 1, log.steps.length);
  }
  const reports = records.map(({ arm, step, generation, innerStep, metrics }) => ({
    arm,
    step,
    generation,
    innerStep,
    metrics,
  }));
  return { run, reports, records };
}

/** Optimizer steps on one rollout, by the log's configuration; 1 where it does not come out even. */
function stepsPerGeneration(config: GRPOConfig, datasetSize: number): number {
  try {
    const steps = stepPlan(config, datasetSize).optimizerStepsPerGeneration;
    return Number.isInteger(steps) ? steps : 1;
  } catch (error) {
    if (error instanceof UserError) return 1;
    throw error;
  }
}

/** How far the log-ratios go, for the histograms' axis. */
function farthest(rows: readonly LogRow[]): Record<string, number> {
  let most = 0;
  for (const { per_token_logps: logp, old_per_token_logps: old } of rows) {
    logp.forEach((value, t) => (most = Math.max(most, Math.abs(value - (old?.[t] ?? value)))));
  }
  return { "ratio/token_max": Math.exp(Math.min(most, 80)) };
}

interface StepOfLog {
  log: TrainingLog;
  rows: readonly LogRow[];
  vocabulary: LogVocabulary;
  range: number;
  place: Pick<StepRecord, "step" | "generation" | "innerStep">;
}

async function recordOf(
  device: GPUDevice,
  { log, rows, vocabulary, range, place }: StepOfLog,
): Promise<StepRecord> {
  const { config } = log;
  const longest = rows.reduce((most, { completion_ids: ids }) => Math.max(most, ids.length), 1);
  // Whole eights, so that steps share kernels.
  const columns = 8 * Math.ceil(longest / 8);
  if (rows.length * columns > MAX_CELLS) {
    throw new UserError(
      `Step ${place.step} has ${rows.length} completions of up to ${longest} tokens; ${MAX_CELLS} tokens, padding included, are shown at most.`,
      "Log a part of its completions.",
    );
  }
  const padded = (values: readonly number[] | null): number[] =>
    Array.from({ length: columns }, (_, t) => values?.[t] ?? 0);
  const each = (name: "per_token_logps" | "old_per_token_logps" | "ref_per_token_logps") =>
    rows.every((row) => row[name] === null) ? null : rows.map((row) => padded(row[name]));
  const mask = rows.map((row) => padded(row.completion_mask ?? row.completion_ids.map(() => 1)));
  const group = groupsOf(rows);
  const estimate = await estimateOf(device, rows, config);
  const logp = rows.map((row) => padded(row.per_token_logps));
  const logpOld = each("old_per_token_logps");
  const logpRef = each("ref_per_token_logps");
  if (config.beta !== 0 && logpRef === null) {
    throw new UserError(
      `Step ${place.step}: beta is ${config.beta}, and the completions have no ref_per_token_logps.`,
      "Log them, or set beta to 0 in the log's config.",
    );
  }
  const entropyKnown = rows.every(({ entropies }) => entropies !== null);
  if (!entropyKnown && (config.top_entropy_quantile < 1 || config.entropy_coef !== 0)) {
    throw new UserError(
      `Step ${place.step}: the loss needs the tokens' entropies, and the completions have none.`,
      "Log entropies, or leave top_entropy_quantile and entropy_coef out of the log's config.",
    );
  }
  const entropy = rows.map((row) => padded(row.entropies));
  const counted = mask.flat().reduce((sum, value) => sum + value, 0);
  const made = await evaluateObjective(device, {
    config,
    batch: { logp, logpOld, logpRef, entropy, mask, advantage: estimate.advantage },
    scope: {
      gradientAccumulationSteps: 1,
      stepsPerGeneration: 1,
      numItemsInBatch: counted,
      maxCompletionLength: config.max_completion_length,
      histogramRange: range,
    },
  });
  const floats = (values: readonly (readonly number[])[]) => Float32Array.from(values.flat());
  const words = (values: readonly (readonly number[])[]) => Uint32Array.from(values.flat());
  const masked = (values: readonly (readonly number[])[]) =>
    Float32Array.from(values.flat(), (value, i) =>
      mask[Math.floor(i / columns)]![i % columns] ? value : 0,
    );
  const [token = [], tokenClipped = [], sequence = [], sequenceClipped = []] = made.histogram;
  return {
    arm: ARM,
    level: config.importance_sampling_level,
    ...place,
    rows: rows.length,
    columns,
    prompt: rows.map(({ prompt }) => prompt),
    completion: rows.map(({ completion }) => completion),
    group,
    length: Uint32Array.from(rows, ({ completion_ids: ids }) => ids.length),
    truncated: Uint32Array.from(rows, ({ truncated }) => Number(truncated)),
    tokens: words(
      rows.map(({ completion_ids: ids, truncated }) =>
        padded(ids.map((id, t) => vocabulary.idOf(id, !truncated && t === ids.length - 1))),
      ),
    ),
    mask: words(mask),
    logp: masked(logp),
    logpOld: masked(logpOld ?? logp),
    logpRef: logpRef === null ? null : masked(logpRef),
    logpSampled: masked(logpOld ?? logp),
    entropy: masked(entropy),
    logRatio: floats(made.logRatio),
    tokenRatio: floats(made.tokenRatio),
    sequenceRatio: Float32Array.from(made.sequenceRatio),
    tokenClipped: words(made.tokenClipped),
    sequenceClipped: Uint32Array.from(made.sequenceClipped),
    advantage: Float32Array.from(estimate.advantage),
    tokenCoefficient: floats(made.tokenCoefficient),
    sequenceCoefficient: Float32Array.from(made.sequenceCoefficient),
    coefficient: floats(made.coefficient),
    gradient: Float32Array.from(made.dlogp.flat(), (value) => -value),
    rewardNames: estimate.names,
    rewards: estimate.names.map((name) =>
      Float32Array.from(rows, ({ rewards }) => rewards?.[name] ?? NaN),
    ),
    reward: Float32Array.from(estimate.reward),
    config,
    metrics: {
      ...made.metrics,
      ...(entropyKnown ? {} : { entropy: NaN }),
      ...estimate.metrics,
      ...lengthsOf(rows),
    },
    histograms: {
      range,
      bins: HISTOGRAM_BINS,
      token: Uint32Array.from(token),
      tokenClipped: Uint32Array.from(tokenClipped),
      sequence: Uint32Array.from(sequence),
      sequenceClipped: Uint32Array.from(sequenceClipped),
    },
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
