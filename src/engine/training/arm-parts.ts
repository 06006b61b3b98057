import { beyondTRL } from "../../config/beyond-trl.ts";
import { longestPrompt } from "../../config/prompt-length.ts";
import { type StepPlan, stepPlan } from "../../config/step-plan.ts";
import { armConfig, type ArmConfig, type RunConfig } from "../../config/types.ts";
import type { Task } from "../../tasks/task.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import { type CopyOut, createCopyOut } from "../gpu/copy-out.ts";
import type { GpuContext } from "../gpu/context.ts";
import { createSnapshot, type Snapshot } from "../gpu/snapshot.ts";
import { createMixReference } from "../optimizer/mix-reference.ts";
import { parameterLayout } from "../policy/parameters.ts";
import type { PolicyShape } from "../policy/shape.ts";
import type { createEvaluation } from "./evaluation.ts";
import { createTrainingRollouts } from "./training-rollouts.ts";
import { createUpdate, type Update } from "./update.ts";

/** What an arm is set up with. */
export interface ArmSetup {
  gpu: GpuContext;
  run: RunConfig;
  arm: ArmConfig;
  task: Task;
  shape: PolicyShape;
  /** Padded flat parameters that every arm starts from. */
  initial: Float32Array<ArrayBuffer>;
}

/** What an arm trains with on the GPU: its weights and everything that reads or changes them. */
export interface ArmParts {
  params: GPUBuffer;
  referenceParams: GPUBuffer;
  update: Update;
  rollouts: Awaited<ReturnType<typeof createTrainingRollouts>>;
  mixReference: Awaited<ReturnType<typeof createMixReference>>;
  /** Null: the arm is never evaluated. */
  evaluation: Awaited<ReturnType<typeof createEvaluation>> | null;
  /** Weights and optimizer state before the last step, which can be taken again another way. */
  before: Snapshot;
  /** Bytes that the arm goes on from: weights, optimizer state, reference. */
  buffers: readonly GPUBuffer[];
  /** Brings back `buffers` and then those of the batches in flight. */
  copyOut: CopyOut;
  /** Prompt columns. */
  P: number;
  /** Completion columns. */
  K: number;
}

/** Allocates the buffers and compiles the kernels of an arm. */
export async function createArmParts(setup: ArmSetup): Promise<ArmParts> {
  const { gpu, run, arm, task, shape } = setup;
  const { device } = gpu;
  const config = armConfig(run, arm);
  const plan: StepPlan = stepPlan(config, run.datasetSize);
  const layout = parameterLayout(shape, beyondTRL(config).decay_norms_and_biases);
  const P = longestPrompt(run, task);
  const K = config.max_completion_length;
  const params = storageBuffer(device, "weights", `${arm.name} params`, layout.length);
  const referenceParams = storageBuffer(
    device,
    "weights",
    `${arm.name} reference params`,
    layout.length,
  );
  const [update, rollouts, mixReference, evaluation] = await Promise.all([
    createUpdate(
      gpu,
      shape,
      layout,
      {
        ...{ B: plan.rowsPerMicroStep, P, K, slots: plan.stepsPerGeneration },
        accumulation: config.gradient_accumulation_steps,
        pictures: plan.promptsPerGeneration,
      },
      { params, referenceParams },
      config.optim,
    ),
    createTrainingRollouts(
      { gpu, run, task, shape },
      { N: plan.generationBatchSize, P, K, G: config.num_generations },
      params,
    ),
    createMixReference(device, layout.length, { params, reference: referenceParams }),
    config.eval_strategy === "no"
      ? null
      : // Few runs have one: its code comes when one has.
        import("./evaluation.ts").then(({ createEvaluation: create }) =>
          create({ gpu, run, config, task, shape, params, referenceParams }),
        ),
  ]);
  const before = createSnapshot(device, update.weights);
  const buffers = [...update.weights, referenceParams];
  const copyOut = createCopyOut(device, [...buffers, ...update.batches.buffers]);
  const parts = { params, referenceParams, update, rollouts, mixReference, evaluation };
  return { ...parts, before, buffers, copyOut, P, K };
}

/** GPU memory that they hold. */
export function partsBytes(parts: ArmParts): number {
  const { params, referenceParams, update, rollouts, evaluation, before, copyOut } = parts;
  const own = params.size + referenceParams.size;
  return [update, rollouts, evaluation, before, copyOut].reduce(
    (sum, part) => sum + (part?.bytes ?? 0),
    own,
  );
}

export function destroyParts(parts: ArmParts): void {
  const { params, referenceParams, update, rollouts, mixReference, evaluation } = parts;
  for (const each of [params, referenceParams, update, rollouts, mixReference]) each.destroy();
  for (const each of [parts.before, parts.copyOut, evaluation]) each?.destroy();
}
