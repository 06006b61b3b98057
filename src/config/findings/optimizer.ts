import { watchedMetric } from "../evaluation.ts";
import type { Patch } from "../finding.ts";
import { scheduleProblems } from "../schedule-arguments.ts";
import { learningRate } from "../schedules.ts";
import type { GRPOConfig } from "../types.ts";
import { warmupSteps } from "../warmup.ts";
import type { Rule } from "./fact.ts";

const SMALLEST_TOY_RATE = 5e-5;

/** What the schedule hands the optimizer at one step; null where it follows evaluations or cannot be made. */
const rateAt = (config: GRPOConfig, step: number, total: number): number | null =>
  config.lr_scheduler_type === PLATEAU || scheduleProblems(config).length > 0
    ? null
    : learningRate(config, step, total);

const PLATEAU = "reduce_lr_on_plateau";

/** Schedules that transformers hands no warmup. */
const ignoresWarmup = ({ lr_scheduler_type: name }: GRPOConfig) =>
  name === "constant" || name === PLATEAU;

export const firstStepIsZero: Rule = ({ config, plan }) => {
  const warmup = warmupSteps(config, plan.totalSteps);
  if (warmup === 0 || warmup >= plan.totalSteps) return null;
  if (rateAt(config, 0, plan.totalSteps) !== 0) return null;
  return {
    id: "first-step-is-zero",
    severity: "note",
    message: `The first optimizer step has learning rate 0 (warmup over ${warmup} of ${plan.totalSteps} steps).`,
    reason: plan.onPolicy
      ? "transformers' warmup starts at 0 here, so that rollout's work is lost."
      : "transformers' warmup starts at 0 here, so ratios are still 1 in the second step of the first rollout.",
    remedy: "Set the warmup to 0.",
    patch: { warmup_steps: 0, warmup_ratio: 0 },
    fields: ["warmup_steps", "warmup_ratio", "lr_scheduler_type", "lr_scheduler_kwargs"],
  };
};

export const warmupBeyondRun: Rule = ({ config, plan }) => {
  const warmup = warmupSteps(config, plan.totalSteps);
  if (ignoresWarmup(config) || warmup < plan.totalSteps) return null;
  // A warmup only rises: its last step has the most. Some schedules are there by then.
  const most = rateAt(config, plan.totalSteps - 1, plan.totalSteps);
  if (most === null || most >= config.learning_rate) return null;
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
  const name = config.lr_scheduler_type;
  if (!ignoresWarmup(config) || warmup === 0) return null;
  const constant = name === "constant";
  const instead: Patch = constant
    ? { lr_scheduler_type: "constant_with_warmup" }
    : { warmup_steps: 0, warmup_ratio: 0 };
  return {
    id: "constant-ignores-warmup",
    severity: "warning",
    message: `lr_scheduler_type="${name}" ignores the warmup of ${warmup} steps.`,
    reason: constant
      ? "transformers has constant_with_warmup for that."
      : "transformers hands this schedule its own arguments only, and the first step has the whole learning rate.",
    remedy: constant
      ? "Set lr_scheduler_type to constant_with_warmup."
      : "Set the warmup to 0, which is what happens.",
    patch: instead,
    fields: ["lr_scheduler_type", "warmup_steps", "warmup_ratio"],
  };
};

const maximised = ({ lr_scheduler_kwargs }: GRPOConfig) => ({
  lr_scheduler_kwargs: { ...lr_scheduler_kwargs, mode: "max" },
});

export const plateauWatchesTheLoss: Rule = ({ config }) => {
  const plateau = config.lr_scheduler_type === "reduce_lr_on_plateau";
  if (!plateau || watchedMetric(config) !== "eval_loss") return null;
  return {
    id: "plateau-watches-the-loss",
    severity: "warning",
    message: "reduce_lr_on_plateau watches eval_loss, which is near 0 however good the policy is.",
    reason:
      "Advantages are centred in every group, so the loss says nothing of progress; transformers watches it unless metric_for_best_model says otherwise.",
    remedy: "Watch the reward, with mode max.",
    patch: { metric_for_best_model: "reward", ...maximised(config) },
    fields: ["lr_scheduler_type", "metric_for_best_model", "lr_scheduler_kwargs"],
  };
};

export const plateauMinimisesAReward: Rule = ({ config }) => {
  const watched = watchedMetric(config);
  const upwards = config.lr_scheduler_kwargs?.mode === "max";
  if (config.lr_scheduler_type !== "reduce_lr_on_plateau" || upwards) return null;
  if (!/^eval_(reward|rewards\/.*\/mean)$/.test(watched)) return null;
  return {
    id: "plateau-minimises-a-reward",
    severity: "warning",
    message: `reduce_lr_on_plateau lowers the learning rate while ${watched} rises.`,
    reason:
      "Its mode is min unless lr_scheduler_kwargs say otherwise; greater_is_better does not reach it.",
    remedy: "Set its mode to max.",
    patch: maximised(config),
    fields: ["lr_scheduler_kwargs", "metric_for_best_model"],
  };
};

export const gradientClipUnderAdam: Rule = ({ config }) => {
  const { max_grad_norm } = config;
  if (!config.optim.startsWith("adamw") || max_grad_norm === 0 || max_grad_norm >= 1) return null;
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

export const learningRateForBillions: Rule = ({ config, run, known }) => {
  if (config.learning_rate >= SMALLEST_TOY_RATE || run.policy.width > 256) return null;
  const steps = known("max_steps") && config.max_steps > 0 ? config.max_steps : "so few";
  return {
    id: "learning-rate-for-billions",
    severity: "note",
    message: `A learning rate of ${config.learning_rate} is too small for a toy to move in ${steps} steps.`,
    reason: "It suits policies of billions of parameters; these learn at 3e-4 to 6e-4.",
    remedy: "Set learning_rate to 4e-4 here, and keep yours for the export.",
    patch: { learning_rate: 4e-4 },
    fields: ["learning_rate"],
  };
};

const round = (value: number) => Math.round(value * 10) / 10;
