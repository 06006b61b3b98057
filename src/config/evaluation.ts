import type { Task } from "../tasks/task.ts";
import { multipleNear } from "./batch-checks.ts";
import { type Fact, refusal } from "./finding.ts";
import { evaluationRows, processCount, processesOf } from "./processes.ts";
import type { StepPlan } from "./step-plan.ts";
import type { GRPOConfig } from "./types.ts";

/** G in evaluation. TRL: `num_generations_eval or num_generations`. */
export const evaluationGroup = (
  config: Pick<GRPOConfig, "num_generations_eval" | "num_generations">,
): number => config.num_generations_eval ?? config.num_generations;

/** Whether an evaluation follows optimizer step `step`, from 1. transformers: DefaultFlowCallback. */
export function evaluatesAfter(
  config: GRPOConfig,
  { totalSteps, optimizerStepsPerEpoch }: StepPlan,
  step: number,
): boolean {
  const { eval_strategy, eval_steps, eval_delay, logging_steps } = config;
  const last = step === totalSteps;
  switch (eval_strategy) {
    case "steps": {
      const given = eval_steps || logging_steps;
      const every = given < 1 ? Math.ceil(totalSteps * given) : given;
      return eval_delay <= step && (step % every === 0 || last);
    }
    case "epoch":
      return (
        eval_delay <= step / optimizerStepsPerEpoch && (step % optimizerStepsPerEpoch === 0 || last)
      );
  }
  return false;
}

/** The metric that `reduce_lr_on_plateau` watches. transformers: `_evaluate`. */
export function watchedMetric({ metric_for_best_model }: GRPOConfig): string {
  const name = metric_for_best_model ?? "loss";
  return name.startsWith("eval_") ? name : `eval_${name}`;
}

const LENGTHS = ["mean", "min", "max"];

/** The names, without eval_, of what an evaluation of this task always measures. */
const evaluationMetrics = ({ rewards }: Task): string[] => [
  "loss",
  "entropy",
  "reward",
  "reward_std",
  "frac_reward_zero_std",
  ...rewards.flatMap(({ name }) => [`rewards/${name}/mean`, `rewards/${name}/std`]),
  ...LENGTHS.map((which) => `completions/${which}_length`),
  ...LENGTHS.map((which) => `completions/${which}_terminated_length`),
  "completions/clipped_ratio",
];

/** Upper bound of both batch and set. */
const MOST = 8192;

/** What transformers and TRL refuse about evaluation, and sets that are not whole batches here. */
export function evaluationProblems(
  config: GRPOConfig,
  { task, size }: { task: Task; size: number },
): Fact[] {
  if (config.eval_strategy === "no") {
    if (config.lr_scheduler_type !== "reduce_lr_on_plateau") return [];
    return [
      refusal("plateau-without-evaluation", {
        message: `lr_scheduler_type="reduce_lr_on_plateau" waits for evaluations, and eval_strategy is "no".`,
        remedy: `Set eval_strategy to "steps".`,
        patch: { eval_strategy: "steps" },
        fields: ["lr_scheduler_type", "eval_strategy"],
      }),
    ];
  }
  const B = evaluationRows(config);
  const G = evaluationGroup(config);
  if (B % G !== 0) {
    const batch = multipleNear(config.per_device_eval_batch_size, G, MOST);
    return [
      refusal("evaluation-groups-not-whole", {
        message: `An evaluation batch of ${B} completions (per_device_eval_batch_size${processesOf(config) === 1 ? "" : ` × ${processCount(processesOf(config))}`}) is not divisible by the ${G} of each prompt, so groups would be cut apart.`,
        remedy: `Set per_device_eval_batch_size to ${batch}.`,
        patch: { per_device_eval_batch_size: batch },
        fields: ["per_device_eval_batch_size", "num_generations_eval", "num_generations"],
      }),
    ];
  }
  const prompts = B / G;
  if (size % prompts !== 0) {
    const whole = multipleNear(size, prompts, MOST);
    return [
      refusal("evaluation-batches-not-whole", {
        message: `The evaluation set has ${size} prompts; batches of ${B} completions take ${prompts} at a time.`,
        remedy: `Set the prompts in the evaluation set to ${whole}.`,
        patch: { evaluationSize: whole },
        fields: ["evaluationSize", "per_device_eval_batch_size"],
      }),
    ];
  }
  if (config.lr_scheduler_type !== "reduce_lr_on_plateau") return [];
  const watched = watchedMetric(config).slice("eval_".length);
  if (!evaluationMetrics(task).includes(watched)) {
    return [
      refusal("plateau-metric-unknown", {
        message: `metric_for_best_model is ${watched}, which no evaluation measures.`,
        remedy: `Set it to reward; there are also ${evaluationMetrics(task).slice(0, 4).join(", ")} and the others of TRL.`,
        patch: { metric_for_best_model: "reward" },
        fields: ["metric_for_best_model", "lr_scheduler_type"],
      }),
    ];
  }
  return [];
}
