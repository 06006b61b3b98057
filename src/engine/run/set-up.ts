import { UserError } from "../../base/user-error.ts";
import type { RunConfig } from "../../config/types.ts";
import { loadPainters } from "../../tasks/picture-task.ts";
import { task as taskOf } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";
import type { Family } from "../gpu/family.ts";
import type { GpuContext } from "../gpu/context.ts";
import { withinMemory } from "../gpu/limits.ts";
import { chooseFamily } from "../layers/choose-family.ts";
import {
  initialParameters,
  packParameters,
  type ParameterLayout,
  parameterLayout,
} from "../policy/parameters.ts";
import type { Tensor } from "../policy/safetensors.ts";
import { loadedShape } from "../policy/shape-of.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { type Arm, createArm } from "../training/arm.ts";
import { checkedPlan, type MemoryPlan } from "./memory-plan.ts";
import { requireRunnable } from "../training/runnable.ts";

/** What a run is made of. */
export interface RunOptions {
  device: GPUDevice;
  /** As `runFrom` makes it. */
  config: RunConfig;
  /**
   * A task of one's own, or one with other rewards (`withRewards`); `config.task` is its id. Left
   * out: the task of that id among `tasks`. Checkpoints do not hold it: hand it in again.
   */
  task?: Task;
  /** How products are computed; left out: what is faster on the device. A stored run keeps its own. */
  family?: Family;
  /** Weights that every arm starts from; null: random ones by the seed. */
  weights: Readonly<Record<string, Tensor>> | null;
  /** Told what is being set up, and how many arms of how many are. */
  progress?: (what: string, done: number, total: number) => void;
  /** Told what the run will hold on the GPU, before any of it is allocated. */
  planned?: (plan: MemoryPlan) => void;
  /** Bytes of main memory for checkpoints, so that past steps can be reached; 0: none can. */
  pastBytes?: number;
}

/** What every arm of a run is set up with, those that are forked later too. */
export interface RunSetup {
  gpu: GpuContext;
  task: Task;
  /** The same, where it is one of the caller's own. */
  own: Task | null;
  shape: PolicyShape;
  layout: ParameterLayout;
  /** Padded flat parameters that every arm starts from. */
  initial: Float32Array<ArrayBuffer>;
}

/** Looks at whether the run fits, before any of it is allocated. A UserError where it does not. */
export async function setUp(options: RunOptions): Promise<RunSetup> {
  const { device, config, weights, planned } = options;
  const own = options.task ? await checkedOwn(options.task, config.difficulty) : null;
  requireRunnable(config, own);
  const gpu = { device, matmul: options.family ?? (await chooseFamily(device)) };
  // Comes with its kernel, and is needed once.
  await (await import("../layers/adapter-check.ts")).checkAdapter(gpu);
  const plan = await checkedPlan(gpu, config, own);
  planned?.(plan);
  const task = own ?? taskOf(config.task);
  const shape = await loadedShape(config, task);
  if (task.picture) await loadPainters();
  const layout = parameterLayout(shape);
  const initial = weights
    ? packParameters(layout, checkedWeights(layout.tensors, weights))
    : initialParameters(shape, config.grpo.seed);
  return { gpu, task, own, shape, layout, initial };
}

/** Only programs have tasks of their own: what checks one comes with it. */
const checkedOwn = async (task: Task, difficulty: number): Promise<Task> =>
  (await import("../../tasks/checked-task.ts")).checkedTask(task, difficulty);

/** The arms of a run, at step 0. A LimitError where the GPU runs out of memory. */
export async function createArms(
  setup: RunSetup,
  run: RunConfig,
  progress: RunOptions["progress"],
): Promise<Arm[]> {
  const arms: Arm[] = [];
  for (const arm of run.arms) {
    progress?.(`Preparing the ${arm.name} arm`, arms.length, run.arms.length);
    arms.push(await withinMemory(setup.gpu.device, () => createArm({ ...setup, run, arm })));
  }
  for (const arm of arms) arm.reset();
  progress?.("Ready", arms.length, arms.length);
  return arms;
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
