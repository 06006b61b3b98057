import { count } from "../mark.ts";
import type { ForeignRule } from "../types.ts";

const A = (name: string): string => `trainer.algorithm.${name}`;

const band: ForeignRule = ({ given }) => {
  const high = given.number(A("eps_clip_high"));
  if (given.word(A("policy_loss_type")) !== "gspo" || high < 0.05) return null;
  return {
    id: "skyrl-gspo-band",
    severity: "warning",
    message: `gspo with eps_clip_low ${given.number(A("eps_clip_low"))} and eps_clip_high ${high}${given.stated(A("eps_clip_high")) ? "" : " (SkyRL's defaults)"} hardly ever clips.`,
    reason:
      "One ratio per completion stays within a few thousandths of 1; the GSPO paper has 3e-4 and 4e-4.",
    remedy: "Set trainer.algorithm.eps_clip_low=3e-4 and trainer.algorithm.eps_clip_high=4e-4.",
    fields: ["epsilon", "epsilon_high"],
  };
};

const klOn: ForeignRule = ({ given }) => {
  if (!given.flag(A("use_kl_loss")) || given.word(A("policy_loss_type")) !== "gspo") return null;
  return {
    id: "skyrl-gspo-kl",
    severity: "note",
    message: `use_kl_loss is on${given.stated(A("use_kl_loss")) ? "" : " by default"}, with kl_loss_coef ${given.number(A("kl_loss_coef"))}.`,
    reason: "The GSPO paper has no KL term.",
    remedy: "Set trainer.algorithm.use_kl_loss=false.",
    fields: ["beta"],
  };
};

const reduction: ForeignRule = ({ given }) => {
  const name = given.word(A("loss_reduction"));
  if (given.word(A("policy_loss_type")) !== "gspo" || name === "sequence_mean") return null;
  return {
    id: "skyrl-gspo-reduction",
    severity: "warning",
    message: `gspo with loss_reduction ${name} weighs each completion by its length.`,
    reason:
      "The completion's one ratio is summed over its tokens and divided by a number that is not its own.",
    remedy: "Set trainer.algorithm.loss_reduction=sequence_mean.",
    fields: ["loss_type", "importance_sampling_level"],
  };
};

const onPolicy: ForeignRule = ({ given }) => {
  const [all, mini] = [
    given.number("trainer.train_batch_size"),
    given.number("trainer.policy_mini_batch_size"),
  ];
  if (all !== mini || given.number("trainer.update_epochs_per_batch") !== 1) return null;
  const gspo = given.word(A("policy_loss_type")) === "gspo";
  return {
    id: "skyrl-on-policy",
    severity: gspo ? "warning" : "note",
    message: `train_batch_size and policy_mini_batch_size are both ${count(all)} prompts: one update per rollout, and every ratio is about 1${gspo ? ", so gspo has no effect" : ""}.`,
    reason: "The policy that is updated is the one that sampled.",
    remedy: `For four updates per rollout, set trainer.policy_mini_batch_size=${all / 4}.`,
    fields: ["importance_sampling_level", "gradient_accumulation_steps", "num_iterations"],
  };
};

const klTwice: ForeignRule = ({ given }) =>
  given.flag(A("use_kl_in_reward")) && given.flag(A("use_kl_loss"))
    ? {
        id: "skyrl-kl-twice",
        severity: "error",
        message: "use_kl_in_reward and use_kl_loss are both true, which SkyRL refuses.",
        reason: given.stated(A("use_kl_loss")) ? "" : "use_kl_loss is true by default.",
        remedy: "Set trainer.algorithm.use_kl_loss=false.",
        fields: ["beta"],
      }
    : null;

export const findings: readonly ForeignRule[] = [onPolicy, band, reduction, klOn, klTwice];
