import backwardCode from "../../../shaders/policy/log-prob.backward.wgsl?raw";
import forwardCode from "../../../shaders/policy/log-prob.forward.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WORKGROUP, WX, WY } from "./grid.ts";

/** R rows over a vocabulary of V, each row padded to Vp = ceil4(V) numbers. */
export interface LogProbShape {
  R: number;
  V: number;
}

export interface LogProbBuffers {
  logits: Binding; // (R, Vp), before temperature
  targets: Binding; // (R) u32
  logp: Binding; // (R)
  entropy: Binding; // (R), nats
  stats: Binding; // (R, 2)
  /** Uniform: the temperature. */
  params: Binding; // (1)
}

export interface LogProbGradients {
  logits: Binding; // (R, Vp)
  targets: Binding; // (R) u32
  stats: Binding; // (R, 2), from the forward pass
  entropy: Binding; // (R), from the forward pass
  dlogp: Binding; // (R)
  dentropy: Binding; // (R)
  dlogits: Binding; // (R, Vp), overwritten; before temperature
  params: Binding; // (1)
}

/** Log-probability of the target and entropy of softmax(logits / temperature), in one pass. */
export async function logProbForward(device: GPUDevice, { R, V }: LogProbShape) {
  const kernel = await Kernel.create(device, {
    label: "log-prob.forward",
    code: forwardCode,
    constants: { V, V4: Math.ceil(V / 4), WORKGROUP },
  });
  return ({ logits, targets, logp, entropy, stats, params }: LogProbBuffers): Dispatch =>
    kernel.bind([logits, targets, logp, entropy, stats, params], groups(R, WORKGROUP));
}

/** dlogits from dlogp and dentropy. */
export async function logProbBackward(device: GPUDevice, { R, V }: LogProbShape) {
  const V4 = Math.ceil(V / 4);
  const kernel = await Kernel.create(device, {
    label: "log-prob.backward",
    code: backwardCode,
    constants: { R, V, V4, WX, WY },
  });
  return (b: LogProbGradients): Dispatch =>
    kernel.bind(
      [b.logits, b.targets, b.stats, b.entropy, b.dlogp, b.dentropy, b.dlogits, b.params],
      groups(V4, WX),
      groups(R, WY),
    );
}
