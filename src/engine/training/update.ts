import { storageBuffer } from "../gpu/buffers.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { BatchSlots, type ResidentBatches, type MicroBatch } from "./batch-slots.ts";
import { createObjective } from "../objective/objective.ts";
import { createOptimizer } from "../optimizer/optimizer.ts";
import type { ParameterLayout } from "../policy/parameters.ts";
import { completionBatch } from "../policy/completion-batch.ts";
import { createPolicy } from "../policy/policy.ts";
import type { PolicyShape } from "../policy/shape.ts";
import type { PolicyPictures } from "../policy/vision/lookers.ts";
import type { PictureBatch } from "../policy/vision/pictures.ts";
import type { RecordRouting } from "../../record/record.ts";
import { KernelUpdate } from "./kernel-update.ts";
import { type StepOutputs, StepReadback } from "./step-outputs.ts";
import type { StepSettings } from "./step-settings.ts";

export interface UpdateShape {
  /** Completions per micro-batch. */
  B: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns. */
  K: number;
  /** Micro-batches on the GPU: steps_per_generation. */
  slots: number;
  /** Micro-batches per optimizer step at most: gradient_accumulation_steps. */
  accumulation: number;
  /** Prompts of a rollout, each with a picture, of a policy that sees them; B when left out. */
  pictures?: number;
}

/**
 * The update of one arm: forward, objective, backward, optimizer, over micro-batches that lie on
 * the GPU. It knows nothing of where they came from. An optimizer step is `begin`, `accumulate` once
 * per micro-batch, `finish`.
 */
export interface Update {
  /** What one step launches, for counting and timing. */
  readonly passes: Readonly<Record<"forward" | "objective" | "backward" | "optimizer", Dispatch>>;
  /** The gradient of the step, before clipping. */
  readonly dparams: GPUBuffer;
  /** What an optimizer step changes: the weights and the optimizer's state. */
  readonly weights: readonly GPUBuffer[];
  /** The micro-batches, for who writes them anew. */
  readonly batches: BatchSlots;
  /** The policy's mixtures; null where it has none. */
  readonly routing: RecordRouting | null;
  /** What the policy makes of pictures; null where it sees none. */
  readonly pictures: PolicyPictures | null;
  /** GPU memory held, the weights and the optimizer's state included but for `params`. */
  readonly bytes: number;

  /** Launches work after what is encoded. */
  launch(...work: readonly Dispatch[]): void;
  /** Records copies after what is encoded. */
  record(into: (encoder: GPUCommandEncoder) => void): void;
  /** Submits what is encoded. */
  flush(): void;

  /** Puts a micro-batch into a slot. What was encoded before still sees the slot's old content. */
  load(slot: number, batch: MicroBatch): void;
  /** The pictures of the rollout whose slices are in the slots; null: its prompts have none. */
  loadPictures(pictures: PictureBatch | null): void;
  /** Goes on with the batches of another update of the same shape; their layout is still to be written. */
  takeOver(other: ResidentBatches): void;

  /** Values of the optimizer step that the next `accumulate` begins; `recorded`: it leaves arrays. */
  begin(settings: StepSettings, recorded?: boolean): void;
  /**
   * Adds the gradient of a slot's micro-batch. A slot without old log-probs takes those of this
   * very pass: the weights are still the rollout's, so every ratio is exactly 1.
   */
  accumulate(slot: number): void;
  /** Ends the optimizer step: clips, updates the weights, and brings back what it left. */
  finish(): Promise<StepOutputs>;

  /**
   * log π of a slot's tokens under the present weights. Waits for the GPU. `routes`: of a mixture, those
   * that lie in the slot (old) or the router's own (free); as the step is trained when left out. (B, K)
   */
  score(slot: number, routes?: "old" | "free"): Promise<Float32Array<ArrayBuffer>>;
  /** Computes old log-probs, under the present weights, for slots that have none. */
  scoreOld(slots: readonly number[]): void;
  /** Computes log-probs under the present reference for slots that have none. */
  scoreReference(slots: readonly number[], temperature: number): void;

  /** The optimizer's state as before the first step; the weights stay. */
  reset(): void;
  destroy(): void;
}

/** Allocates the buffers and compiles the kernels of an update of `params`, which it does not own. */
export async function createUpdate(
  gpu: GpuContext,
  shape: PolicyShape,
  layout: ParameterLayout,
  { B, P, K, slots, accumulation, pictures = B }: UpdateShape,
  { params, referenceParams }: { params: GPUBuffer; referenceParams: GPUBuffer },
  optim: string,
): Promise<Update> {
  const { device } = gpu;
  const buffer = (name: string, length: number) =>
    storageBuffer(device, "batch", `update ${name}`, length);
  const dparams = storageBuffer(device, "weights", "update dparams", layout.length);
  const batchShape = { ...completionBatch(shape, { B, P, K }), pictures };
  const policy = await createPolicy(gpu, shape, batchShape, { params, dparams });
  const inputs = {
    logpOld: buffer("logpOld", B * K),
    logpRef: buffer("logpRef", B * K),
    logpSampled: buffer("logpSampled", B * K),
    mask: buffer("mask", B * K),
    advantage: buffer("advantage", B),
  };
  const { logp, entropy, dlogp, dentropy } = policy;
  const [objective, optimizer] = await Promise.all([
    createObjective(device, { B, K }, { logp, entropy, dlogp, dentropy, ...inputs }),
    createOptimizer(device, layout, { params, dparams }, optim),
  ]);
  // What only mixtures need comes with the first of them.
  const routeSlots =
    policy.routing &&
    new (await import("./route-slots.ts")).RouteSlots(device, policy.routing, slots);
  const batches = new BatchSlots(device, policy, inputs, batchShape, slots, routeSlots);
  const { status } = optimizer;
  const { routing } = policy;
  const old = batches.oldRoutes;
  const { spans } = policy.batch;
  const routes =
    routing &&
    old &&
    (await (
      await import("../objective/route-statistics.ts")
    ).createRouteStatistics(
      device,
      { ...routing, ...routing.plan, B, K, layers: routing.layers.length },
      routing,
      old,
      spans,
    ));
  const outputs = {
    ...{ logp, entropy, ...inputs, ...objective.outputs, status },
    balance: routing?.balance ?? null,
    routes,
  };
  const readback = new StepReadback(device, outputs, { B, K, accumulation });
  return new KernelUpdate({
    ...{ device, policy, objective, optimizer, batches, routes, readback, params, dparams },
    referenceForward: policy.forwardWith(referenceParams),
    owned: [dparams, ...Object.values(inputs)],
  });
}
