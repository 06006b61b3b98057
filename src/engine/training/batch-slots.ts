import { storageBuffer } from "../gpu/buffers.ts";
import { copyAll } from "../gpu/snapshot.ts";
import {
  type BatchCounts,
  countsOf,
  packBatch,
  PACKED_ARRAYS,
  packedLengths,
} from "../policy/packed-batch.ts";
import { type Completions, completionRectangle } from "../policy/completion-batch.ts";
import type { BatchShape, Policy } from "../policy/policy.ts";
import type { RouteSlots, RoutesOf } from "./route-slots.ts";

/** One micro-batch as plain data, wherever it came from. B rows, T = P + K − 1 columns. */
export interface MicroBatch extends Completions {
  /** 1 where the token counts. (B, K) */
  mask: Uint32Array<ArrayBuffer>;
  /** Â of each row. (B) */
  advantage: Float32Array<ArrayBuffer>;
  /** The sampler's log-probabilities, or null where the sampler is not known. (B, K) */
  logpSampled: Float32Array<ArrayBuffer> | null;
  /** Under the rollout's weights; null: from `scoreOld` or, in its first step, from that step. (B, K) */
  logpOld: Float32Array<ArrayBuffer> | null;
  /** Under the reference; null: computed when it is first needed. (B, K) */
  logpRef: Float32Array<ArrayBuffer> | null;
  /** Completion tokens in the whole generation batch, for the losses that divide by them. */
  numItemsInBatch: number;
  /**
   * Experts that the sampler's tokens went through, for R3; null or left out: none are replayed. T
   * columns, of a mixture's batch (completionBatch). (B, T, layers that have a mixture, perToken)
   */
  routes?: Uint32Array<ArrayBuffer> | null;
}

/** What is there of the micro-batch in a slot, beside its bytes. */
export interface SlotFlags {
  /** Its log-probs under the rollout's weights lie in the slot. */
  logpOld: boolean;
  /** Its log-probs under the reference lie in the slot. */
  logpRef: boolean;
  numItemsInBatch: number;
  /** The sampler's log-probs lie in the slot. */
  sampled: boolean;
  /** Whose routes lie in the slot; absent: none do. */
  routes?: RoutesOf;
}

/**
 * The micro-batches that an update has on the GPU: their buffers and each slot's flags. How their tokens
 * are packed is not in it: `writeLayout` writes that again.
 */
export interface ResidentBatches {
  buffers: readonly GPUBuffer[];
  flags: readonly Readonly<SlotFlags>[];
}

/** Log-probs that an update computes itself where a micro-batch comes without them. */
export type Scored = "logpOld" | "logpRef";

/** What the objective reads of a micro-batch. */
export interface BatchInputs extends Record<Scored, GPUBuffer> {
  logpSampled: GPUBuffer; // (B, K)
  mask: GPUBuffer; // (B, K) u32
  advantage: GPUBuffer; // (B)
}

/** One quantity of a micro-batch: where kernels read it, and where every slot's lies. */
interface Part {
  working: GPUBuffer;
  /** Of all slots. (slots, length) */
  resident: GPUBuffer;
  /** Elements of 4 bytes in one slot. */
  length: number;
}

const PARTS = ["targets", "mask", "advantage", "logpSampled", "logpOld", "logpRef"] as const;
type PartName = (typeof PARTS)[number];

/** The slots of an update: micro-batches on the GPU, of which one at a time is at work. */
export class BatchSlots implements ResidentBatches {
  readonly #device: GPUDevice;
  readonly #policy: Policy;
  readonly #shape: BatchShape;
  readonly #parts: Readonly<Record<PartName, Part>>;
  readonly #packed: readonly (Part & { name: (typeof PACKED_ARRAYS)[number] })[];
  readonly #routes: RouteSlots | null;
  readonly #counts: BatchCounts[] = [];
  readonly #flags: SlotFlags[];

  /**
   * `shape`: of one micro-batch, whose completions begin a column after `shape.head`. `routes`: of as
   * many slots, which it takes over; null for a policy without a mixture.
   */
  constructor(
    device: GPUDevice,
    policy: Policy,
    inputs: BatchInputs,
    shape: BatchShape,
    slots: number,
    routes: RouteSlots | null,
  ) {
    this.#device = device;
    this.#policy = policy;
    this.#shape = shape;
    const { B, T, head, tail = 0 } = shape;
    const part = (working: GPUBuffer, length: number): Part => {
      const resident = storageBuffer(
        device,
        "batch",
        `update resident ${working.label}`,
        length * slots,
      );
      return { working, length, resident };
    };
    const perToken = B * (T - head - tail);
    this.#parts = {
      targets: part(policy.targets, perToken),
      mask: part(inputs.mask, perToken),
      advantage: part(inputs.advantage, B),
      logpSampled: part(inputs.logpSampled, perToken),
      logpOld: part(inputs.logpOld, perToken),
      logpRef: part(inputs.logpRef, perToken),
    };
    const lengths = packedLengths(shape);
    this.#packed = PACKED_ARRAYS.map((name) => ({
      name,
      ...part(policy.batch[name], lengths[name]),
    }));
    this.#routes = routes;
    const none = { logpOld: false, logpRef: false, numItemsInBatch: 0, sampled: false };
    this.#flags = Array.from({ length: slots }, () => ({ ...none }));
  }

  get buffers(): readonly GPUBuffer[] {
    const routes = this.#routes?.buffers ?? [];
    return [...PARTS.map((name) => this.#parts[name].resident), ...routes];
  }
  get flags(): readonly Readonly<SlotFlags>[] {
    return this.#flags;
  }
  get bytes(): number {
    const own = this.#all.reduce((sum, { resident }) => sum + resident.size, 0);
    return own + (this.#routes?.bytes ?? 0);
  }

  get #all(): readonly Part[] {
    return [...this.#packed, ...Object.values(this.#parts)];
  }

  /** Puts a micro-batch into a slot. What was submitted before still sees the slot's old content. */
  load(slot: number, batch: MicroBatch): void {
    this.writeLayout(slot, batch);
    for (const name of PARTS) {
      const data = batch[name];
      if (data) this.#write(this.#parts[name], slot, data);
    }
    this.#flags[slot] = {
      logpOld: batch.logpOld !== null,
      logpRef: batch.logpRef !== null,
      numItemsInBatch: batch.numItemsInBatch,
      sampled: batch.logpSampled !== null,
    };
    if (this.#routes && batch.routes) {
      const rectangle = completionRectangle(this.#shape, batch);
      this.#routes.load(slot, this.#shape, rectangle, batch.routes);
      this.#flags[slot].routes = "sampled";
    }
  }

  /** Packs the tokens of a slot whose other buffers were written or taken over. */
  writeLayout(slot: number, completions: Completions): void {
    const batch = packBatch(this.#shape, completionRectangle(this.#shape, completions));
    for (const part of this.#packed) this.#write(part, slot, batch[part.name]);
    this.#counts[slot] = countsOf(batch);
  }

  #write(
    { resident, length }: Part,
    slot: number,
    data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  ): void {
    this.#device.queue.writeBuffer(resident, slot * length * 4, data);
  }

  /** Sets the slots' flags, after their buffers were written. */
  setFlags(flags: ResidentBatches["flags"]): void {
    flags.forEach((each, slot) => (this.#flags[slot] = { ...each }));
  }

  /** Records copies of another update's slots of the same shape; their layout is still to be written. */
  takeOver(encoder: GPUCommandEncoder, other: ResidentBatches): void {
    copyAll(encoder, other.buffers, this.buffers);
    this.setFlags(other.flags);
  }

  /** Records that a slot is the one at work. */
  select(encoder: GPUCommandEncoder, slot: number): void {
    this.#policy.setCounts(this.#counts[slot]!);
    for (const { working, resident, length } of this.#all) {
      encoder.copyBufferToBuffer(resident, slot * length * 4, working, 0, length * 4);
    }
    this.#routes?.select(encoder, slot);
  }

  /** Records that the log-probs of the last forward pass, over this slot, are its `name`. */
  saveLogp(encoder: GPUCommandEncoder, slot: number, name: Scored): void {
    const { working, resident, length } = this.#parts[name];
    encoder.copyBufferToBuffer(this.#policy.logp, 0, resident, slot * length * 4, length * 4);
    encoder.copyBufferToBuffer(this.#policy.logp, 0, working, 0, length * 4);
    this.#flags[slot]![name] = true;
  }

  /** Records that the routes of the last forward pass, over this slot, are the rollout's weights'. */
  saveRoutes(encoder: GPUCommandEncoder, slot: number): void {
    const flags = this.#flags[slot]!;
    this.#routes?.save(encoder, slot, flags.routes === "sampled");
    if (this.#routes) flags.routes ??= "own";
  }

  /** Routes of the slot at work under the rollout's weights; null for a policy without a mixture. */
  get oldRoutes(): RouteSlots["old"] | null {
    return this.#routes?.old ?? null;
  }

  destroy(): void {
    this.#routes?.destroy();
    for (const { resident } of this.#all) resident.destroy();
  }
}
