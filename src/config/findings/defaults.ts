import { formatValue } from "../parse-field.ts";
import { trlDefaults, unslothDefaults } from "../schema.ts";
import type { GRPOConfig } from "../types.ts";
import type { Rule } from "./fact.ts";

/** Fields in which the two sets of defaults train differently; sizes and seeds are a choice. */
const TRAINS = [
  "loss_type",
  "beta",
  "learning_rate",
  "weight_decay",
  "warmup_steps",
] as const satisfies readonly (keyof GRPOConfig)[];

const equal = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export const defaultsDiffer: Rule = ({ config, known }) => {
  const names = TRAINS.filter(
    (name) =>
      known(name) && equal(config[name], trlDefaults[name]) && unslothDefaults[name] !== undefined,
  );
  if (names.length === 0) return null;
  const pairs = names.map(
    (name) =>
      `${name} ${formatValue(trlDefaults[name])} (${formatValue(unslothDefaults[name] ?? null)})`,
  );
  return {
    id: "defaults-differ",
    severity: "note",
    message: `At TRL's default, with Unsloth's in brackets: ${pairs.join(", ")}.`,
    reason: "The same script trains differently under the two where a field is left out.",
    remedy: "Write these fields out in your script; every export from here does.",
    patch: null,
    fields: names,
  };
};

export const unslothRewritesDapo: Rule = ({ config }) => {
  if (config.loss_type !== "dapo") return null;
  if (config.epsilon_high === 0.28 && config.mask_truncated_completions) return null;
  return {
    id: "unsloth-rewrites-dapo",
    severity: "note",
    message: `Unsloth overwrites epsilon_high with 0.28 and mask_truncated_completions with True under loss_type="dapo".`,
    reason: "Its generated configuration does so whatever the script says; TRL does not.",
    remedy: "To see here what Unsloth does, set both.",
    patch: { epsilon_high: 0.28, mask_truncated_completions: true },
    fields: ["loss_type", "epsilon_high", "mask_truncated_completions"],
  };
};
