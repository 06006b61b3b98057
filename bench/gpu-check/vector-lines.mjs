// Files of reference vectors on a device: a line a file. For any host with WebGPU.
import { isVectorFile, runners } from "../../src/vectors/runners.ts";

/**
 * @param {import("../../src/engine/gpu/context.ts").GpuContext} gpu
 * @param {Iterable<readonly [name: string, read: () => string | Promise<string>]>} files
 */
export async function* vectorLines(gpu, files) {
  /** @type {string[]} */
  const errors = [];
  gpu.device.addEventListener("uncapturederror", (event) => errors.push(event.error.message));
  for (const [file, read] of files) {
    const parsed = JSON.parse(await read());
    const run = isVectorFile(parsed) ? runners[parsed.kind] : undefined;
    if (!run) throw new Error(`${file} is no file of reference vectors.`);
    const began = performance.now();
    const { kind: of, ...report } = await run(gpu, parsed);
    const ms = Math.round(performance.now() - began);
    const told = { kind: "vectors", family: gpu.matmul, file, of, ms, ...report };
    yield { ...told, errors: errors.splice(0) };
  }
}
