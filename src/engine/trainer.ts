import { checkConfig } from "../config/check.ts";
import { field } from "../config/schema.ts";
import { stepPlan } from "../config/step-plan.ts";
import { armConfig, type ArmConfig, type GRPOConfig, type RunConfig } from "../config/types.ts";
import { type Arm, createArm } from "./arm.ts";
import type { RunCheckpoint } from "./checkpoint.ts";
import { DivergedError } from "./diverged.ts";
import { withinMemory } from "./gpu/limits.ts";
import { UserError } from "./user-error.ts";
import { initialParameters, packParameters, parameterLayout } from "./policy/parameters.ts";
import type { Tensor } from "./policy/safetensors.ts";
import type { StepRecord } from "./record.ts";
import { policyShape } from "./shape-of.ts";
import { task as taskOf } from "./tasks/registry.ts";

export interface RunOptions {
  device: GPUDevice;
  config: RunConfig;
  /** Weights that every arm starts from; null: random ones by the seed. */
  weights: Readonly<Record<string, Tensor>> | null;
  progress?: (what: string, done: number, total: number) => void;
}

/** Arms that train in lockstep: same initial weights, same prompts, same random numbers. */
export type Run = Awaited<ReturnType<typeof createRun>>;

/**
 * Sets a run up on the device: buffers, kernels, initial weights. Nothing is allocated or compiled
 * afterwards. Throws a UserError when the configuration cannot run.
 */
export async function createRun({ device, config, weights, progress }: RunOptions) {
  let run = config;
  const [problem] = checkConfig(run).filter(({ severity }) => severity === "error");
  if (problem) throw new UserError(problem.message, problem.remedy, problem.fields);
  const task = taskOf(run.task);
  const shape = policyShape(run, task);
  const layout = parameterLayout(shape);
  const initial = weights
    ? packParameters(layout, checkedWeights(layout.tensors, weights))
    : initialParameters(shape, run.grpo.seed);

  const arms: Arm[] = [];
  for (const arm of run.arms) {
    progress?.(`Preparing the ${arm.name} arm`, arms.length, run.arms.length);
    const setup = { device, run, arm, task, shape, initial };
    arms.push(await withinMemory(device, () => createArm(setup)));
  }
  for (const arm of arms) arm.reset();
  progress?.("Ready", arms.length, arms.length);
  const plan = stepPlan(armConfig(run, run.arms[0]!), run.datasetSize);
  let step = 0;

  return {
    /** As it was set up, forks included; fields that were changed since are not in it. */
    get config(): RunConfig {
      return run;
    },
    parameters: layout.count,
    totalSteps: plan.totalSteps,
    stepsPerGeneration: plan.optimizerStepsPerGeneration,
    arms,

    /** Optimizer steps done by every arm. */
    get step(): number {
      return step;
    },
    get bytes(): number {
      return arms.reduce((sum, arm) => sum + arm.bytes, 0);
    },
    get atGenerationEnd(): boolean {
      return arms.every((arm) => arm.atGenerationEnd);
    },

    /** One optimizer step of every arm. Throws DivergedError; the weights are then the last good ones. */
    async advance(): Promise<StepRecord[]> {
      // All arms end the step, also when one of them diverges: none is left in the middle of it.
      const outcomes = await Promise.allSettled(arms.map((arm) => arm.advance()));
      const records: StepRecord[] = [];
      const faults: unknown[] = [];
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") records.push(outcome.value);
        else faults.push(outcome.reason);
      }
      // A diverged step counts, in every arm.
      if (faults.every((fault) => fault instanceof DivergedError)) step++;
      if (faults.length > 0) throw faults[0];
      return records;
    },

    /**
     * Sets fields of one arm, or of all; returns the step from which they hold at the earliest.
     * Fields that need a new run are refused with a UserError.
     */
    change(name: string | null, fields: Partial<GRPOConfig>): number {
      const entries = Object.entries(fields);
      const fixed = entries.find(([key]) => field(key).effect === "restart");
      if (fixed) {
        throw new UserError(
          `${fixed[0]} is fixed while a run lasts.`,
          "Reset with the new value to train with it.",
          [fixed[0]],
        );
      }
      const chosen = arms.filter((arm) => name === null || arm.name === name);
      const effect = (wanted: string): Partial<GRPOConfig> =>
        Object.fromEntries(entries.filter(([key]) => field(key).effect === wanted));
      for (const arm of chosen) arm.change(effect("live"), effect("next-generation"));
      return step + 1;
    },

    /**
     * Adds an arm that goes on from where arm `of` stands, with `arm`'s overrides on top of its
     * configuration: same weights, optimizer state, reference and rollout, same random numbers.
     */
    async fork(of: string, arm: ArmConfig): Promise<void> {
      const parent = arms.find(({ name }) => name === of);
      if (!parent)
        throw new UserError(`The run has no arm named "${of}".`, "Fork one that it has.");
      const forked = { ...run, arms: [...run.arms, arm] };
      const [problem] = checkConfig(forked).filter(({ severity }) => severity === "error");
      if (problem) throw new UserError(problem.message, problem.remedy, problem.fields);
      const made = await createArm({ device, run: forked, arm, task, shape, initial });
      made.takeOver(parent.state);
      arms.push(made);
      run = forked;
    },

    /** Where the run stands between two steps; the steps that follow need not wait for it. */
    async checkpoint(): Promise<RunCheckpoint> {
      const now = { run, step };
      return { ...now, arms: await Promise.all(arms.map((arm) => arm.checkpoint())) };
    },

    /**
     * Goes on from a checkpoint of the run of the same configuration, which was perhaps trained
     * elsewhere: on the same adapter, as if it had never stopped.
     */
    restore(checkpoint: RunCheckpoint): void {
      const names = checkpoint.arms.map(({ arm }) => arm.name).join(", ");
      const own = arms.map(({ name }) => name).join(", ");
      if (names !== own) {
        throw new UserError(
          `The checkpoint has the arms ${names}; the run has ${own}.`,
          "Set the run up from the checkpoint's own configuration.",
        );
      }
      arms.forEach((arm, i) => arm.restore(checkpoint.arms[i]!));
      step = checkpoint.step;
    },

    /** Back to step 0 with the same initial weights. */
    reset(): void {
      for (const arm of arms) arm.reset();
      step = 0;
    },

    destroy(): void {
      for (const arm of arms) arm.destroy();
    },
  };
}

function checkedWeights(
  tensors: readonly { name: string; shape: readonly number[] }[],
  weights: Readonly<Record<string, Tensor>>,
): Record<string, Float32Array> {
  return Object.fromEntries(
    tensors.map(({ name, shape }) => {
      const given = weights[name];
      if (!given || given.shape.join() !== shape.join()) {
        throw new UserError(
          `The warm start ${given ? `has ${name} as ${given.shape.join("×")}` : `lacks ${name}`}; this policy needs ${shape.join("×")}.`,
          "Keep the preset's policy and task, or set warmStart to null to start from random weights.",
          ["warmStart", "layers", "width", "heads", "kvHeads", "hidden", "tied"],
        );
      }
      return [name, given.data];
    }),
  );
}
