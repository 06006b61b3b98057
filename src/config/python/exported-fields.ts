import { task } from "../../tasks/registry.ts";
import type { FieldValue } from "../field.ts";
import { largeValue } from "../large-scale.ts";
import { upperEpsilon } from "../clip-band.ts";
import { formatValue } from "../parse-field.ts";
import { fields } from "../schema.ts";
import { lazyPlan } from "../step-plan.ts";
import { armConfig, type ArmConfig, type GRPOConfig, type RunConfig } from "../types.ts";
import { currentNames } from "./current-names.ts";

/** Written out even at TRL's default: what decides the ratios, and where Unsloth's default differs. */
const ALWAYS = new Set<string>([
  "importance_sampling_level",
  "epsilon",
  "epsilon_high",
  "num_iterations",
  "steps_per_generation",
  "num_generations",
  "max_completion_length",
  "temperature",
]);

/** Where a value goes: some targets have no such field. */
export type Target = "trl" | "unsloth";

export interface ExportedField {
  name: string;
  value: FieldValue;
  /** Whether a number of it is a float even where it is whole. */
  float: boolean;
  /** Why toy and real scale must differ, or why the line is a comment; empty for most. */
  comment: string;
  /** Left out of the call: the target has no such field. */
  omitted: boolean;
}

/**
 * The fields of one arm's configuration that an export writes, in the order of the form, and what it
 * takes to load them.
 */
export function exportedFields(run: RunConfig, arm: ArmConfig, target: Target): ExportedField[] {
  const own = ownFields(run, arm, target);
  const precise = own.some(({ name }) => name === "bf16" || name === "fp16");
  return target === "unsloth" || precise ? own : [...own, SINGLE_PRECISION];
}

/** The page trains in 32 bits, and TRL's default of 16 raises where no GPU has them. */
const SINGLE_PRECISION: ExportedField = {
  name: "bf16",
  value: false,
  float: false,
  comment: "toy; a large model leaves this out",
  omitted: false,
};

function ownFields(run: RunConfig, arm: ArmConfig, target: Target): ExportedField[] {
  const whole = armConfig(run, arm);
  const { totalSteps } = lazyPlan(whole, run.datasetSize);
  const config = currentNames(whole, totalSteps);
  const own: Readonly<Record<string, FieldValue>> = { ...config };
  return fields.flatMap((field): ExportedField[] => {
    const { name, scope, type, trlDefault, unslothDefault, removed, optional, launched } = field;
    if (launched) return [];
    // What is a share below 1 is a count from there on, and whole.
    const float = type.kind === "float" && type.wholeFrom === undefined;
    if (scope === "export") {
      const value = run.exportOnly?.[name] as FieldValue | undefined;
      if (value === undefined) return [];
      const omitted = removed !== undefined && (target === "trl" || !removed.inUnsloth);
      return [{ name, value, float, comment: omitted ? removed.why : "", omitted }];
    }
    const large = largeValue(run, config, name);
    // Runs from before mixtures kept router_aux_loss_coef with what a browser cannot act on.
    const usual = optional ? trlDefault : undefined;
    const before = optional ? (run.exportOnly?.[name] as FieldValue | undefined) : undefined;
    const value = large ?? (name in own ? own[name] : (before ?? usual));
    if (scope !== "grpo" || value === undefined) return [];
    if (large !== undefined) {
      const comment =
        name === "reward_weights" ? "" : `the toy has ${formatValue(own[name] ?? null)}`;
      return [{ name, value: large, float, comment, omitted: false }];
    }
    const written =
      ALWAYS.has(name) ||
      unslothDefault !== undefined ||
      JSON.stringify(value) !== JSON.stringify(trlDefault);
    if (!written) return [];
    if (removed) return [{ name, value, float, comment: removed.why, omitted: true }];
    return [{ name, value, float, comment: scaleComment(name, config), omitted: false }];
  });
}

/** The weights that the run really has: the task's own where the configuration leaves them out. */
export const rewardWeights = (run: RunConfig, arm: ArmConfig): readonly number[] =>
  armConfig(run, arm).reward_weights ?? task(run.task).rewardWeights;

/** What a large model needs in place of a toy's value. */
function scaleComment(name: string, config: GRPOConfig): string {
  switch (name) {
    case "learning_rate":
      return config.learning_rate >= 5e-5 ? "toy; a large model takes 1e-6 to 5e-6" : "";
    case "max_completion_length":
      return config.max_completion_length <= 128 ? "toy; a large model takes 1024 or more" : "";
    case "optim":
      return config.optim === "adamw_8bit" || config.optim === "lion_32bit"
        ? "needs bitsandbytes"
        : "";
    case "epsilon":
      return config.importance_sampling_level !== "token" && config.epsilon >= 0.01
        ? "toy; the GSPO paper has 3e-4"
        : "";
    case "epsilon_high":
      return config.importance_sampling_level !== "token" && upperEpsilon(config) >= 0.01
        ? "toy; the GSPO paper has 4e-4"
        : "";
  }
  return "";
}
