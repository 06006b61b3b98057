// A reward of one's own, beside two of the task's, trains a shipped policy on.
import { readFile } from "node:fs/promises";
import {
  createRun,
  decodeSafetensors,
  requestDevice,
  runFrom,
  task,
  withRewards,
} from "ratioscope";
import { create, globals } from "webgpu";

/**
 * Share of neighbours in ascending order; null, for no opinion, where there are none.
 * @type {import("ratioscope").Reward}
 */
function ascending(_prompt, completion) {
  const pairs = completion.slice(1).map((digit, i) => digit >= (completion[i] ?? ""));
  return pairs.length === 0 ? null : pairs.filter(Boolean).length / pairs.length;
}

const sort = withRewards(task("sort"), ["exact", "ends", ascending]);
const set = { reward_weights: "0.5, 0.1, 0.4" }; // left out: 1 each, as in TRL
const config = runFrom("sort", { task: sort, arms: ["sequence"], seed: 1, set });

Object.assign(globalThis, globals); // GPUBufferUsage and its like, which browsers have
const { device } = await requestDevice(create([])); // in a browser: navigator.gpu
const file = import.meta.resolve("ratioscope/checkpoints/sort.safetensors");
const weights = decodeSafetensors(await readFile(new URL(file))).tensors;
const run = await createRun({ device, config, task: sort, weights });

while (run.step < 4) {
  for (const { step, metrics } of await run.advance()) {
    const { reward, "rewards/exact/mean": exact, "rewards/ascending/mean": order } = metrics;
    console.log(`step ${step}: reward ${reward}, exact ${exact}, ascending ${order}`);
  }
}

run.destroy();
device.destroy();
