import { readFile } from "node:fs/promises";
import { createRun, decodeSafetensors, requestDevice, runFrom } from "ratioscope";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals); // GPUBufferUsage and its like, which browsers have
const { device, name } = await requestDevice(create([])); // in a browser: navigator.gpu
const config = runFrom("sort", { seed: 1, set: { "sequence.epsilon": "0.03" } });
const file = import.meta.resolve("ratioscope/checkpoints/sort.safetensors");
const weights = decodeSafetensors(await readFile(new URL(file))).tensors;
const run = await createRun({ device, config, weights });
console.log(`${config.arms.length} arms of ${run.parameters} parameters on ${name}`);

while (run.step < 4) {
  // One optimizer step of every arm.
  for (const { arm, step, metrics } of await run.advance()) {
    const { reward, loss, "clip_ratio/region_mean": clipped } = metrics;
    console.log(`step ${step}, ${arm}: reward ${reward}, loss ${loss}, clipped ${clipped}`);
  }
}

run.destroy();
device.destroy();
