import { create, globals } from "webgpu";
import { spaceDawnsPolling } from "../../src/cli/dawn-polling.ts";

// Node has no WebGPU of its own (and before version 21 no navigator): give it Dawn's, once for all
// files of a process.
if (!("GPUDevice" in globalThis)) {
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, "navigator", {
    value: { ...globalThis.navigator, gpu: create([]) },
    configurable: true,
  });
  spaceDawnsPolling();
}
