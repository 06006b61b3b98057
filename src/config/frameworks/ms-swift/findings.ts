import { sizesOf } from "../sizes.ts";
import { klInReward } from "../kl-in-reward.ts";
import type { ForeignRule } from "../types.ts";
import { klIsInReward } from "./kl.ts";

const defaults: ForeignRule = ({ given }) => {
  const left = [
    ...(given.stated("beta") ? [] : ["beta 0.04"]),
    ...(given.stated("temperature") ? [] : ["temperature 0.9"]),
  ];
  if (left.length === 0) return null;
  return {
    id: "swift-defaults",
    severity: given.stated("beta") ? "note" : "warning",
    message: `Not set, and so ms-swift's own: ${left.join(" and ")}.`,
    reason:
      "TRL has beta 0 (no KL term, no reference) and temperature 1; the GSPO paper has no KL term.",
    remedy: `Write out what you mean: ${left.map((each) => (each.startsWith("beta") ? "--beta 0" : "--temperature 1.0")).join(" ")}.`,
    fields: ["beta", "temperature"],
  };
};

const oneUpdate: ForeignRule = ({ given, values }) => {
  const { rollout, update } = sizesOf({ values });
  const passes = Number(values.num_iterations);
  if (rollout !== update || passes !== 1) return null;
  const sequence = values.importance_sampling_level !== "token";
  const megatron = given.stated("global_batch_size");
  const slices = megatron ? 4 : 4 * Number(values.gradient_accumulation_steps);
  return {
    id: "swift-on-policy",
    severity: sequence ? "warning" : "note",
    message: `A rollout of ${rollout.toLocaleString("en")} completions serves one update of as many, once: every ratio is 1${sequence ? ", so sequence level has no effect" : ""}.`,
    reason: megatron
      ? "Under Megatron steps_per_generation counts updates."
      : "steps_per_generation counts micro-batches, of which gradient_accumulation_steps make an update.",
    remedy: `For four updates per rollout, set --steps_per_generation ${slices}.`,
    fields: ["importance_sampling_level", "steps_per_generation", "num_iterations"],
  };
};

const sequenceBand: ForeignRule = ({ given, values }) => {
  const high = Number(values.epsilon_high ?? values.epsilon);
  if (values.importance_sampling_level === "token" || high < 0.05) return null;
  return {
    id: "swift-sequence-band",
    severity: "warning",
    message: `importance_sampling_level sequence with epsilon ${given.shown("epsilon")} hardly ever clips.`,
    reason:
      "One ratio per completion stays within a few thousandths of 1; the paper has 3e-4 and 4e-4.",
    remedy: "Set --epsilon 3e-4 --epsilon_high 4e-4.",
    fields: ["epsilon", "epsilon_high"],
  };
};

const klInRewards: ForeignRule = ({ given }) => {
  const beta = given.number("beta");
  if (beta === 0 || !klIsInReward(given)) return null;
  const estimator = given.word("advantage_estimator");
  return klInReward("swift-kl-in-reward", {
    coefficient: beta,
    why: given.stated("kl_in_reward") ? null : `advantage_estimator ${estimator} does so`,
    remedy: "Set --kl_in_reward false, or --beta 0.",
  });
};

export const findings: readonly ForeignRule[] = [oneUpdate, sequenceBand, defaults, klInRewards];
