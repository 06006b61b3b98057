import { storageBuffer } from "../gpu/buffers.ts";
import { type PackedBatch, packBatch, type Rectangle } from "../policy/packed-batch.ts";
import type { BatchShape } from "../policy/policy.ts";
import type { Routing } from "../policy/routing.ts";

/** Whose routes lie in a slot: those of the weights that made the rollout, in the trainer; the sampler's. */
export type RoutesOf = "own" | "sampled";

/** Routes of a micro-batch in each slot of an update: experts, their weights, the routers' logits. */
export class RouteSlots {
  readonly #device: GPUDevice;
  readonly #routing: Routing;
  readonly #parts: readonly { now: GPUBuffer; old: GPUBuffer; resident: GPUBuffer }[];

  constructor(device: GPUDevice, routing: Routing, slots: number) {
    this.#device = device;
    this.#routing = routing;
    const { chosen, given, weights, logits } = routing;
    const resident = ({ label, size }: GPUBuffer) =>
      storageBuffer(device, "batch", `update resident ${label}`, (size / 4) * slots);
    const own = ({ label, size }: GPUBuffer) =>
      storageBuffer(device, "batch", `update old ${label}`, size / 4);
    this.#parts = [
      { now: chosen, old: given, resident: resident(chosen) },
      { now: weights, old: own(weights), resident: resident(weights) },
      { now: logits, old: own(logits), resident: resident(logits) },
    ];
  }

  /** Where kernels find the old routes of the slot at work: as Routing has the present ones. */
  get old(): Record<"chosen" | "weights" | "logits", GPUBuffer> {
    const [chosen, weights, logits] = this.#parts.map(({ old }) => old);
    return { chosen: chosen!, weights: weights!, logits: logits! };
  }
  /** What of it a checkpoint holds. */
  get buffers(): readonly GPUBuffer[] {
    return this.#parts.map(({ resident }) => resident);
  }
  get bytes(): number {
    return this.#all.reduce((sum, { size }) => sum + size, 0);
  }
  get #all(): readonly GPUBuffer[] {
    const { given } = this.#routing;
    return [...this.buffers, ...this.#parts.flatMap(({ old }) => (old === given ? [] : [old]))];
  }

  /** Puts the sampler's routes into a slot. `routes`: (B, T, layers, perToken), of that rectangle. */
  load(slot: number, shape: BatchShape, rectangle: Rectangle, routes: Uint32Array): void {
    const { layers, stride, plan } = this.#routing;
    const K = plan.perToken;
    const packed = new Uint32Array(layers.length * stride);
    originsOf(shape, rectangle).forEach((origin, row) => {
      for (let n = 0; n < layers.length; n++) {
        const from = (origin * layers.length + n) * K;
        packed.set(routes.subarray(from, from + K), n * stride + row * K);
      }
    });
    this.#device.queue.writeBuffer(this.buffers[0]!, slot * packed.byteLength, packed);
  }

  /** Records that a slot is the one at work. */
  select(encoder: GPUCommandEncoder, slot: number): void {
    for (const { old, resident } of this.#parts) {
      encoder.copyBufferToBuffer(resident, slot * old.size, old, 0, old.size);
    }
  }

  /** Records that what the last forward pass left is the slot's, but for the experts if `kept`. */
  save(encoder: GPUCommandEncoder, slot: number, kept: boolean): void {
    for (const { now, old, resident } of this.#parts.slice(kept ? 1 : 0)) {
      encoder.copyBufferToBuffer(now, 0, resident, slot * now.size, now.size);
      encoder.copyBufferToBuffer(now, 0, old, 0, now.size);
    }
  }

  destroy(): void {
    for (const each of this.#all) each.destroy();
  }
}

/** Of each packed token its place in the rectangle: row · T + column. */
function originsOf(shape: BatchShape, rectangle: Rectangle): PackedBatch["tokens"] {
  const places = Uint32Array.from({ length: shape.B * shape.T }, (_, i) => i);
  const { tokens, rowRanges } = packBatch(shape, { ...rectangle, tokens: places });
  return tokens.subarray(0, rowRanges[1]);
}
