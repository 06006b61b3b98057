import { create, globals } from "webgpu";

declare global {
  /** Kept for good: what came from it crashes the process once it is collected. */
  var dawn: GPU | undefined;
}

// This runs before each file, and files of one process share what it sets up the first time.
if (globalThis.dawn === undefined) {
  // Node has no WebGPU of its own (and before version 21 no navigator): give it Dawn's.
  Object.assign(globalThis, globals);
  globalThis.dawn = create([]);

  // Dawn asks whether the GPU is done by `setImmediate`, over and over: a whole core, which the
  // software GPU needs. Its questions, functions without source text, come a millisecond apart instead.
  const { setImmediate: soon, setTimeout: later } = globalThis;
  const isDawns = (task: unknown): boolean =>
    Function.prototype.toString.call(task).endsWith("{ [native code] }");
  const patient = (task: (...args: unknown[]) => void, ...args: unknown[]) =>
    isDawns(task) ? later(task, 1, ...args) : soon(task, ...args);
  globalThis.setImmediate = Object.assign(patient, soon) as typeof setImmediate;
}
Object.defineProperty(globalThis, "navigator", {
  value: { ...globalThis.navigator, gpu: globalThis.dawn },
  configurable: true,
});
