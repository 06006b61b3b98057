import { findField, loggedValueSchema, trlDefaults } from "../../config/schema.ts";
import type { Field } from "../../config/field.ts";
import type { GRPOConfig } from "../../config/types.ts";
import { objectiveFields } from "../../engine/objective/settings.ts";

/** Fields that decide ratios, clips, coefficients, advantages and what they are divided by. */
const DECIDING: ReadonlySet<string> = new Set([
  ...objectiveFields,
  "num_generations",
  "scale_rewards",
  "multi_objective_aggregation",
  "reward_weights",
  "max_completion_length",
  "steps_per_generation",
  "gradient_accumulation_steps",
  "num_iterations",
]);

/**
 * The configuration of a log. The page's upper bounds are those of what a browser trains; a log is
 * only looked at, and its values are taken as they are. Of a field that decides nothing here, a value
 * that the page has no word for is left out.
 *
 * @throws what `wrong` makes of a deciding field's value that means nothing.
 */
export function configOfLog(
  given: Readonly<Record<string, unknown>>,
  wrong: (why: string) => Error,
): GRPOConfig {
  const taken = Object.entries(given).flatMap(([name, written]) => {
    const field = findField(name);
    // The rows of each process stand in the log by themselves.
    if (field?.scope !== "grpo" || field.launched) return [];
    const value = meant(field, written);
    if (loggedValueSchema(name).safeParse(value).success) return [[name, value] as const];
    if (!DECIDING.has(name)) return [];
    const shown = JSON.stringify(written)?.slice(0, 100);
    throw wrong(`config.${name} is ${shown}, which is out of its bounds`);
  });
  const config: GRPOConfig = { ...trlDefaults, ...Object.fromEntries(taken) };
  // A trainer has resolved both; given by hand they exclude each other.
  const resolved = config.steps_per_generation !== null;
  return inLoss(resolved ? { ...config, generation_batch_size: null } : config);
}

/**
 * The configuration without what TRL's trainer leaves out of its loss: sequence_token has one of its
 * own, which knows neither the KL's ratio nor the entropy bonus nor the off-policy mask.
 */
export const inLoss = (config: GRPOConfig): GRPOConfig =>
  config.importance_sampling_level === "sequence_token"
    ? {
        ...config,
        use_bias_correction_kl: false,
        entropy_coef: 0,
        use_adaptive_entropy: false,
        off_policy_mask_threshold: null,
      }
    : config;

/** Earlier releases wrote some words as booleans, e.g. `scale_rewards=True` for "group". */
function meant({ type }: Field, written: unknown): unknown {
  const aliases = type.kind === "enum" ? type.aliases : undefined;
  return (typeof written === "boolean" ? aliases?.[String(written)] : undefined) ?? written;
}
