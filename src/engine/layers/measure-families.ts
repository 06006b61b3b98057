import { storageBuffer } from "../gpu/buffers.ts";
import { families, type Family } from "../gpu/family.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { linearForward } from "./linear.ts";

/** A product of the size that a training step has. */
const SHAPE = { R: 2048, I: 256, O: 256 };
/** Launches in a submission: the wait at its end must not count. */
const REPEATS = 8;
const ROUNDS = 5;
/** No further round begins after so long. */
const MOST_MS = 80;

/** Milliseconds of REPEATS products by either family, medians of alternated submissions. */
export async function measureFamilies(device: GPUDevice): Promise<Record<Family, number>> {
  const { R, I, O } = SHAPE;
  const [x, weight, y] = [R * I, O * I, R * O].map((length) =>
    storageBuffer(device, "batch", "family", length),
  ) as [GPUBuffer, GPUBuffer, GPUBuffer];
  const products = await Promise.all(
    families.map(async (family) => {
      const bind = await linearForward({ device, matmul: family }, SHAPE);
      return { family, run: bind({ x, weight, norm: null, y, residual: null }) };
    }),
  );
  for (const { run } of products) await submit(device, run, 1);
  const times: Record<Family, number[]> = { register: [], workgroup: [] };
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0 && performance.now() - began > MOST_MS) break;
    for (const { family, run } of products) {
      const submitted = performance.now();
      await submit(device, run, REPEATS);
      times[family].push(performance.now() - submitted);
    }
  }
  for (const buffer of [x, weight, y]) buffer.destroy();
  return { register: median(times.register), workgroup: median(times.workgroup) };
}

async function submit(device: GPUDevice, run: Dispatch, times: number): Promise<void> {
  const encoder = device.createCommandEncoder({ label: "family" });
  const pass = encoder.beginComputePass();
  for (let i = 0; i < times; i++) run(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;
