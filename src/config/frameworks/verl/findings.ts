import { count, counted } from "../mark.ts";
import type { ForeignRule, FoundIn } from "../types.ts";
import { agentsOf, KEY, modeOf, policyLoss } from "./names.ts";

const modeIn = ({ given }: FoundIn): string => modeOf(given.word(KEY.mode));

const clipRatioAlone: ForeignRule = ({ given }) => {
  if (!given.stated(KEY.clip) || (given.stated(KEY.low) && given.stated(KEY.high))) return null;
  const left = [KEY.low, KEY.high].filter((key) => !given.stated(key)).map((key) => key.slice(-4));
  return {
    id: "verl-clip-ratio",
    severity: "warning",
    message: `clip_ratio ${given.number(KEY.clip)} has no effect: ratios are clipped at ${given.number(KEY.low)} below and ${given.number(KEY.high)} above.`,
    reason: `clip_ratio_low and clip_ratio_high count, and have a default of 0.2 each; ${left.length === 2 ? "neither is set" : `${left[0] === "_low" ? "clip_ratio_low" : "clip_ratio_high"} is not set`}.`,
    remedy: `Set actor_rollout_ref.actor.clip_ratio_low=${given.number(KEY.clip)} and actor_rollout_ref.actor.clip_ratio_high=${given.number(KEY.clip)}.`,
    fields: ["epsilon", "epsilon_high"],
  };
};

const dualUnderGspo: ForeignRule = (found) => {
  const { given } = found;
  if (modeIn(found) !== "gspo" || !given.stated(KEY.dual)) return null;
  return {
    id: "verl-gspo-dual-clip",
    severity: "note",
    message: `clip_ratio_c ${given.number(KEY.dual)} has no effect under loss_mode gspo.`,
    reason: "verl's gspo clips its one ratio from both sides and has no dual clip.",
    remedy: "Leave actor_rollout_ref.actor.clip_ratio_c out.",
    fields: ["delta"],
  };
};

const cispoCap: ForeignRule = (found) => {
  if (modeIn(found) !== "cispo") return null;
  const high = found.given.number(KEY.high);
  const cap = Number((1 + high).toPrecision(12));
  return {
    id: "verl-cispo-cap",
    severity: "note",
    message: `clip_ratio_high ${high} caps the ratio at ${cap} under loss_mode cispo.`,
    reason: `verl caps at 1 + clip_ratio_high; TRL's epsilon_high is the cap itself, so the same there is epsilon_high ${cap}.`,
    remedy: `For a cap of 5, as in ScaleRL, set actor_rollout_ref.actor.clip_ratio_high=4.`,
    fields: ["epsilon_high"],
  };
};

const gaeByDefault: ForeignRule = ({ given }) => {
  if (given.word(KEY.estimator) !== "gae") return null;
  const stated = given.stated(KEY.estimator);
  return {
    id: "verl-gae",
    severity: "warning",
    message: stated
      ? "adv_estimator is gae: this is PPO with a critic, not GRPO."
      : "adv_estimator is not set, so it is gae: PPO with a critic, not GRPO.",
    reason: `The ${counted(given.number(KEY.n), "completion")} of a prompt ${given.number(KEY.n) === 1 ? "has" : "have"} a learned value to compare with, not each other.`,
    remedy: "Set algorithm.adv_estimator=grpo.",
    fields: ["scale_rewards"],
  };
};

const gspoAggregation: ForeignRule = (found) => {
  const agg = found.given.word(KEY.agg);
  if (modeIn(found) !== "gspo" || agg === "seq-mean-token-mean") return null;
  return {
    id: "verl-gspo-aggregation",
    severity: "note",
    message: `The ratio term of gspo is averaged by seq-mean-token-mean, not by loss_agg_mode ${agg}.`,
    reason: `verl forces it for gspo; the KL and entropy terms follow ${agg} all the same.`,
    remedy: "Set actor_rollout_ref.actor.loss_agg_mode=seq-mean-token-mean.",
    fields: ["loss_type"],
  };
};

const tauUnderPolicyLoss: ForeignRule = ({ given }) => {
  const keys = ["tau_pos", "tau_neg"].filter((name) => given.stated(policyLoss(name)));
  if (keys.length === 0) return null;
  return {
    id: "verl-tau-place",
    severity: "warning",
    message: `policy_loss.${keys.join(" and policy_loss.")} ${keys.length === 1 ? "is" : "are"} not read: sapo's temperatures are ${given.number(KEY.tauPos)} and ${given.number(KEY.tauNeg)}.`,
    reason: "They belong to the actor, not to its policy_loss.",
    remedy: `Set ${keys.map((name) => `actor_rollout_ref.actor.${name}=${given.shown(policyLoss(name))}`).join(" and ")}.`,
    fields: ["sapo_temperature_pos", "sapo_temperature_neg"],
  };
};

const onPolicy: ForeignRule = (found) => {
  const { given } = found;
  const [all, mini, epochs] = [
    given.number(KEY.trainBatch),
    given.number(KEY.miniBatch),
    given.number(KEY.epochs),
  ];
  if (all !== mini || epochs !== 1 || agentsOf(given) !== 1) return null;
  const gspo = modeIn(found) === "gspo";
  return {
    id: "verl-on-policy",
    severity: gspo ? "warning" : "note",
    message: `train_batch_size and ppo_mini_batch_size are both ${count(all)} and ppo_epochs is 1: one update per rollout, and every ratio is about 1${gspo ? ", so gspo has no effect" : ""}.`,
    reason:
      "The policy that is updated is the one that sampled; old log-probs come from a pass of their own, so ratios are 1 but for rounding.",
    remedy:
      all % 4 === 0
        ? `For four updates per rollout, set actor_rollout_ref.actor.ppo_mini_batch_size=${all / 4}.`
        : "Set actor_rollout_ref.actor.ppo_mini_batch_size to a part of data.train_batch_size.",
    fields: ["importance_sampling_level", "num_iterations", "gradient_accumulation_steps"],
  };
};

const gspoAtTokenBand: ForeignRule = (found) => {
  const high = found.given.number(KEY.high);
  if (modeIn(found) !== "gspo" || high < 0.05) return null;
  return {
    id: "verl-gspo-band",
    severity: "warning",
    message: `gspo with clip_ratio_low ${found.given.number(KEY.low)} and clip_ratio_high ${high} hardly ever clips.`,
    reason:
      "One ratio per completion stays within a few thousandths of 1; the paper has 3e-4 and 4e-4.",
    remedy:
      "Set actor_rollout_ref.actor.clip_ratio_low=3e-4 and actor_rollout_ref.actor.clip_ratio_high=4e-4.",
    fields: ["epsilon", "epsilon_high"],
  };
};

const groupOfOne: ForeignRule = ({ given }) => {
  if (given.word(KEY.estimator) !== "grpo" || given.number(KEY.n) * agentsOf(given) !== 1)
    return null;
  return {
    id: "verl-group-of-one",
    severity: "warning",
    message: `rollout.n is ${given.stated(KEY.n) ? "1" : "not set, so it is 1"}: no completion has another to be compared with.`,
    reason:
      "verl takes 0 and 1 for the mean and the deviation of a group of one, so the reward itself is the advantage.",
    remedy: "Set actor_rollout_ref.rollout.n=8.",
    fields: ["num_generations"],
  };
};

export const findings: readonly ForeignRule[] = [
  gaeByDefault,
  onPolicy,
  groupOfOne,
  clipRatioAlone,
  gspoAtTokenBand,
  dualUnderGspo,
  gspoAggregation,
  cispoCap,
  tauUnderPolicyLoss,
];
