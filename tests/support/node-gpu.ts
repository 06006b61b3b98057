import { create, globals } from "webgpu";

// Node has no WebGPU of its own (and before version 21 no navigator): give it Dawn's.
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, "navigator", {
  value: { ...globalThis.navigator, gpu: create([]) },
  configurable: true,
});

// Dawn asks whether the GPU is done by `setImmediate`, over and over: a whole core, which the
// software GPU needs. Its questions, functions without source text, come a millisecond apart instead.
const { setImmediate: soon, setTimeout: later } = globalThis;
const isDawns = (task: unknown): boolean =>
  Function.prototype.toString.call(task).endsWith("{ [native code] }");
const patient = (task: (...args: unknown[]) => void, ...args: unknown[]) =>
  isDawns(task) ? later(task, 1, ...args) : soon(task, ...args);
globalThis.setImmediate = Object.assign(patient, soon) as typeof setImmediate;
