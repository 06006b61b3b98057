import type { Dispatch } from "../../engine/gpu/kernel.ts";
import { encode, launchesOf } from "./launches.ts";
import { median } from "./measure.ts";

/** Rounds, or as many as half a minute has. */
const ROUNDS = 5;
const ENOUGH_MS = 30_000;

/** GPU milliseconds of each kernel in `run`, its dispatches added up; null without timestamps. */
export async function kernelTimes(
  device: GPUDevice,
  run: Dispatch,
): Promise<Record<string, number> | null> {
  if (!device.features.has("timestamp-query")) return null;
  const launches = launchesOf(run);
  const count = 2 * launches.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({
    size: count * 8,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({
    size: count * 8,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const rounds: number[][] = launches.map(() => []);
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0 && performance.now() - began > ENOUGH_MS) break;
    const encoder = device.createCommandEncoder();
    launches.forEach((launch, i) => {
      const timestampWrites = {
        querySet,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      };
      const pass = encoder.beginComputePass({ timestampWrites });
      encode(pass, launch);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const stamps = new BigInt64Array(staging.getMappedRange());
    rounds.forEach((times, i) => times.push(Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1e6));
    staging.unmap();
  }
  querySet.destroy();
  resolved.destroy();
  staging.destroy();
  const totals: Record<string, number> = {};
  launches.forEach(({ label }, i) => {
    totals[label] = (totals[label] ?? 0) + median(rounds[i]!);
  });
  const rounded = Object.entries(totals).map(([k, ms]) => [k, Number(ms.toFixed(3))] as const);
  return Object.fromEntries(rounded.toSorted(([, a], [, b]) => b - a));
}
