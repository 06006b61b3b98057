// The kernel that looks whether an adapter computes right: loaded when a run is set up. See manifest.ts.
import adapterCheck from "../../../shaders/statistics/adapter-check.wgsl?raw";
import { kernelTexts } from "./kernel-texts.ts";

/** As in manifest.ts. */
export const { kernelNames, codeOf, kernelSpec } = kernelTexts({ "adapter-check": [adapterCheck] });
