import type { FieldValue } from "../field.ts";
import { lossForm, type LossForm } from "../loss-types.ts";
import { formatValue } from "../parse-field.ts";
import { lossTypes } from "../types.ts";
import { count, counted } from "./mark.ts";
import { sizesOf } from "./sizes.ts";

const SIZES = [
  "generation_batch_size",
  "steps_per_generation",
  "per_device_train_batch_size",
  "gradient_accumulation_steps",
  "num_processes",
] as const;

/** The fields that each fact follows from. */
export const FACT_FIELDS = {
  "completions per rollout": ["num_generations", ...SIZES],
  "completions per update": SIZES,
  "updates per rollout": [...SIZES, "num_iterations"],
  "on-policy": [...SIZES, "num_iterations"],
  "ratio level": ["importance_sampling_level"],
  "clip band": ["epsilon", "epsilon_high", "delta", "loss_type"],
  aggregation: ["loss_type"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type FactName = keyof typeof FACT_FIELDS;

type Values = Readonly<Record<string, FieldValue>>;

/** What a configuration comes to, in a few words; null where that rests on what is not known. */
export function factsOf(values: Values): Record<FactName, string | null> {
  const { rollout, update } = sizesOf({ values });
  const group = Number(values.num_generations ?? NaN);
  const passes = Number(values.num_iterations ?? NaN);
  // A size that is not known is not one that is left out.
  const { generation_batch_size: size, steps_per_generation: slices } = values;
  const sizes =
    (typeof size === "number" || (size === null && slices !== undefined)) &&
    [rollout, update].every((each) => Number.isInteger(each) && each > 0);
  const steps = (rollout / update) * passes;
  const whole = sizes && passes > 0;
  const prompts = rollout / group;
  const type = lossTypes.find((each) => each === values.loss_type);
  const form = type && lossForm({ loss_type: type });
  return {
    "completions per rollout":
      sizes && Number.isInteger(prompts)
        ? `${count(rollout)}: ${counted(prompts, "prompt")} × ${count(group)}`
        : null,
    "completions per update": sizes ? count(update) : null,
    "updates per rollout": whole ? count(Number(steps.toPrecision(6))) : null,
    // A step that takes all passes over whole rollouts sees the policy that sampled them.
    "on-policy": whole
      ? update % (rollout * passes) === 0
        ? "yes: every ratio is 1"
        : "no, after a rollout's first update"
      : null,
    "ratio level":
      values.importance_sampling_level === undefined
        ? null
        : formatValue(values.importance_sampling_level),
    "clip band": form ? clipBand(values, form) : null,
    aggregation: form ? `${AGGREGATION[form.row][form.divisor]} (${type})` : null,
  };
}

/** "0.9997 to 1.0004" */
function clipBand(values: Values, { rule }: LossForm): string | null {
  if (rule === "gate") return "none: sapo weighs ratios softly";
  if (rule === "gamma") return "none: vespo weighs rows softly";
  const { epsilon: low, epsilon_high: above, delta } = values;
  const high = above === null ? low : above;
  const text = (value: number): string => String(Number(value.toPrecision(9)));
  if (rule === "cap")
    return typeof high === "number" ? `none below, capped at ${text(high)}` : null;
  if (typeof low !== "number" || typeof high !== "number" || delta === undefined) return null;
  const dual = delta === null ? "" : `, and ${formatValue(delta)} where the advantage is negative`;
  return `${text(1 - low)} to ${text(1 + high)}${dual}`;
}

/** How rows and tokens are averaged. */
const AGGREGATION: Readonly<
  Record<LossForm["row"], Readonly<Record<LossForm["divisor"], string>>>
> = {
  mean: {
    rows: "mean of each row, then of the rows",
    "micro-batch tokens": "mean of each row, over its micro-batch's tokens",
    "longest rows": "mean of each row, over the longest rows",
    "rollout tokens": "mean of each row, over the tokens of the update",
  },
  sum: {
    rows: "sum of each row, mean of the rows",
    "micro-batch tokens": "mean over the tokens of a micro-batch",
    "longest rows": "sum over rows × max_completion_length",
    "rollout tokens": "mean over the tokens of the update",
  },
};
