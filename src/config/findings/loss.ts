import { upperEpsilon } from "../clip-band.ts";
import { isSequence, type Rule } from "./fact.ts";

const BY_TOKENS: ReadonlySet<string> = new Set(["dr_grpo", "dapo", "bnpo", "cispo"]);

export const sequenceWeighsByLength: Rule = ({ config }) => {
  const { loss_type, importance_sampling_level: level } = config;
  if (!isSequence(config) || !BY_TOKENS.has(loss_type)) return null;
  const luspo =
    loss_type === "dr_grpo"
      ? " With dr_grpo it is LUSPO up to the constant max_completion_length."
      : "";
  return {
    id: "sequence-weighs-by-length",
    severity: "warning",
    message: `importance_sampling_level="${level}" with loss_type="${loss_type}" weighs each completion by its length.`,
    reason: `The row's one ratio is summed over its tokens and divided by a number that is not the row's; TRL warns of it.${luspo}`,
    remedy: `Set loss_type to "grpo", the GSPO paper's objective.`,
    patch: { loss_type: "grpo" },
    fields: ["loss_type", "importance_sampling_level"],
  };
};

export const drGRPOWithScaling: Rule = ({ config }) => {
  if (config.loss_type !== "dr_grpo" || config.scale_rewards === "none") return null;
  return {
    id: "dr-grpo-with-scaling",
    severity: "warning",
    message: `loss_type="dr_grpo" with scale_rewards="${config.scale_rewards}" is only half of Dr. GRPO.`,
    reason: "The paper also leaves out the division by the standard deviation of the rewards.",
    remedy: `Set scale_rewards to "none".`,
    patch: { scale_rewards: "none" },
    fields: ["scale_rewards", "loss_type"],
  };
};

export const cispoCapBelowOne: Rule = ({ config }) => {
  const cap = upperEpsilon(config);
  if (config.loss_type !== "cispo" || cap >= 1) return null;
  return {
    id: "cispo-cap-below-one",
    severity: "warning",
    message: `With loss_type="cispo" every ratio is capped at ${cap}.`,
    reason: "epsilon_high is there the cap itself, not the distance from 1; ScaleRL has 5.",
    remedy: "Set epsilon_high to 5.",
    patch: { epsilon_high: 5 },
    fields: ["epsilon_high", "loss_type"],
  };
};

export const maskTruncatedWithKL: Rule = ({ config }) => {
  if (!config.mask_truncated_completions || config.beta === 0) return null;
  return {
    id: "mask-truncated-with-kl",
    severity: "warning",
    message: `mask_truncated_completions leaves truncated rows out of the KL term (beta ${config.beta}) too.`,
    reason:
      "Where most completions are truncated, little holds the policy near the reference; Unsloth's documentation advises against the pair.",
    remedy: "Set mask_truncated_completions to false.",
    patch: { mask_truncated_completions: false },
    fields: ["mask_truncated_completions", "beta"],
  };
};

export const sequenceCorrectedKL: Rule = ({ config }) => {
  if (!isSequence(config) || !config.use_bias_correction_kl || config.beta === 0) return null;
  return {
    id: "sequence-corrected-kl",
    severity: "note",
    message: "The KL of each token is multiplied by the ratio of its whole row.",
    reason:
      "use_bias_correction_kl takes the ratio of importance_sampling_level; TRL's maintainers consider that wrong at sequence level (TRL #6586).",
    remedy: "Set use_bias_correction_kl to false.",
    patch: { use_bias_correction_kl: false },
    fields: ["use_bias_correction_kl", "importance_sampling_level", "beta"],
  };
};
