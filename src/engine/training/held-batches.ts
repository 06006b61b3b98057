import { storageBuffer } from "../gpu/buffers.ts";
import { copyAll } from "../gpu/snapshot.ts";
import { type Filled, filledOf, layOutPlaces, PLACES, placesShape } from "../policy/places.ts";
import type { BatchShape, Policy } from "../policy/policy.ts";

/** One micro-batch as plain data, wherever it came from. B rows, T = P + K − 1 columns. */
export interface MicroBatch {
  /** Prompt and completion without its last token; left-padded. (B, T) */
  tokens: Uint32Array<ArrayBuffer>;
  /** First real column of each row. (B) */
  start: Uint32Array<ArrayBuffer>;
  /** Tokens of each completion, its end-of-sequence included; what follows is padding. (B) */
  length: Uint32Array<ArrayBuffer>;
  /** Completion tokens. (B, K) */
  targets: Uint32Array<ArrayBuffer>;
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
}

/** What is known of the micro-batch in a slot beside its bytes. */
export interface KnownSlot {
  /** Its log-probs under the rollout's weights lie in the slot. */
  logpOld: boolean;
  /** Its log-probs under the reference lie in the slot. */
  logpRef: boolean;
  numItemsInBatch: number;
  /** The sampler's log-probs are known. */
  sampled: boolean;
}

/**
 * The batches in flight of an update: the buffers and what is known of each slot. Where their tokens
 * lie is not in it: `lay` says it again.
 */
export interface HeldBatches {
  buffers: readonly GPUBuffer[];
  known: readonly Readonly<KnownSlot>[];
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
  held: GPUBuffer;
  /** Elements of 4 bytes in one slot. */
  length: number;
}

const PARTS = ["targets", "mask", "advantage", "logpSampled", "logpOld", "logpRef"] as const;
type PartName = (typeof PARTS)[number];

/** The slots of an update: micro-batches on the GPU, of which one at a time is at work. */
export class BatchSlots implements HeldBatches {
  readonly #device: GPUDevice;
  readonly #policy: Policy;
  readonly #shape: BatchShape;
  readonly #parts: Readonly<Record<PartName, Part>>;
  readonly #places: readonly (Part & { name: (typeof PLACES)[number] })[];
  readonly #filled: Filled[] = [];
  readonly #known: KnownSlot[];

  /** `shape`: of one micro-batch, whose completions begin a column after `shape.head`. */
  constructor(
    device: GPUDevice,
    policy: Policy,
    inputs: BatchInputs,
    shape: BatchShape,
    slots: number,
  ) {
    this.#device = device;
    this.#policy = policy;
    this.#shape = shape;
    const { B, T, head } = shape;
    const part = (working: GPUBuffer, length: number): Part => {
      const held = storageBuffer(device, "batch", `update held ${working.label}`, length * slots);
      return { working, length, held };
    };
    const perToken = B * (T - head);
    this.#parts = {
      targets: part(policy.targets, perToken),
      mask: part(inputs.mask, perToken),
      advantage: part(inputs.advantage, B),
      logpSampled: part(inputs.logpSampled, perToken),
      logpOld: part(inputs.logpOld, perToken),
      logpRef: part(inputs.logpRef, perToken),
    };
    const laid = placesShape(shape);
    this.#places = PLACES.map((name) => ({ name, ...part(policy.batch[name], laid[name]) }));
    const none = { logpOld: false, logpRef: false, numItemsInBatch: 0, sampled: false };
    this.#known = Array.from({ length: slots }, () => ({ ...none }));
  }

  get buffers(): readonly GPUBuffer[] {
    return PARTS.map((name) => this.#parts[name].held);
  }
  get known(): readonly Readonly<KnownSlot>[] {
    return this.#known;
  }
  get bytes(): number {
    return this.#all.reduce((sum, { held }) => sum + held.size, 0);
  }

  get #all(): readonly Part[] {
    return [...this.#places, ...Object.values(this.#parts)];
  }

  /** Puts a micro-batch into a slot. What was submitted before still sees the slot's old content. */
  load(slot: number, batch: MicroBatch): void {
    this.lay(slot, batch);
    for (const name of PARTS) {
      const data = batch[name];
      if (data) this.#write(this.#parts[name], slot, data);
    }
    this.#known[slot] = {
      logpOld: batch.logpOld !== null,
      logpRef: batch.logpRef !== null,
      numItemsInBatch: batch.numItemsInBatch,
      sampled: batch.logpSampled !== null,
    };
  }

  /** Says where the tokens of a slot lie, whose other buffers were written or taken over. */
  lay(
    slot: number,
    { tokens, start, length }: Pick<MicroBatch, "tokens" | "start" | "length">,
  ): void {
    const end = length.map((count) => this.#shape.head + count);
    const batch = layOutPlaces(this.#shape, { tokens, start, end });
    for (const place of this.#places) this.#write(place, slot, batch[place.name]);
    this.#filled[slot] = filledOf(batch);
  }

  #write(
    { held, length }: Part,
    slot: number,
    data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  ): void {
    this.#device.queue.writeBuffer(held, slot * length * 4, data);
  }

  /** What is known of the slots, after their buffers were written. */
  know(of: HeldBatches["known"]): void {
    of.forEach((each, slot) => (this.#known[slot] = { ...each }));
  }

  /** Records copies of another update's slots of the same shape; their tokens are still to be laid. */
  takeOver(encoder: GPUCommandEncoder, other: HeldBatches): void {
    copyAll(encoder, other.buffers, this.buffers);
    this.know(other.known);
  }

  /** Records that a slot is the one at work. */
  select(encoder: GPUCommandEncoder, slot: number): void {
    this.#policy.fill(this.#filled[slot]!);
    for (const { working, held, length } of this.#all) {
      encoder.copyBufferToBuffer(held, slot * length * 4, working, 0, length * 4);
    }
  }

  /** Records that the log-probs of the last forward pass, over this slot, are its `name`. */
  keep(encoder: GPUCommandEncoder, slot: number, name: Scored): void {
    const { working, held, length } = this.#parts[name];
    encoder.copyBufferToBuffer(this.#policy.logp, 0, held, slot * length * 4, length * 4);
    encoder.copyBufferToBuffer(this.#policy.logp, 0, working, 0, length * 4);
    this.#known[slot]![name] = true;
  }

  destroy(): void {
    for (const { held } of this.#all) held.destroy();
  }
}
