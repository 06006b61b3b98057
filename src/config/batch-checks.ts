import type { Finding, Patch } from "./finding.ts";
import type { GRPOConfig } from "./types.ts";

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
        remedy: `Set generation_batch_size to ${roundUp(N, B)}.`,
        patch: { generation_batch_size: roundUp(N, B) },
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
    const fitting = divisors(completions).filter((d) => d >= 2);
    const nearest = nearestOf(fitting, G);
    problems.push(
      refusal("groups-not-whole", {
        message: `A rollout of ${completions} completions${derived} is not divisible by num_generations (${G}), so groups would be cut apart.`,
        remedy:
          nearest === undefined
            ? `Set per_device_train_batch_size to ${roundUp(B, G)}.`
            : `Set num_generations to ${nearest}, or a batch size that is a multiple of ${G}.`,
        patch:
          nearest === undefined
            ? { per_device_train_batch_size: roundUp(B, G) }
            : { num_generations: nearest },
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

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

const divisors = (of: number) =>
  Array.from({ length: of }, (_, i) => i + 1).filter((d) => of % d === 0);

const nearestOf = (values: readonly number[], to: number): number | undefined =>
  values.toSorted((a, b) => Math.abs(a - to) - Math.abs(b - to))[0];
