import { dynamicMap } from "../engine/optimizer/dynamic-map.ts";
import type {
  Adam8bitFile,
  EdgeResult,
  OneStep,
  SmallTensor,
  Summed,
  Trajectory,
} from "./adam8bit-file.ts";
import { eightBitTensor, initialParams, gradientOf, quantise } from "./adam8bit-tensor.ts";
import { type OnCase, relativeError, Tally, type VectorReport } from "./report.ts";

const EXACT = 0;
/** Rounding of one f32 update. */
const ROUNDING = 5e-7;
/** Rounding of thirty. */
const SMALL = 1e-5;
/** One code more or less in a whole trajectory moves a sum by this much at most. */
const TRAJECTORY = 1e-5;

/** bitsandbytes' block-wise 8-bit AdamW against the trainer's. */
export async function runAdam8bit(
  device: GPUDevice,
  file: Adam8bitFile,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("adam8bit", onCase);
  for (const kind of ["signed", "unsigned"] as const) {
    await tally.case(`${kind} map`, () => {
      const ours = dynamicMap(kind === "signed");
      tally.check("map", differing(ours, Float32Array.from(file.maps[kind])), EXACT);
    });
    await tally.case(`${kind} quantizer probes`, async () => {
      const { codes } = await quantise(device, kind === "signed", probes(file.maps[kind]), [1]);
      tally.check("probe_codes", differing(codes, file.quantizer_probes[kind]), EXACT);
    });
  }
  for (const block of file.quantise_blocks) {
    await tally.case(block.name, async () => {
      const { codes, restored } = await quantise(device, block.signed, block.input, block.absmax);
      tally.check("block_codes", differing(codes, block.optimizer_path_codes), EXACT);
      tally.check("block_codes", differing(codes, block.codes), EXACT);
      tally.check("dequantised", relativeError(restored, block.dequantised), ROUNDING);
    });
  }
  for (const one of file.one_step) await tally.case(one.name, () => oneStep(device, one, tally));
  for (const one of file.small_tensors_32bit_state) {
    await tally.case(one.name, () => smallTensor(device, one, tally));
  }
  for (const [index, edge] of file.edge_cases.entries()) {
    await tally.case(edge.name, () => edgeCase(device, index, edge.result, tally));
  }
  for (const one of file.trajectories) {
    await tally.case(one.name, () => trajectory(device, one, tally));
  }
  return tally.report();
}

const differing = (actual: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Array.from(expected).filter((value, i) => !Object.is(actual[i], value)).length +
  Math.abs(actual.length - expected.length);

/** Map entries, the midpoints between them, and the floats next above and below each midpoint. */
function probes(map: readonly number[]): number[] {
  const entries = Float32Array.from(map);
  const midpoints = Float32Array.from({ length: 255 }, (_, i) =>
    Math.fround(Math.fround(entries[i]! + entries[i + 1]!) * 0.5),
  );
  const next = (by: number) => {
    const bits = new Int32Array(midpoints.slice().buffer);
    // Floats of one sign are ordered as their bits are.
    return new Float32Array(bits.map((b, i) => b + (midpoints[i]! < 0 ? -by : by)).buffer);
  };
  return [...entries, ...midpoints, ...next(1), ...next(-1)];
}

async function oneStep(device: GPUDevice, one: OneStep, tally: Tally) {
  const { before, after } = one;
  const tensor = await eightBitTensor(device, before.params, one.gnorm_scale);
  tensor.load(before);
  tensor.step(one, one.step, before.grad);
  const now = await tensor.read();
  tally.check("step_codes_m", differing(now.state1, after.state1), EXACT);
  tally.check("step_codes_v", differing(now.state2, after.state2), EXACT);
  tally.check("step_absmax_m", relativeError(now.absmax1, after.absmax1), ROUNDING);
  tally.check("step_absmax_v", relativeError(now.absmax2, after.absmax2), ROUNDING);
  tally.check("step_params", relativeError(now.params, after.params), ROUNDING);
  tensor.destroy();
}

async function smallTensor(device: GPUDevice, one: SmallTensor, tally: Tally) {
  const tensor = await eightBitTensor(device, initialParams(one.n), 1, [one.n]);
  for (let step = 1; step <= 30; step++) {
    tensor.step(one, step, gradientOf(one.gradient, one.n, step));
    const snapshot = one.snapshots.find((candidate) => candidate.step === step);
    if (!snapshot) continue;
    const { params, m, v } = await tensor.read();
    tally.check("small_params", relativeError(params, snapshot.params), SMALL);
    tally.check("small_m", relativeError(m, snapshot.state1), SMALL);
    tally.check("small_v", relativeError(v, snapshot.state2), SMALL);
  }
  tensor.destroy();
}

/**
 * The states that the file names in words. Its numbers follow from step 3 at a rate of 0.001, betas
 * of 0.9 and 0.999, ε of 1e-8 and the trajectories' parameters.
 */
async function edgeCase(device: GPUDevice, index: number, result: EdgeResult, tally: Tally) {
  const n = 256;
  const params = initialParams(n);
  const tensor = await eightBitTensor(device, params, 1);
  const settings = { lr: 1e-3, betas: [0.9, 0.999] as [number, number], eps: 1e-8 };
  const zeros = Array<number>(n).fill(0);
  switch (index) {
    case 0:
      tensor.step({ ...settings, weight_decay: 0 }, 3, zeros);
      break;
    case 1: {
      const codes = Array<number>(n).fill(200);
      tensor.load({ params, state1: codes, state2: codes, absmax1: [0.01], absmax2: [1e-4] });
      const gradient = Array<number>(n).fill(0.01).with(3, NaN).with(4, Infinity);
      tensor.step({ ...settings, weight_decay: 0.1 }, 3, gradient);
      break;
    }
    case 2: {
      const gradient = zeros.with(0, 1).with(1, 1e-9).with(2, -1e-9).with(3, -0);
      tensor.step({ ...settings, weight_decay: 0 }, 3, gradient);
      break;
    }
    default:
      throw new Error("not one of the three edge cases that are known here");
  }
  const now = await tensor.read();
  tensor.destroy();
  const from = index === 1 ? 2 : 0;
  const delta = now.params.map((value, i) => value - Math.fround(params[i]!));
  const part = (values: ArrayLike<number>, like: readonly number[]) =>
    Array.from(values).slice(from, from + like.length);

  if (result.param_changed !== undefined) {
    const changed = delta.some((value) => value !== 0);
    tally.check("edge_params", changed === result.param_changed ? 0 : Infinity, EXACT);
  }
  if (result.param_delta) {
    const error = relativeError(part(delta, result.param_delta), result.param_delta);
    tally.check("edge_params", error, 5e-4); // a difference of two f32 near 0.5
  }
  for (const name of ["state1", "state2"] as const) {
    const expected = result[name];
    if (expected) tally.check("edge_codes", differing(part(now[name], expected), expected), EXACT);
    const all = result[`${name}_codes`];
    if (all) tally.check("edge_codes", differing([...new Set(now[name])], all), EXACT);
  }
  for (const name of ["absmax1", "absmax2"] as const) {
    const expected = result[name];
    if (expected !== undefined) {
      tally.check("edge_absmax", relativeError(now[name], [expected]), ROUNDING);
    }
  }
}

async function trajectory(device: GPUDevice, one: Trajectory, tally: Tally) {
  const tensor = await eightBitTensor(device, initialParams(one.n), one.gnorm_scale);
  for (let step = 1; step <= one.steps; step++) {
    tensor.step(one, step, gradientOf(one.gradient, one.n, step));
    const expected = one.cuda_kernel.find((candidate) => candidate.step === step);
    if (!expected) continue;
    const now = await tensor.read();
    const values: Record<Summed, ArrayLike<number>> = {
      params: now.params,
      state1_codes: now.state1,
      state2_codes: now.state2,
      absmax1: now.absmax1,
      absmax2: now.absmax2,
      dequantised_m: now.restored1,
      dequantised_v: now.restored2,
    };
    for (const [name, array] of Object.entries(values) as [Summed, ArrayLike<number>][]) {
      const { sum, sumsq } = expected[name];
      const ours = Array.from(array);
      // A sum's error is measured against the sum of that many numbers of their root mean square.
      const scale = Math.sqrt(sumsq * ours.length);
      const error = Math.abs(ours.reduce((all, x) => all + x, 0) - sum) / scale;
      const squares = Math.abs(ours.reduce((all, x) => all + x * x, 0) - sumsq) / sumsq;
      tally.check(`trajectory_${name}_sum`, error, TRAJECTORY);
      tally.check(`trajectory_${name}_sumsq`, squares, TRAJECTORY);
    }
    const { samples } = expected;
    const at = (array: ArrayLike<number>) => samples.index.map((i) => array[i]!);
    const far = at(now.params).filter((x, i) => Math.abs(x - samples.param[i]!) > 1e-6).length;
    tally.check("trajectory_samples_apart", far, 2);
    tally.check("trajectory_sample_codes", differing(at(now.state1), samples.state1), 2);
    tally.check("trajectory_sample_codes", differing(at(now.state2), samples.state2), 2);
  }
  tensor.destroy();
}
