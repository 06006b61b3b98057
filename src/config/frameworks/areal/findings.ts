import { klInReward } from "../kl-in-reward.ts";
import type { ForeignRule } from "../types.ts";

const isSequence = (level: string): boolean => level === "sequence";

const band: ForeignRule = ({ given }) => {
  const eps = given.number("actor.eps_clip");
  if (!isSequence(given.word("actor.importance_sampling_level")) || eps < 0.05) return null;
  const parts = given.number("actor.ppo_n_minibatches");
  const stale = Number(given.value("rollout.max_head_offpolicyness") ?? 0);
  return {
    id: "areal-sequence-band",
    severity: "warning",
    message: `Sequence ratios with eps_clip ${eps} and ${parts === 1 ? "one mini-batch" : `${parts} mini-batches`} hardly ever clip.`,
    reason:
      parts === 1
        ? `One update per rollout: what moves a ratio is how old samples are, up to max_head_offpolicyness ${stale} updates.`
        : "One ratio per completion stays within a few thousandths of 1; the GSPO paper has 3e-4 and 4e-4.",
    remedy:
      "Set actor.eps_clip to 3.0e-4 and actor.eps_clip_higher to 4.0e-4, and actor.ppo_n_minibatches to 4.",
    fields: ["epsilon", "epsilon_high", "gradient_accumulation_steps"],
  };
};

const onPolicy: ForeignRule = ({ given }) => {
  if (given.number("actor.ppo_n_minibatches") !== 1) return null;
  const sequence = isSequence(given.word("actor.importance_sampling_level"));
  const stale = Number(given.value("rollout.max_head_offpolicyness") ?? 0);
  return {
    id: "areal-on-policy",
    severity: sequence && stale === 0 ? "warning" : "note",
    message: `ppo_n_minibatches is 1: one update per rollout${stale === 0 ? ", and every ratio is about 1" : `, of samples up to ${stale} updates old`}.`,
    reason: "A rollout is one mini-batch.",
    remedy: "Set actor.ppo_n_minibatches to 4.",
    fields: ["gradient_accumulation_steps", "importance_sampling_level"],
  };
};

const weighs: ForeignRule = ({ given }) =>
  isSequence(given.word("actor.importance_sampling_level")) && !given.flag("actor.use_sapo_loss")
    ? {
        id: "areal-sequence-by-length",
        severity: "note",
        message:
          "importance_sampling_level sequence is averaged over all tokens: long completions weigh more.",
        reason: "AReaL divides by tokens in any case; the GSPO paper averages over rows.",
        remedy: "There is no setting for it: keep completions of like length, or weigh rewards.",
        fields: ["loss_type", "importance_sampling_level"],
      }
    : null;

const klInRewards: ForeignRule = ({ given }) => {
  const coefficient = given.number("actor.kl_ctl");
  if (coefficient === 0) return null;
  return klInReward("areal-kl-in-reward", {
    coefficient,
    why: given.stated("actor.kl_ctl") ? null : "AReaL's default",
    remedy: "Set actor.kl_ctl to 0.0.",
  });
};

export const findings: readonly ForeignRule[] = [onPolicy, band, weighs, klInRewards];
