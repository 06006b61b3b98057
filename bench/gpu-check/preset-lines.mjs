// The first steps of presets from random weights, products in registers: a line a step of an arm, with
// every number of it but what the clock measured. For any host with WebGPU.
import { runFrom } from "../../src/config/run-from.ts";
import { requestDevice } from "../../src/engine/gpu/device.ts";
import { createRun } from "../../src/engine/run/run.ts";

/** @param {number} steps @param {readonly string[]} presets */
export async function* presetLines(steps, presets) {
  for (const preset of presets) {
    const { device, name } = await requestDevice(navigator.gpu);
    /** @type {string[]} */
    const errors = [];
    device.addEventListener("uncapturederror", (event) => errors.push(event.error.message));
    const config = { ...runFrom(preset, { seed: 1, set: {} }), warmStart: null };
    const run = await createRun({ device, config, family: "register", weights: null });
    while (run.step < steps) {
      for (const { arm, step, metrics } of await run.advance()) {
        const steady = Object.entries(metrics).filter(([each]) => !each.includes("time"));
        const told = { kind: "preset", preset, arm, step, adapter: name, errors: errors.splice(0) };
        yield { ...told, metrics: Object.fromEntries(steady) };
      }
    }
    run.destroy();
    device.destroy();
  }
}
