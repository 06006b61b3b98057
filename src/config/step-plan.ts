import { UserError } from "../base/user-error.ts";
import { batchProblems } from "./batch-checks.ts";
import { microBatchRows } from "./processes.ts";
import type { GRPOConfig } from "./types.ts";

/** TRL's step bookkeeping, resolved (`GRPOConfig.__post_init__`, `RepeatSampler`, `Trainer`). */
export interface StepPlan {
  /** B, completions per micro-batch, of all processes. */
  rowsPerMicroStep: number;
  /** Micro-batches per optimizer step. */
  gradientAccumulationSteps: number;
  /** Slices that a rollout is cut into. */
  stepsPerGeneration: number;
  /** Completions per rollout. */
  generationBatchSize: number;
  /** G, completions per prompt. */
  numGenerations: number;
  promptsPerGeneration: number;
  /** How often a rollout is gone through. */
  numIterations: number;
  /** Micro-steps from one rollout to the next: TRL's `generate_every`. */
  microStepsPerGeneration: number;
  /** Mean over the run; not whole where accumulation and rollouts are misaligned. */
  optimizerStepsPerGeneration: number;
  /** Whether old log-probs are computed at rollout time; without them every ratio is exactly 1. */
  storesOldLogProbs: boolean;
  /** Every ratio is 1 on every step: token and sequence level do the same. */
  onPolicy: boolean;
  /** Whether an optimizer step can end in the middle of a slice's rollout and mix two. */
  misaligned: boolean;
  generationsPerEpoch: number;
  microStepsPerEpoch: number;
  optimizerStepsPerEpoch: number;
  /** `max_steps`, or what `num_train_epochs` comes to. */
  totalSteps: number;
}

type Parts = {
  readonly [K in keyof StepPlan]: (
    config: GRPOConfig,
    plan: StepPlan,
    prompts: number,
  ) => StepPlan[K];
};

/** Each part by itself, so that it takes no field that it does not depend on. */
const PARTS: Parts = {
  rowsPerMicroStep: microBatchRows,
  gradientAccumulationSteps: (config) => config.gradient_accumulation_steps,
  stepsPerGeneration: (config, plan) => {
    if (config.steps_per_generation !== null) return config.steps_per_generation;
    if (config.generation_batch_size === null) return plan.gradientAccumulationSteps;
    return config.generation_batch_size / plan.rowsPerMicroStep;
  },
  generationBatchSize: (_, plan) => plan.rowsPerMicroStep * plan.stepsPerGeneration,
  numGenerations: (config) => config.num_generations,
  promptsPerGeneration: (_, plan) => plan.generationBatchSize / plan.numGenerations,
  numIterations: (config) => config.num_iterations,
  microStepsPerGeneration: (_, plan) => plan.stepsPerGeneration * plan.numIterations,
  optimizerStepsPerGeneration: (_, plan) =>
    plan.microStepsPerGeneration / plan.gradientAccumulationSteps,
  storesOldLogProbs: (_, plan) => !plan.onPolicy,
  onPolicy: (_, plan) => plan.gradientAccumulationSteps % plan.microStepsPerGeneration === 0,
  misaligned: (_, plan) =>
    !plan.onPolicy && plan.microStepsPerGeneration % plan.gradientAccumulationSteps !== 0,
  // RepeatSampler drops the prompts that do not fill a rollout. The Trainer makes an optimizer step
  // of what is left at the end of an epoch, and rounds epochs up to whole steps.
  generationsPerEpoch: (_, plan, prompts) => Math.floor(prompts / plan.promptsPerGeneration),
  microStepsPerEpoch: (_, plan) => plan.generationsPerEpoch * plan.microStepsPerGeneration,
  optimizerStepsPerEpoch: (_, plan) =>
    Math.ceil(plan.microStepsPerEpoch / plan.gradientAccumulationSteps),
  totalSteps: (config, plan) =>
    config.max_steps > 0
      ? config.max_steps
      : Math.ceil(config.num_train_epochs * plan.optimizerStepsPerEpoch),
};

/**
 * The plan of a configuration that TRL takes, each part worked out when it is looked at, so that
 * whoever watches the configuration sees which fields a part depends on.
 */
export function lazyPlan(config: GRPOConfig, datasetSize: number): StepPlan {
  const plan: Partial<StepPlan> = {};
  for (const [name, part] of Object.entries(PARTS)) {
    const get = () => part(config, plan as StepPlan, datasetSize);
    Object.defineProperty(plan, name, { enumerable: true, get });
  }
  return plan as StepPlan;
}

/** Resolves the plan; throws a `UserError` for the first combination that TRL refuses. */
export function stepPlan(config: GRPOConfig, datasetSize: number): StepPlan {
  const problem = batchProblems(config, datasetSize)[0];
  if (problem) throw new UserError(problem.message, problem.remedy, problem.fields);
  return { ...lazyPlan(config, datasetSize) };
}

/** What one micro-step does: forward and backward of one slice of a rollout. */
export interface MicroStep {
  /** Whether a rollout is made before it. */
  generate: boolean;
  /** Which rollout its slice is from: 0, 1, … */
  generation: number;
  /** Which slice of the rollout. */
  slice: number;
  /** Which pass over the rollout: 0 … num_iterations − 1. */
  iteration: number;
  /** Optimizer steps done before it. */
  optimizerStep: number;
  /** Optimizer steps done since its rollout was made; at 0 every ratio is 1. */
  innerStep: number;
  /** Micro-steps summed in its optimizer step: fewer at the end of an epoch than elsewhere, perhaps. */
  accumulation: number;
  endsOptimizerStep: boolean;
}

/** The micro-step of this index, counted from 0 over the whole run (TRL: `_step`). */
export function microStep(plan: StepPlan, index: number): MicroStep {
  const generation = Math.floor(index / plan.microStepsPerGeneration);
  const sinceRollout = index % plan.microStepsPerGeneration;
  const { step, position, accumulation } = locate(plan, index);
  return {
    generate: sinceRollout === 0,
    generation,
    slice: index % plan.stepsPerGeneration,
    iteration: Math.floor(sinceRollout / plan.stepsPerGeneration),
    optimizerStep: step,
    innerStep: step - locate(plan, index - sinceRollout).step,
    accumulation,
    endsOptimizerStep: position === accumulation - 1,
  };
}

/** The optimizer step that a micro-step belongs to, and its place in it. Epochs start a new one. */
function locate(plan: StepPlan, index: number) {
  const { gradientAccumulationSteps: GA, microStepsPerEpoch, optimizerStepsPerEpoch } = plan;
  const epoch = Math.floor(index / microStepsPerEpoch);
  const inEpoch = index % microStepsPerEpoch;
  const stepInEpoch = Math.floor(inEpoch / GA);
  return {
    step: epoch * optimizerStepsPerEpoch + stepInEpoch,
    position: inEpoch % GA,
    accumulation: Math.min(GA, microStepsPerEpoch - stepInEpoch * GA),
  };
}
