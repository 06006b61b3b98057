import { UserError } from "../engine/user-error.ts";
import { batchProblems } from "./batch-checks.ts";
import type { GRPOConfig } from "./types.ts";

/** TRL's step bookkeeping, resolved (`GRPOConfig.__post_init__`, `RepeatSampler`, `Trainer`). */
export interface StepPlan {
  /** B, completions per micro-batch. */
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

/** Resolves the plan; throws a `UserError` for the first combination that TRL refuses. */
export function stepPlan(config: GRPOConfig, datasetSize: number): StepPlan {
  const problem = batchProblems(config, datasetSize)[0];
  if (problem) throw new UserError(problem.message, problem.remedy, problem.fields);

  const B = config.per_device_train_batch_size;
  const GA = config.gradient_accumulation_steps;
  const stepsPerGeneration =
    config.steps_per_generation ??
    (config.generation_batch_size === null ? GA : config.generation_batch_size / B);
  const generationBatchSize = B * stepsPerGeneration;
  const promptsPerGeneration = generationBatchSize / config.num_generations;
  const microStepsPerGeneration = stepsPerGeneration * config.num_iterations;

  // RepeatSampler drops the prompts that do not fill a rollout. The Trainer makes an optimizer step
  // of what is left at the end of an epoch, and rounds epochs up to whole steps.
  const generationsPerEpoch = Math.floor(datasetSize / promptsPerGeneration);
  const microStepsPerEpoch = generationsPerEpoch * microStepsPerGeneration;
  const optimizerStepsPerEpoch = Math.ceil(microStepsPerEpoch / GA);

  return {
    rowsPerMicroStep: B,
    gradientAccumulationSteps: GA,
    stepsPerGeneration,
    generationBatchSize,
    numGenerations: config.num_generations,
    promptsPerGeneration,
    numIterations: config.num_iterations,
    microStepsPerGeneration,
    optimizerStepsPerGeneration: microStepsPerGeneration / GA,
    storesOldLogProbs: GA % microStepsPerGeneration !== 0,
    onPolicy: GA % microStepsPerGeneration === 0,
    misaligned: GA % microStepsPerGeneration !== 0 && microStepsPerGeneration % GA !== 0,
    generationsPerEpoch,
    microStepsPerEpoch,
    optimizerStepsPerEpoch,
    totalSteps:
      config.max_steps > 0
        ? config.max_steps
        : Math.ceil(config.num_train_epochs * optimizerStepsPerEpoch),
  };
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
