import type { Purpose } from "../gpu/buffers.ts";
import type { RunConfig } from "../../config/types.ts";
import { createArm } from "../training/arm.ts";
import { type AskedBuffer, dryDevice } from "../gpu/dry-device.ts";
import type { GpuContext } from "../gpu/context.ts";
import { bytesText, checkBufferSize } from "../gpu/limits.ts";
import { parameterLayout } from "../policy/parameters.ts";
import { requireRunnable } from "../training/runnable.ts";
import { loadedShape } from "../policy/shape-of.ts";
import { task as taskOf } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";

/** What a run holds on the GPU, known before anything of it is allocated. All arms together. */
export interface MemoryPlan {
  bytes: number;
  /** Bytes by what they are for, largest first. */
  groups: readonly { name: MemoryGroup; bytes: number }[];
  /** The largest single buffer, which has to fit a binding; `fields` make it smaller. */
  largest: { label: string; bytes: number; group: MemoryGroup; fields: readonly string[] };
  /** The largest buffer that this adapter binds. */
  limit: number;
  /** The same in a sentence. */
  summary: string;
}

/** What buffers are for. */
export type MemoryGroup =
  | "weights and optimizer"
  | "key-value cache"
  | "rollout"
  | "gradients of activations"
  | "activations"
  | "batches and objective"
  | "settings of kernels"
  | "results on their way back";

const OF_A_BATCH = ["per_device_train_batch_size", "steps_per_generation", "max_completion_length"];

/** What each purpose is called, and the fields that make it smaller, those that do most first. */
const GROUPS: Readonly<Record<Purpose, { name: MemoryGroup; fields: readonly string[] }>> = {
  weights: { name: "weights and optimizer", fields: ["width", "hidden", "layers"] },
  cache: {
    name: "key-value cache",
    fields: [
      "steps_per_generation",
      "per_device_train_batch_size",
      "max_completion_length",
      "kvHeads",
      "width",
      "layers",
    ],
  },
  rollout: {
    name: "rollout",
    fields: ["steps_per_generation", "per_device_train_batch_size", "hidden", "width"],
  },
  gradients: {
    name: "gradients of activations",
    fields: ["per_device_train_batch_size", "max_completion_length", "hidden", "width"],
  },
  activations: {
    name: "activations",
    fields: ["per_device_train_batch_size", "max_completion_length", "hidden", "width", "layers"],
  },
  batch: { name: "batches and objective", fields: OF_A_BATCH },
  settings: { name: "settings of kernels", fields: [] },
  readback: { name: "results on their way back", fields: OF_A_BATCH },
};

/**
 * What the run will hold, by the very code that sets it up, on a device that makes nothing. Takes
 * milliseconds; the GPU is not touched. `own` is the run's task where it is not in the list. A
 * UserError for a configuration that cannot run.
 */
export async function memoryPlan(
  gpu: GpuContext,
  run: RunConfig,
  own: Task | null = null,
): Promise<MemoryPlan> {
  requireRunnable(run, own);
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
  const asked = await rehearse(gpu, run, own, Infinity);
  return planOf(asked, Math.min(maxBufferSize, maxStorageBufferBindingSize));
}

/** Throws a LimitError for a run of which the adapter cannot bind a buffer or start a grid. */
export async function checkPlan(
  gpu: GpuContext,
  run: RunConfig,
  plan: MemoryPlan,
  own: Task | null = null,
): Promise<void> {
  const { device } = gpu;
  const { label, bytes, fields } = plan.largest;
  checkBufferSize(device, label, bytes, { total: plan.bytes, fields });
  await rehearse(gpu, run, own, device.limits.maxComputeWorkgroupsPerDimension);
}

/** The plan of a run that the adapter can hold; throws as the two do that it comes from. */
export async function checkedPlan(
  gpu: GpuContext,
  run: RunConfig,
  own: Task | null = null,
): Promise<MemoryPlan> {
  const plan = await memoryPlan(gpu, run, own);
  await checkPlan(gpu, run, plan, own);
  return plan;
}

async function rehearse(
  { device, matmul }: GpuContext,
  run: RunConfig,
  own: Task | null,
  grid: number,
) {
  const dry = dryDevice(device, grid);
  const gpu = { device: dry.device, matmul };
  const task = own ?? taskOf(run.task);
  const shape = await loadedShape(run, task);
  const initial = new Float32Array(parameterLayout(shape).length);
  for (const arm of run.arms) {
    await createArm({ gpu, run, arm, task, shape, initial });
  }
  return dry.asked;
}

function planOf(asked: readonly AskedBuffer[], limit: number): MemoryPlan {
  const byGroup = new Map<MemoryGroup, number>();
  let bytes = 0;
  let most: AskedBuffer = { label: "", bytes: 0, purpose: "batch" };
  for (const buffer of asked) {
    const { name } = GROUPS[buffer.purpose];
    byGroup.set(name, (byGroup.get(name) ?? 0) + buffer.bytes);
    bytes += buffer.bytes;
    if (buffer.bytes > most.bytes) most = buffer;
  }
  const { name, fields } = GROUPS[most.purpose];
  return {
    bytes,
    groups: Array.from(byGroup, ([group, size]) => ({ name: group, bytes: size })).toSorted(
      (a, b) => b.bytes - a.bytes,
    ),
    largest: { label: most.label, bytes: most.bytes, group: name, fields },
    limit,
    summary: `The run needs ${bytesText(bytes)} on the GPU, at most ${bytesText(most.bytes)} in one buffer (${most.label}); this adapter allows ${bytesText(limit)} in one.`,
  };
}
