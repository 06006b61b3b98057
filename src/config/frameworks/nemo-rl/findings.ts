import { counted } from "../mark.ts";
import { sizesOf } from "../sizes.ts";
import type { ForeignRule } from "../types.ts";

const SEQUENCE = "loss_fn.sequence_level_importance_ratios";

const band: ForeignRule = ({ given }) => {
  const [low, high] = [
    given.number("loss_fn.ratio_clip_min"),
    given.number("loss_fn.ratio_clip_max"),
  ];
  if (!given.flag(SEQUENCE) || high < 0.05) return null;
  return {
    id: "nemo-sequence-band",
    severity: "warning",
    message: `Sequence ratios clipped at 1 − ${low} and 1 + ${high}${given.stated("loss_fn.ratio_clip_min") ? "" : ", NeMo RL's default,"} hardly ever clip.`,
    reason: "One ratio per completion hardly reaches 1.2; the GSPO paper has 3e-4 and 4e-4.",
    remedy: "Set loss_fn.ratio_clip_min to 3.0e-4 and loss_fn.ratio_clip_max to 4.0e-4.",
    fields: ["epsilon", "epsilon_high"],
  };
};

const leaveOneOut: ForeignRule = ({ given }) => {
  if (!given.flag("grpo.use_leave_one_out_baseline")) return null;
  const group = given.number("grpo.num_generations_per_prompt");
  return {
    id: "nemo-leave-one-out",
    severity: "note",
    message: `Advantages take the mean and the deviation of the other ${group - 1} completions of a group${given.stated("grpo.use_leave_one_out_baseline") ? "" : ", by default"}.`,
    reason: "GRPO takes those of all of them, the completion itself included.",
    remedy: "For GRPO's, set grpo.use_leave_one_out_baseline to false.",
    fields: ["advantage_baseline", "advantage_std_leave_one_out"],
  };
};

const perToken: ForeignRule = ({ given }) =>
  given.flag(SEQUENCE) && given.flag("loss_fn.token_level_loss")
    ? {
        id: "nemo-sequence-token-loss",
        severity: "error",
        message:
          "sequence_level_importance_ratios and token_level_loss are both true, which NeMo RL refuses.",
        reason: given.stated("loss_fn.token_level_loss")
          ? ""
          : "token_level_loss is true by default.",
        remedy: "Set loss_fn.token_level_loss to false.",
        fields: ["loss_type", "importance_sampling_level"],
      }
    : null;

const onPolicy: ForeignRule = ({ given, values }) => {
  const { rollout, update } = sizesOf({ values });
  if (rollout !== update) return null;
  const sequence = given.flag(SEQUENCE);
  return {
    id: "nemo-on-policy",
    severity: sequence ? "warning" : "note",
    message: `num_prompts_per_step × num_generations_per_prompt = ${counted(rollout, "completion")} = train_global_batch_size: one update per rollout, and every ratio is about 1${sequence ? ", so sequence ratios have no effect" : ""}.`,
    reason: "train_global_batch_size counts completions.",
    remedy: `For four updates per rollout, set policy.train_global_batch_size to ${rollout / 4}.`,
    fields: ["importance_sampling_level", "gradient_accumulation_steps"],
  };
};

export const findings: readonly ForeignRule[] = [perToken, onPolicy, band, leaveOneOut];
