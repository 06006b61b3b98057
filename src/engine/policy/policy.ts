import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { Arena } from "../gpu/arena.ts";
import { gradients } from "./activations.ts";
import { compileBackward } from "./backward.ts";
import { compileForward } from "./forward.ts";
import { parameterLayout } from "./parameters.ts";
import { planPartials } from "./partials.ts";
import {
  type BatchCounts,
  countsOf,
  packBatch,
  PACKED_ARRAYS,
  type PackedBatchBuffers,
  type Rectangle,
} from "./packed-batch.ts";
import { setTemperature } from "../layers/log-prob.ts";
import { layerPlans } from "./architectures/registry.ts";
import type { Routing } from "./routing.ts";
import type { PolicyShape } from "./shape.ts";
import { policyState } from "./state.ts";
import type { PolicyPictures } from "./vision/lookers.ts";
import { weightsIn } from "./weights.ts";

/** The rectangle of token ids that one forward pass reads. */
export interface BatchShape {
  /** Rows. */
  B: number;
  /** Columns: prompt and completion, padded on both sides. */
  T: number;
  /** First column whose next-token distribution is wanted; K = T − head − tail columns are scored. */
  head: number;
  /** Tokens of each row after its last scored one: read, and routed, and not scored; 0 when left out. */
  tail?: number;
  /** Of a policy that sees them: pictures that the rows have, at most; B when left out. */
  pictures?: number;
}

/** The policy over a batch: forward, and the whole hand-written backward. */
export interface Policy {
  /** The batch, see PackedBatch; `load` writes it. */
  batch: PackedBatchBuffers;
  /** The token scored at columns head … T − 1, usually the tokens one column on. */
  targets: GPUBuffer; // (B, K) u32
  /** Before temperature, a row for each token that is scored; padded entries are 0. */
  logits: GPUBuffer; // (B·K, Vp)
  /** Written by `backward`, with respect to `logits`; null without a gradient buffer. */
  dlogits: GPUBuffer | null; // (B·K, Vp)
  /** Log-probability of the target under softmax(logits / temperature); 0 where a row has no token. */
  logp: GPUBuffer; // (B, K)
  /** Nats, tempered. */
  entropy: GPUBuffer; // (B, K)
  dlogp: GPUBuffer; // (B, K)
  dentropy: GPUBuffer; // (B, K)
  setTemperature(value: number): void;
  /** Says what the load-balancing loss of a mixture counts in the next backward passes; 0 at first. */
  setAuxLoss(coefficient: number): void;
  /** Packs a batch and writes it. */
  load(batch: Rectangle): void;
  /** Says how much of the batch there is, where something else than `load` wrote it. */
  setCounts(counts: BatchCounts): void;
  /** Writes logits, logp and entropy. */
  forward: Dispatch;
  /** A mixture's routes and load, written by each forward pass; null for a policy without one. */
  routing: Routing | null;
  /** The forward pass along the routes in `routing.given`; null for a policy without a mixture. */
  replay: Dispatch | null;
  /** What it makes of pictures, which are loaded there; null for a policy that sees none. */
  pictures: PolicyPictures | null;
  /** Adds into dparams; must follow a forward pass on the same batch. */
  backward: Dispatch;
  /** The same forward pass reading another parameter buffer (frozen reference). */
  forwardWith(params: GPUBuffer): Dispatch;
  /** GPU memory held. */
  bytes: number;
  destroy(): void;
}

export interface PolicyBuffers {
  params: GPUBuffer;
  /** Null: no backward pass. */
  dparams: GPUBuffer | null;
}

/** Allocates the activations and compiles the kernels of a policy over batches of one shape. */
export async function createPolicy(
  gpu: GpuContext,
  shape: PolicyShape,
  batch: BatchShape,
  { params, dparams }: PolicyBuffers,
): Promise<Policy> {
  checkBatch(batch);
  const { device } = gpu;
  const layout = parameterLayout(shape);
  const plans = layerPlans(shape);
  const arena = new Arena(device);
  const owning = { ...gpu, arena };
  const state = policyState(device, arena, shape, batch);
  const { targets, scoredRows, R } = state;
  const { logits, logp, entropy } = state.last;
  const dlogp = arena.storage("gradients", "dlogp", scoredRows);
  const dentropy = arena.storage("gradients", "dentropy", scoredRows);
  const weightsOf = (buffer: GPUBuffer) => weightsIn(buffer, layout, plans);
  const weights = weightsOf(params);
  const plan = planPartials(gpu, state, weights);
  const d = dparams ? gradients(arena, shape, R, scoredRows, plan.length) : null;
  // What only pictures need comes with the first policy that sees them.
  const pictures = shape.visionTensors
    ? await (
        await import("./vision/lookers.ts")
      ).policyPictures(owning, { shape, layout, batch, state, params, dparams, d })
    : null;
  const [bindForward, bindBackward] = await Promise.all([
    compileForward(owning, state, pictures?.embedder),
    d ? compileBackward(owning, state, plan, layout.length) : null,
  ]);
  const { routing } = state;
  const forwardWith = (buffer: GPUBuffer, replay = routing?.chooses ?? null) =>
    inOrder(bindForward(weightsOf(buffer), replay));
  const setCounts = (counts: BatchCounts) => void Object.assign(state.counts, counts);
  let backward: Dispatch = () => {
    throw new Error("this policy was created without a gradient buffer");
  };
  if (bindBackward && d && dparams) {
    const dweights = weightsOf(dparams);
    const { dispatches, parts } = bindBackward({ weights, dweights, dparams, d, dlogp, dentropy });
    arena.own(parts);
    backward = inOrder([...dispatches, ...(pictures?.backward ?? [])]);
  }

  return {
    batch: state.batch,
    targets,
    logits,
    dlogits: d?.logits ?? null,
    logp,
    entropy,
    dlogp,
    dentropy,
    setTemperature: (value) => setTemperature(device, state.params, state.scored, value),
    setAuxLoss(coefficient) {
      if (!routing) return;
      device.queue.writeBuffer(routing.coefficient, 0, Float32Array.of(coefficient));
    },
    load(rectangle: Rectangle): void {
      const packed = packBatch(batch, rectangle);
      for (const name of PACKED_ARRAYS)
        device.queue.writeBuffer(state.batch[name], 0, packed[name]);
      setCounts(countsOf(packed));
    },
    setCounts,
    forward: forwardWith(params),
    ...{ routing, pictures },
    replay: routing && forwardWith(params, routing.replays),
    backward,
    forwardWith: (buffer) => forwardWith(buffer),
    bytes: arena.bytes,
    destroy: () => arena.destroy(),
  };
}

const inOrder =
  (dispatches: readonly Dispatch[]): Dispatch =>
  (pass) => {
    for (const dispatch of dispatches) dispatch(pass);
  };

function checkBatch({ B, T, head, tail = 0 }: BatchShape): void {
  if (!(B >= 1 && T >= 1)) throw new RangeError(`a batch of ${B} × ${T} tokens is empty`);
  if (!(head >= 0 && head < T - tail)) {
    throw new RangeError(`column ${head} is not one of the batch's ${T - tail} columns`);
  }
}
