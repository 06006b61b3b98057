import { codeOf, kernelSpec } from "../shaders/manifest.ts";
import { uniformWith } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { groups, WORKGROUP, WX, WY } from "./grid.ts";

/** B rows of K scored columns over a vocabulary of V, its logits padded to Vp = ceil4(V) numbers. */
export interface LogProbShape {
  B: number;
  K: number;
  V: number;
}

// The forward and the backward pass have the same ones.
const PARAMS = structOf(codeOf("log-prob.forward"), "Params");

/** Uniform parameters, at a temperature of 1 until another is written. */
export const logProbParams = (device: GPUDevice, { K }: Pick<LogProbShape, "K">): GPUBuffer =>
  uniformWith(device, "log-prob params", PARAMS, { temperature: 1, K });

/** Writes them with another temperature. */
export function setTemperature(
  device: GPUDevice,
  params: GPUBuffer,
  { K }: Pick<LogProbShape, "K">,
  temperature: number,
): void {
  device.queue.writeBuffer(params, 0, PARAMS.pack({ temperature, K }));
}

export interface LogProbBuffers {
  logits: Binding; // (R, Vp), before temperature
  targets: Binding; // (B, K) u32
  logp: Binding; // (B, K); 0 where a row has no token
  entropy: Binding; // (B, K), nats
  stats: Binding; // (R, 2)
  /** Where each sequence lies among the R rows of the logits (shaders/lib/sequence-span.wgsl). */
  spans: Binding; // (B, 5) u32
  params: Binding; // see logProbParams
}

export interface LogProbGradients {
  logits: Binding; // (R, Vp)
  targets: Binding; // (B, K) u32
  stats: Binding; // (R, 2), from the forward pass
  entropy: Binding; // (B, K), from the forward pass
  dlogp: Binding; // (B, K)
  dentropy: Binding; // (B, K)
  dlogits: Binding; // (R, Vp), overwritten; before temperature
  spans: Binding; // (B, 5) u32
  params: Binding;
}

/** Log-probability of the target and entropy of softmax(logits / temperature), in one pass. */
export async function logProbForward(device: GPUDevice, { B, K, V }: LogProbShape) {
  const kernel = await Kernel.create(
    device,
    kernelSpec("log-prob.forward", { V, V4: Math.ceil(V / 4), WORKGROUP }),
  );
  return ({ logits, targets, logp, entropy, stats, spans, params }: LogProbBuffers): Dispatch =>
    kernel.bind([logits, targets, logp, entropy, stats, params, spans], groups(B * K, WORKGROUP));
}

/** dlogits from dlogp and dentropy. */
export async function logProbBackward(device: GPUDevice, { B, K, V }: LogProbShape) {
  const V4 = Math.ceil(V / 4);
  const kernel = await Kernel.create(device, kernelSpec("log-prob.backward", { V, V4, WX, WY }));
  return (b: LogProbGradients): Dispatch =>
    kernel.bind(
      [b.logits, b.targets, b.stats, b.entropy, b.dlogp, b.dentropy, b.dlogits, b.params, b.spans],
      groups(V4, WX),
      groups(B * K, WY),
    );
}
