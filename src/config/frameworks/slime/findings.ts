import { count, counted } from "../mark.ts";
import { sizesOf } from "../sizes.ts";
import type { ForeignRule } from "../types.ts";

const onPolicy: ForeignRule = ({ given, values }) => {
  const { rollout, update } = sizesOf({ values });
  if (rollout !== update) return null;
  const gspo = given.word("advantage-estimator") === "gspo";
  return {
    id: "slime-on-policy",
    severity: gspo ? "warning" : "note",
    message: `rollout-batch-size ${count(given.number("rollout-batch-size"))} × n-samples-per-prompt ${count(given.number("n-samples-per-prompt"))} = ${counted(rollout, "completion")} are one update: every ratio is about 1${gspo ? ", so gspo has no effect" : ""}.`,
    reason:
      "global-batch-size counts completions, rollout-batch-size prompts; slime goes through a rollout once.",
    remedy:
      "For four updates per rollout, set --num-steps-per-rollout 4 and leave --global-batch-size out.",
    fields: ["importance_sampling_level", "gradient_accumulation_steps"],
  };
};

const klKind: ForeignRule = ({ given }) => {
  const type = given.word("kl-loss-type");
  if (!given.flag("use-kl-loss") || given.number("kl-loss-coef") === 0) return null;
  if (type === "k3" || type === "low_var_kl") return null;
  return {
    id: "slime-kl-type",
    severity: "warning",
    message: `--use-kl-loss with ${type}${given.stated("kl-loss-type") ? "" : ", slime's default"}: its gradient does not hold the policy near the reference.`,
    reason: "As a loss k1 has a mean gradient of zero on-policy; GRPO's term is k3.",
    remedy: "Set --kl-loss-type low_var_kl.",
    fields: ["beta"],
  };
};

const band: ForeignRule = ({ given }) => {
  const high = Number(given.value("eps-clip-high") ?? given.number("eps-clip"));
  if (given.word("advantage-estimator") !== "gspo" || high < 0.05) return null;
  return {
    id: "slime-gspo-band",
    severity: "warning",
    message: `gspo with --eps-clip ${given.shown("eps-clip")} hardly ever clips.`,
    reason:
      "One ratio per completion stays within a few thousandths of 1; slime's own GSPO scripts have 4e-4.",
    remedy: "Set --eps-clip 3e-4 --eps-clip-high 4e-4.",
    fields: ["epsilon", "epsilon_high"],
  };
};

export const findings: readonly ForeignRule[] = [onPolicy, klKind, band];
