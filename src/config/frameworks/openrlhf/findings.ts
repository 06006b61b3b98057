import { counted } from "../mark.ts";
import { sizesOf } from "../sizes.ts";
import { klInReward } from "../kl-in-reward.ts";
import type { ForeignRule } from "../types.ts";

const gae: ForeignRule = ({ given }) =>
  given.word("algo.advantage.estimator") === "gae"
    ? {
        id: "openrlhf-gae",
        severity: "warning",
        message: given.stated("algo.advantage.estimator")
          ? "algo.advantage.estimator is gae: PPO with a critic, not GRPO."
          : "algo.advantage.estimator is not set, so it is gae: PPO with a critic, not GRPO.",
        reason: "No group of completions is compared.",
        remedy: "Set --algo.advantage.estimator group_norm.",
        fields: ["scale_rewards"],
      }
    : null;

const klInRewards: ForeignRule = ({ given }) => {
  const coefficient = given.number("algo.kl.init_coef");
  if (coefficient === 0 || given.flag("algo.kl.use_loss")) return null;
  return klInReward("openrlhf-kl-in-reward", {
    coefficient,
    why: given.stated("algo.kl.init_coef") ? null : "OpenRLHF's default",
    remedy: "Set --algo.kl.init_coef 0, or --algo.kl.use_loss --algo.kl.estimator k3.",
  });
};

const onPolicy: ForeignRule = ({ given, values }) => {
  const { rollout, update } = sizesOf({ values });
  if (rollout !== update || given.number("train.max_epochs") !== 1) return null;
  const gspo = given.word("actor.policy_loss_type") === "gspo";
  return {
    id: "openrlhf-on-policy",
    severity: gspo ? "warning" : "note",
    message: `A rollout of ${counted(rollout, "completion")} serves one update of as many: every ratio is about 1${gspo ? ", so gspo has no effect" : ""}.`,
    reason: "rollout.batch_size counts prompts and train.batch_size completions.",
    remedy: `For four updates per rollout, set --train.batch_size ${rollout / 4}.`,
    fields: ["importance_sampling_level", "gradient_accumulation_steps", "num_iterations"],
  };
};

const band: ForeignRule = ({ given, values }) => {
  const high = Number(values.epsilon_high);
  if (given.word("actor.policy_loss_type") !== "gspo" || high < 0.05) return null;
  return {
    id: "openrlhf-gspo-band",
    severity: "warning",
    message: `gspo clipped at ${String(values.epsilon as number)} and ${high} hardly ever clips.`,
    reason:
      "One ratio per completion stays within a few thousandths of 1; the paper has 3e-4 and 4e-4.",
    remedy: "Set --actor.eps_clip_low_high 3e-4 4e-4.",
    fields: ["epsilon", "epsilon_high"],
  };
};

export const findings: readonly ForeignRule[] = [gae, onPolicy, band, klInRewards];
