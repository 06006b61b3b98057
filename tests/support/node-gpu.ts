import { create, globals } from "webgpu";

// Node has no WebGPU of its own: give it Dawn's, once per process.
if (!("gpu" in navigator)) {
  Object.assign(globalThis, globals);
  Object.defineProperty(navigator, "gpu", { value: create([]), configurable: true });
}
