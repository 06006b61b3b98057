import type { RunConfig } from "../../config/types.ts";
import { createArm } from "../training/arm.ts";
import { type AskedBuffer, dryDevice } from "../gpu/dry-device.ts";
import { type Family, familyOf, setFamily } from "../gpu/family.ts";
import { bytesText, checkBufferSize } from "../gpu/limits.ts";
import { parameterLayout } from "../policy/parameters.ts";
import { requireRunnable } from "../training/runnable.ts";
import { policyShape } from "../policy/shape-of.ts";
import { task as taskOf } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";

/** What a run holds on the GPU, known before anything of it is allocated. All arms together. */
export interface MemoryPlan {
  bytes: number;
  /** Bytes by what they are for, largest first. */
  groups: readonly { name: MemoryGroup; bytes: number }[];
  /** The largest single buffer, which has to fit a binding. */
  largest: { label: string; bytes: number; group: MemoryGroup };
  /** The largest buffer that this adapter binds. */
  limit: number;
  /** The same in a sentence. */
  says: string;
}

/** What buffers are for. */
export type MemoryGroup =
  | "weights and optimizer"
  | "key-value cache"
  | "rollout"
  | "gradients of activations"
  | "activations"
  | "batches and objective";

/** First match wins; labels are those the engine gives its buffers. */
const GROUPS: readonly (readonly [group: MemoryGroup, labels: RegExp])[] = [
  [
    "weights and optimizer",
    /params$|^(adamw|lion|sgd|adafactor|gradient-norm|optimizer)|snapshot$/,
  ],
  ["key-value cache", /^decoder (keys|values) /],
  ["rollout", /^(decoder|sampling|rewards$|advantages) ?/],
  ["gradients of activations", /^(d |partial|dlogp|dentropy)/],
  ["activations", /^(layer \d+ |last x|scored|logits|query key value|angles|log-prob stats)/],
  ["batches and objective", /./s],
];

const groupOf = (label: string): MemoryGroup =>
  GROUPS.find(([, labels]) => labels.test(label))?.[0] ?? "batches and objective";

/** Fields that make a group smaller, those that do most first. */
const FIELDS: Readonly<Record<MemoryGroup, readonly string[]>> = {
  "weights and optimizer": ["width", "hidden", "layers"],
  "key-value cache": [
    "steps_per_generation",
    "per_device_train_batch_size",
    "max_completion_length",
    "kvHeads",
    "width",
    "layers",
  ],
  rollout: ["steps_per_generation", "per_device_train_batch_size", "hidden", "width"],
  "gradients of activations": [
    "per_device_train_batch_size",
    "max_completion_length",
    "hidden",
    "width",
  ],
  activations: [
    "per_device_train_batch_size",
    "max_completion_length",
    "hidden",
    "width",
    "layers",
  ],
  "batches and objective": [
    "per_device_train_batch_size",
    "steps_per_generation",
    "max_completion_length",
  ],
};

/**
 * What the run will hold, by the very code that sets it up, on a device that makes nothing. Takes
 * milliseconds; the GPU is not touched. `own` is the run's task where it is not in the list. A
 * UserError for a configuration that cannot run.
 */
export async function memoryPlan(
  device: GPUDevice,
  run: RunConfig,
  family = familyOf(device),
  own: Task | null = null,
): Promise<MemoryPlan> {
  requireRunnable(run, own);
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  const asked = await rehearse(device, run, own, family, Infinity);
  return planOf(asked, Math.min(maxBufferSize, maxStorageBufferBindingSize));
}

/** Throws a LimitError for a run of which the adapter cannot bind a buffer or start a grid. */
export async function checkPlan(
  device: GPUDevice,
  run: RunConfig,
  plan: MemoryPlan,
  family = familyOf(device),
  own: Task | null = null,
): Promise<void> {
  const { label, bytes, group } = plan.largest;
  checkBufferSize(device, label, bytes, { total: plan.bytes, fields: FIELDS[group] });
  await rehearse(device, run, own, family, device.limits.maxComputeWorkgroupsPerDimension);
}

/** The plan of a run that the adapter can hold; throws as the two do that it comes from. */
export async function checkedPlan(
  device: GPUDevice,
  run: RunConfig,
  family = familyOf(device),
  own: Task | null = null,
): Promise<MemoryPlan> {
  const plan = await memoryPlan(device, run, family, own);
  await checkPlan(device, run, plan, family, own);
  return plan;
}

async function rehearse(
  device: GPUDevice,
  run: RunConfig,
  own: Task | null,
  family: Family,
  grid: number,
) {
  const dry = dryDevice(device, grid);
  setFamily(dry.device, family);
  const task = own ?? taskOf(run.task);
  const shape = policyShape(run, task);
  const initial = new Float32Array(parameterLayout(shape).length);
  for (const arm of run.arms) {
    await createArm({ device: dry.device, run, arm, task, shape, initial });
  }
  return dry.asked;
}

function planOf(asked: readonly AskedBuffer[], limit: number): MemoryPlan {
  const byGroup = new Map<MemoryGroup, number>();
  let bytes = 0;
  let most: AskedBuffer = { label: "", bytes: 0 };
  for (const buffer of asked) {
    const group = groupOf(buffer.label);
    byGroup.set(group, (byGroup.get(group) ?? 0) + buffer.bytes);
    bytes += buffer.bytes;
    if (buffer.bytes > most.bytes) most = buffer;
  }
  return {
    bytes,
    groups: Array.from(byGroup, ([name, size]) => ({ name, bytes: size })).toSorted(
      (a, b) => b.bytes - a.bytes,
    ),
    largest: { ...most, group: groupOf(most.label) },
    limit,
    says: `The run needs ${bytesText(bytes)} on the GPU, at most ${bytesText(most.bytes)} in one buffer (${most.label}); this adapter allows ${bytesText(limit)} in one.`,
  };
}
