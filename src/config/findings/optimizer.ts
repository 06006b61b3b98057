import { warmupSteps } from "../warmup.ts";
import type { Rule } from "./fact.ts";

const SMALLEST_TOY_RATE = 5e-5;

export const firstStepIsZero: Rule = ({ config, plan }) => {
  const warmup = warmupSteps(config, plan.totalSteps);
  if (config.lr_scheduler_type === "constant" || warmup === 0 || warmup >= plan.totalSteps) {
    return null;
  }
  return {
    id: "first-step-is-zero",
    severity: "note",
    message: `The first optimizer step has learning rate 0 (warmup over ${warmup} of ${plan.totalSteps} steps).`,
    reason: plan.onPolicy
      ? "transformers' warmup starts at 0, so that rollout's work is lost."
      : "transformers' warmup starts at 0, so ratios are still 1 in the second step of the first rollout.",
    remedy: "Set the warmup to 0.",
    patch: { warmup_steps: 0, warmup_ratio: 0 },
    fields: ["warmup_steps", "warmup_ratio"],
  };
};

export const warmupBeyondRun: Rule = ({ config, plan }) => {
  const warmup = warmupSteps(config, plan.totalSteps);
  if (config.lr_scheduler_type === "constant" || warmup < plan.totalSteps) return null;
  return {
    id: "warmup-beyond-run",
    severity: "warning",
    message: `The warmup lasts ${warmup} optimizer steps; the run has ${plan.totalSteps}.`,
    reason: `The learning rate never reaches ${config.learning_rate}.`,
    remedy: "Warm up over a tenth of the run.",
    patch: { warmup_steps: 0.1, warmup_ratio: 0 },
    fields: ["warmup_steps", "warmup_ratio", "max_steps"],
  };
};

export const constantIgnoresWarmup: Rule = ({ config, plan }) => {
  const warmup = warmupSteps(config, plan.totalSteps);
  if (config.lr_scheduler_type !== "constant" || warmup === 0) return null;
  return {
    id: "constant-ignores-warmup",
    severity: "warning",
    message: `lr_scheduler_type="constant" ignores the warmup of ${warmup} steps.`,
    reason: "transformers has constant_with_warmup for that.",
    remedy: "Set lr_scheduler_type to constant_with_warmup.",
    patch: { lr_scheduler_type: "constant_with_warmup" },
    fields: ["lr_scheduler_type", "warmup_steps", "warmup_ratio"],
  };
};

export const gradientClipUnderAdam: Rule = ({ config }) => {
  const { max_grad_norm, optim } = config;
  if (!optim.startsWith("adamw") || max_grad_norm === 0 || max_grad_norm >= 1) return null;
  return {
    id: "gradient-clip-under-adam",
    severity: "note",
    message: `max_grad_norm of ${max_grad_norm} does not make AdamW's steps ${round(1 / max_grad_norm)} times smaller.`,
    reason:
      "AdamW divides by the gradient's own size, so scaling all gradients alike changes nothing; clipping mostly evens out the weight of one step against another.",
    remedy: "For smaller steps lower learning_rate.",
    patch: null,
    fields: ["max_grad_norm", "optim"],
  };
};

export const learningRateForBillions: Rule = ({ config, run }) => {
  if (config.learning_rate >= SMALLEST_TOY_RATE || run.policy.width > 256) return null;
  return {
    id: "learning-rate-for-billions",
    severity: "note",
    message: `A learning rate of ${config.learning_rate} is too small for a toy to move in ${config.max_steps > 0 ? config.max_steps : "so few"} steps.`,
    reason: "It suits policies of billions of parameters; these learn at 3e-4 to 6e-4.",
    remedy: "Set learning_rate to 4e-4 here, and keep yours for the export.",
    patch: { learning_rate: 4e-4 },
    fields: ["learning_rate"],
  };
};

const round = (value: number) => Math.round(value * 10) / 10;
