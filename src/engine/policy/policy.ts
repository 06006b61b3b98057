import type { Dispatch } from "../gpu/kernel.ts";
import type { PolicyShape } from "./shape.ts";

/** The rectangle of token ids that one forward pass reads. */
export interface BatchShape {
  /** Rows. */
  B: number;
  /** Columns: prompt and completion, left-padded. */
  T: number;
  /** First column whose next-token distribution is wanted; K = T − head columns are scored. */
  head: number;
}

/** The policy over a batch: forward, and the whole hand-written backward. */
export interface Policy {
  tokens: GPUBuffer; // (B, T) u32
  /** Column of each row's first real token; earlier columns are padding. */
  start: GPUBuffer; // (B) u32
  /** The token scored at columns head … T − 1, usually `tokens` one column on. */
  targets: GPUBuffer; // (B, K) u32
  /** Before temperature; padded entries are 0. */
  logits: GPUBuffer; // (B·K, Vp)
  /** Log-probability of the target under softmax(logits / temperature). */
  logp: GPUBuffer; // (B, K)
  /** Nats, tempered. */
  entropy: GPUBuffer; // (B, K)
  dlogp: GPUBuffer; // (B, K)
  dentropy: GPUBuffer; // (B, K)
  setTemperature(value: number): void;
  /** Writes logits, logp and entropy. */
  forward: Dispatch;
  /** Adds into dparams; must follow `forward` on the same batch. */
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
export function createPolicy(
  device: GPUDevice,
  shape: PolicyShape,
  batch: BatchShape,
  buffers: PolicyBuffers,
): Promise<Policy> {
  throw new Error(`not written yet: ${String([device, shape, batch, buffers])}`);
}
