import { storageBuffer, storageBufferOf } from "../engine/gpu/buffers.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import { createOptimizer } from "../engine/optimizer/optimizer.ts";
import { scheduleMultiplier } from "../config/schedules.ts";
import { submit } from "./submit.ts";
import { type OnCase, relativeError, Tally, type VectorReport } from "./report.ts";

interface Snapshot {
  step: number;
  params: number[][];
  exp_avg?: number[][];
  exp_avg_sq?: number[][];
}

interface OptimizerCase {
  name: string;
  lr: number;
  betas: [number, number];
  eps: number;
  weight_decay: number;
  max_norm: number | null;
  pre_clip_norms: number[];
  snapshots: Snapshot[];
  lr_per_step?: number[];
}

type Constants = Record<
  "pa" | "pb" | "pc" | "pd" | "sa" | "sb" | "sm" | "ga" | "gb" | "gc" | "zm",
  number
>;

export interface OptimizerFile {
  sizes: number[];
  steps: number;
  constants: Constants;
  cases: OptimizerCase[];
}

/** f32 against torch's float64: rounding of some fifty updates. */
const ALLOWED = 1e-5;

/** torch's AdamW and clip_grad_norm_ against the trainer's optimizer. */
export async function runOptimizer(
  device: GPUDevice,
  file: OptimizerFile,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("optimizer", onCase);
  for (const one of file.cases) await tally.case(one.name, () => runCase(device, file, one, tally));
  return tally.report();
}

/** As in the policy's flat buffer: every tensor starts at a multiple of 64 floats. */
function layoutOf(sizes: readonly number[]) {
  let length = 0;
  const tensors = sizes.map((logical) => {
    const size = Math.ceil(logical / 64) * 64;
    const tensor = { offset: length, size, logical, shape: [logical], decay: true };
    length += size;
    return tensor;
  });
  return { tensors, length };
}

async function runCase(device: GPUDevice, file: OptimizerFile, one: OptimizerCase, tally: Tally) {
  const { constants: c, sizes, steps } = file;
  const layout = layoutOf(sizes);
  const fill = (value: (k: number, i: number) => number) => {
    const flat = new Float32Array(layout.length);
    layout.tensors.forEach(({ offset, logical }, k) => {
      for (let i = 0; i < logical; i++) flat[offset + i] = value(k, i);
    });
    return flat;
  };
  const slices = (flat: Float32Array) =>
    layout.tensors.map(({ offset, logical }) => flat.subarray(offset, offset + logical));

  const params = storageBufferOf(
    device,
    "weights",
    "params",
    fill((k, i) => c.pa * Math.cos(c.pb + c.pc * i + c.pd * k)),
  );
  const dparams = storageBuffer(device, "weights", "dparams", layout.length);
  const optimizer = await createOptimizer(device, layout, { params, dparams }, "adamw_torch");
  const compare = async (quantity: string, buffer: GPUBuffer, expected: number[][] | undefined) => {
    if (!expected) return;
    const actual = slices(await readFloats(device, buffer));
    expected.forEach((values, k) => {
      tally.check(quantity, relativeError(actual[k]!, values), ALLOWED);
    });
  };

  const norms: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const scale = c.sa * (1 + (step % c.sm === 0 ? c.sb : 0));
    const gradients = fill((k, i) =>
      (i + k) % c.zm === 0 ? 0 : Math.sin(1 + c.ga * i + c.gb * step + c.gc * k) * scale,
    );
    device.queue.writeBuffer(dparams, 0, gradients);
    optimizer.configure({
      learningRate: learningRateOf(one, step, tally),
      step,
      beta1: one.betas[0],
      beta2: one.betas[1],
      epsilon: one.eps,
      weightDecay: one.weight_decay,
      maxGradNorm: one.max_norm ?? 0,
    });
    submit(device, optimizer.run);
    norms.push((await readFloats(device, optimizer.status))[0]!);

    const snapshot = one.snapshots.find((candidate) => candidate.step === step);
    if (!snapshot) continue;
    const [m, v] = optimizer.state;
    await compare("params", params, snapshot.params);
    await compare("exp_avg", m!, snapshot.exp_avg);
    await compare("exp_avg_sq", v!, snapshot.exp_avg_sq);
  }
  one.pre_clip_norms.forEach((norm, i) => {
    tally.check("grad_norm", relativeError([norms[i]!], [norm]), ALLOWED);
  });

  optimizer.destroy();
  params.destroy();
  dparams.destroy();
}

/** The rate of this step; where the case follows a schedule, ours, held against the one logged. */
function learningRateOf(one: OptimizerCase, step: number, tally: Tally): number {
  const logged = one.lr_per_step?.[step - 1];
  if (logged === undefined) return one.lr;
  const run = { warmup: 5, total: 50, base: one.lr };
  const rate = one.lr * scheduleMultiplier("cosine", {}, step - 1, run);
  tally.check("learning_rate", Math.abs(rate - logged) / one.lr, 1e-10);
  return rate;
}
