import { isSoftware } from "../gpu/adapter.ts";
import { storageBuffer, storageBufferOf } from "../gpu/buffers.ts";
import type { GpuContext } from "../gpu/context.ts";
import { DeviceError } from "../gpu/device.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";
import { readBuffer } from "../gpu/readback.ts";
import { kernelSpec } from "../shaders/adapter-check.ts";
import { linearForward } from "./linear.ts";

/** A product of the family in use: more rows than a tile, and a ragged one. */
const SHAPE = { R: 132, I: 64, O: 96 };
const LANES = 64;
/** Of exp and ln as WGSL allows them, a hundred times. */
const TOLERANCE = 1e-4;

const checked = new WeakMap<GPUDevice, Promise<void>>();

/**
 * Throws a DeviceError where the adapter does not compute right: integers, sums through workgroup memory,
 * NaN, exp and ln, and, but for a software adapter, whose product would take longer to compile than all
 * of this, a product by the family in use. Once per device; some milliseconds.
 */
export function checkAdapter(gpu: GpuContext): Promise<void> {
  let check = checked.get(gpu.device);
  if (!check) checked.set(gpu.device, (check = look(gpu)));
  return check;
}

async function look(gpu: GpuContext): Promise<void> {
  for (const { what, found, right, tolerance = 0 } of [
    ...(await sums(gpu)),
    ...(isSoftware(gpu.device.adapterInfo) ? [] : await product(gpu)),
  ]) {
    if (Math.abs(found - right) <= tolerance * Math.abs(right)) continue;
    throw new DeviceError(
      "miscomputes",
      `This GPU or its driver does not compute right: ${what} came to ${found} where ${right} is right.`,
      "Update the graphics driver or the browser, or use another GPU; nothing was trained.",
    );
  }
}

interface Sum {
  what: string;
  found: number;
  right: number;
  /** Relative; 0 where it is left out. */
  tolerance?: number;
}

async function sums({ device }: GpuContext): Promise<Sum[]> {
  const x = Uint32Array.from({ length: LANES }, (_, i) => Math.imul(i + 1, 0x9e3779b9));
  // Every eighth is NaN.
  const values = Float32Array.from(x, (_, i) => (i % 8 === 3 ? NaN : i));
  const inputs = [x, values].map((data) => storageBufferOf(device, "batch", "adapter check", data));
  const into = storageBuffer(device, "batch", "adapter check", 6);
  const kernel = await Kernel.create(device, kernelSpec("adapter-check"));
  const bits = await result(device, kernel.bind([...inputs, into], 1), into);
  for (const buffer of inputs) buffer.destroy();
  const [whole, real] = [new Uint32Array(bits), new Float32Array(bits)];
  const total = (term: (i: number) => number): number => x.reduce((sum, _, i) => sum + term(i), 0);
  const high = (a: number): number => Number((BigInt(a) * 0xd2511f53n) >> 32n);
  return [
    { what: "a sum of hashes", found: whole[0]!, right: total((i) => high(x[i]!)) % 2 ** 32 },
    { what: "a sum of products", found: real[1]!, right: total((i) => i * (-2 * i - 8)) },
    { what: "the number of NaN", found: whole[2]!, right: LANES / 8 },
    {
      what: "a sum of exponentials",
      found: real[3]!,
      right: total((i) => Math.exp(-i / 8)),
      tolerance: TOLERANCE,
    },
    {
      what: "a sum of logarithms",
      found: real[4]!,
      right: total((i) => Math.log(1 + i)),
      tolerance: TOLERANCE,
    },
    { what: "a sum of integers", found: whole[5]!, right: total((i) => x[i]!) % 2 ** 32 },
  ];
}

/** Small integers, so that every sum is exact in whatever order. */
async function product(gpu: GpuContext): Promise<Sum[]> {
  const { device } = gpu;
  const { R, I, O } = SHAPE;
  const small = (length: number, factor: number) =>
    Float32Array.from({ length }, (_, i) => ((i * factor) % 7) - 3);
  const [left, right] = [small(R * I, 5), small(O * I, 3)];
  const [x, weight] = [left, right].map((data) =>
    storageBufferOf(device, "batch", "adapter check", data),
  ) as [GPUBuffer, GPUBuffer];
  const y = storageBuffer(device, "batch", "adapter check", R * O);
  const bind = await linearForward(gpu, SHAPE);
  const bits = await result(device, bind({ x, weight, norm: null, y, residual: null }), y);
  for (const buffer of [x, weight]) buffer.destroy();
  return Array.from(new Float32Array(bits), (found, at) => {
    const [row, column] = [Math.floor(at / O), at % O];
    let sum = 0;
    for (let i = 0; i < I; i++) sum += left[row * I + i]! * right[column * I + i]!;
    return { what: `entry ${row}, ${column} of a matrix product`, found, right: sum };
  });
}

/** What a launch writes into a buffer, which is then destroyed. */
async function result(device: GPUDevice, run: Dispatch, into: GPUBuffer): Promise<ArrayBuffer> {
  const encoder = device.createCommandEncoder({ label: "adapter check" });
  const pass = encoder.beginComputePass();
  run(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
  const bits = await readBuffer(device, into);
  into.destroy();
  return bits;
}
