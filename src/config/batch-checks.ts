import { type Fact, refusal } from "./finding.ts";
import { microBatchRows, processCount, processesOf } from "./processes.ts";
import type { GRPOConfig } from "./types.ts";

// The fields' upper bounds: remedies stay within them.
const MAX_BATCH = 1024;
const MAX_GROUP = 256;
const MAX_ROLLOUT = 8192;

/**
 * The batch sizes that TRL refuses, in the order in which it looks. Each value is taken where it is
 * needed and not before: whoever watches the configuration sees what a problem depends on.
 */
export const batchProblems = (config: GRPOConfig, datasetSize: number): Fact[] => {
  const problem = bothSet(config) ?? notDivisible(config) ?? groups(config, datasetSize);
  return problem === null ? [] : [problem];
};

function bothSet(config: GRPOConfig): Fact | null {
  if (config.generation_batch_size === null || config.steps_per_generation === null) return null;
  const { generation_batch_size: N, steps_per_generation: spg } = config;
  return refusal("batch-both", {
    message: `generation_batch_size (${N}) and steps_per_generation (${spg}) cannot both be set.`,
    remedy: "Leave one of them at None.",
    patch: { generation_batch_size: null },
    fields: ["generation_batch_size", "steps_per_generation"],
  });
}

/** Rows of all processes in one micro-batch, and how a sentence writes them. */
function rowsOf(config: GRPOConfig) {
  const { per_device_train_batch_size: B } = config;
  const [processes, rows] = [processesOf(config), microBatchRows(config)];
  return processes === 1
    ? { rows, said: `${B}`, named: `per_device_train_batch_size (${B})` }
    : {
        rows,
        said: `${B} × ${processCount(processes)}`,
        named: `per_device_train_batch_size × num_processes (${B} × ${processes} = ${rows})`,
      };
}

function notDivisible(config: GRPOConfig): Fact | null {
  const N = config.generation_batch_size;
  if (N === null) return null;
  const { rows, named } = rowsOf(config);
  if (N % rows === 0) return null;
  const fitting = multipleNear(N, rows, MAX_ROLLOUT);
  return refusal("batch-not-divisible", {
    message: `generation_batch_size (${N}) must be divisible by ${named}.`,
    remedy: `Set generation_batch_size to ${fitting}.`,
    patch: { generation_batch_size: fitting },
    fields: ["generation_batch_size", "per_device_train_batch_size"],
  });
}

function groups(config: GRPOConfig, datasetSize: number): Fact | null {
  const G = config.num_generations;
  if (G < 2) {
    return refusal("group-too-small", {
      message: `num_generations is ${G}; a group needs at least 2 completions to compare.`,
      remedy: "Set num_generations to 8.",
      patch: { num_generations: 8 },
      fields: ["num_generations"],
    });
  }
  const N = config.generation_batch_size;
  const completions =
    N ?? rowsOf(config).rows * (config.steps_per_generation ?? config.gradient_accumulation_steps);
  if (completions % G !== 0) return notWhole(config, completions);
  if (completions / G <= datasetSize) return null;
  return refusal("dataset-too-small", {
    message: `A rollout takes ${completions / G} prompts; the training set has ${datasetSize}.`,
    remedy: `Set the prompts in the training set to ${completions / G} or more.`,
    patch: { datasetSize: completions / G },
    fields: ["datasetSize", "num_generations"],
  });
}

function notWhole(config: GRPOConfig, completions: number): Fact {
  const { num_generations: G, per_device_train_batch_size: B, generation_batch_size: N } = config;
  const slices = config.steps_per_generation ?? config.gradient_accumulation_steps;
  const derived = N === null ? ` (${rowsOf(config).said} × ${slices})` : "";
  const fitting = nearestDivisor(completions, G);
  const batch = multipleNear(B, G, MAX_BATCH);
  const byBatch = { per_device_train_batch_size: batch };
  return refusal("groups-not-whole", {
    message: `A rollout of ${completions} completions${derived} is not divisible by num_generations (${G}), so groups would be cut apart.`,
    remedy:
      fitting !== undefined
        ? `Set num_generations to ${fitting}, or a batch size that is a multiple of ${G}.`
        : N === null
          ? `Set per_device_train_batch_size to ${batch}.`
          : "Leave generation_batch_size at None.",
    patch:
      fitting !== undefined
        ? { num_generations: fitting }
        : N === null
          ? byBatch
          : { generation_batch_size: null },
    fields: ["num_generations", "per_device_train_batch_size"],
  });
}

/** The next multiple upwards, or downwards where that is beyond the limit. */
export function multipleNear(value: number, of: number, limit: number): number {
  const up = Math.ceil(value / of) * of;
  return up <= limit ? up : up - of;
}

/** The group size nearest to the one wished for that cuts the completions into whole groups. */
function nearestDivisor(completions: number, wish: number): number | undefined {
  return Array.from({ length: MAX_GROUP - 1 }, (_, i) => i + 2)
    .filter((size) => completions % size === 0)
    .toSorted((a, b) => Math.abs(a - wish) - Math.abs(b - wish))[0];
}
