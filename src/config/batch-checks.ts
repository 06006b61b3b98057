import type { Finding, Patch } from "./finding.ts";
import type { GRPOConfig } from "./types.ts";

// The fields' upper bounds: remedies stay within them.
const MAX_BATCH = 1024;
const MAX_GROUP = 256;
const MAX_ROLLOUT = 8192;

/** The batch sizes that TRL refuses, in the order in which it looks. */
export function batchProblems(config: GRPOConfig, datasetSize: number): Finding[] {
  const {
    per_device_train_batch_size: B,
    gradient_accumulation_steps: GA,
    steps_per_generation: spg,
    generation_batch_size: N,
    num_generations: G,
  } = config;

  if (N !== null && spg !== null) {
    return [
      refusal("batch-both", {
        message: `generation_batch_size (${N}) and steps_per_generation (${spg}) cannot both be set.`,
        remedy: "Leave one of them at None.",
        patch: { generation_batch_size: null },
        fields: ["generation_batch_size", "steps_per_generation"],
      }),
    ];
  }
  if (N !== null && N % B !== 0) {
    return [
      refusal("batch-not-divisible", {
        message: `generation_batch_size (${N}) must be divisible by per_device_train_batch_size (${B}).`,
        remedy: `Set generation_batch_size to ${multipleNear(N, B, MAX_ROLLOUT)}.`,
        patch: { generation_batch_size: multipleNear(N, B, MAX_ROLLOUT) },
        fields: ["generation_batch_size", "per_device_train_batch_size"],
      }),
    ];
  }

  const problems: Finding[] = [];
  const completions = N ?? B * (spg ?? GA);
  const derived = N === null ? ` (${B} × ${spg ?? GA})` : "";
  if (G < 2) {
    problems.push(
      refusal("group-too-small", {
        message: `num_generations is ${G}; a group needs at least 2 completions to compare.`,
        remedy: "Set num_generations to 8.",
        patch: { num_generations: 8 },
        fields: ["num_generations"],
      }),
    );
  } else if (completions % G !== 0) {
    const fitting = nearestDivisor(completions, G);
    const batch = multipleNear(B, G, MAX_BATCH);
    problems.push(
      refusal("groups-not-whole", {
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
              ? { per_device_train_batch_size: batch }
              : { generation_batch_size: null },
        fields: ["num_generations", "per_device_train_batch_size"],
      }),
    );
  } else if (completions / G > datasetSize) {
    problems.push(
      refusal("dataset-too-small", {
        message: `A rollout takes ${completions / G} prompts; the training set has ${datasetSize}.`,
        remedy: `Set the prompts in the training set to ${completions / G} or more.`,
        patch: { datasetSize: completions / G },
        fields: ["datasetSize", "num_generations"],
      }),
    );
  }
  return problems;
}

const refusal = (
  id: string,
  facts: { message: string; remedy: string; patch: Patch; fields: readonly string[] },
): Finding => ({ id, severity: "error", reason: "", arm: null, ...facts });

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
