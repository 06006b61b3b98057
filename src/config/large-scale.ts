import { formatValue, number } from "./parse-field.ts";
import type { FieldValue } from "./field.ts";
import type { GRPOConfig, RunConfig } from "./types.ts";

/** transformers' other names of optimizers that compute the same here. */
const SAME_OPTIMIZER: Readonly<Record<string, string>> = {
  adamw_hf: "adamw_torch",
  adamw_torch_xla: "adamw_torch",
  adamw_torch_npu_fused: "adamw_torch",
  adamw_apex_fused: "adamw_torch",
  paged_adamw: "adamw_torch",
  paged_adamw_32bit: "adamw_torch",
  adamw_bnb_8bit: "adamw_8bit",
  paged_adamw_8bit: "adamw_8bit",
  paged_lion_32bit: "lion_32bit",
};

/** The optimizer here that computes what the named one computes; undefined where there is none. */
export const sameOptimizer = (name: string): string | undefined =>
  Object.hasOwn(SAME_OPTIMIZER, name) ? SAME_OPTIMIZER[name] : undefined;

/** Fields whose value of a real run a toy cannot run with; it is kept beside the toy's. */
const LARGE_SCALE = ["max_completion_length", "top_k", "optim", "reward_weights"] as const;
type LargeScale = (typeof LARGE_SCALE)[number];

/** What may be kept beside the toy's value, as a link has it; undefined for anything else. */
export function parseLarge(name: string, text: string): FieldValue | undefined {
  const whole = /^\d{1,7}$/.test(text) ? Number(text) : undefined;
  switch (name) {
    case "max_completion_length":
      return text === "none" ? null : whole;
    case "top_k":
      return whole;
    case "optim":
      return sameOptimizer(text) === undefined ? undefined : text;
    case "reward_weights": {
      const weights = text.split(",").map(number);
      return weights.every((weight) => weight !== undefined) ? weights : undefined;
    }
  }
  return undefined;
}

/** The values that are kept beside the toy's and still stand in for them. */
export const largeValues = (run: RunConfig): [name: string, value: FieldValue][] =>
  LARGE_SCALE.flatMap((name): [string, FieldValue][] => {
    const value = largeValue(run, run.grpo, name);
    return value === undefined ? [] : [[name, value]];
  });

/** Whether `exportOnly` may hold a value of this field of the engine, for the export. */
export const isLargeScale = (name: string): name is LargeScale =>
  LARGE_SCALE.some((each) => each === name);

/**
 * The value that an export writes in place of the toy's: what a text had, as long as the toy's own
 * is still what stands in for it.
 */
export function largeValue(
  { exportOnly }: RunConfig,
  config: GRPOConfig,
  name: string,
): FieldValue | undefined {
  const kept = exportOnly?.[name] as FieldValue | undefined;
  if (!isLargeScale(name) || kept === undefined) return undefined;
  return standsFor[name](config, kept) ? kept : undefined;
}

const standsFor: Readonly<Record<LargeScale, (config: GRPOConfig, kept: FieldValue) => boolean>> = {
  max_completion_length: (config, kept) =>
    kept === null || (typeof kept === "number" && kept > config.max_completion_length),
  top_k: ({ top_k }) => top_k === 0,
  optim: ({ optim }, kept) => sameOptimizer(formatValue(kept)) === optim,
  reward_weights: ({ reward_weights }) => reward_weights === null,
};
