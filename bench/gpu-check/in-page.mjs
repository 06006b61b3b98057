// The parts in a page of a browser: `window.everywhere` runs one and logs its lines, each as JSON.
import { requestDevice } from "../../src/engine/gpu/device.ts";
import { kernelLines } from "./kernel-lines.mjs";
import { presetLines } from "./preset-lines.mjs";
import { vectorLines } from "./vector-lines.mjs";

/** @param {readonly string[]} names */
async function* vectors(names) {
  const { device } = await requestDevice(navigator.gpu);
  const read = (/** @type {string} */ name) => async () => (await fetch(`vectors/${name}`)).text();
  const files = names.map((name) => /** @type {const} */ ([name, read(name)]));
  yield* vectorLines({ device, matmul: "register" }, files);
  device.destroy();
}

const parts = {
  kernels: (/** @type {readonly string[]} */ [shard, of]) => kernelLines(Number(shard), Number(of)),
  vectors,
  presets: (/** @type {readonly string[]} */ [steps, ...names]) =>
    presetLines(Number(steps), names),
};

Object.assign(window, {
  /** @param {keyof typeof parts} part @param {readonly string[]} args */
  async everywhere(part, args) {
    for await (const line of parts[part](args)) console.log(JSON.stringify(line));
  },
});
