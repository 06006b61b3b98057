// Kernels that compare two gradients: loaded with their code, when somebody asks. See manifest.ts.
import dotProductFinish from "../../../shaders/statistics/dot-product.finish.wgsl?raw";
import dotProductPartial from "../../../shaders/statistics/dot-product.partial.wgsl?raw";
import { kernelTexts } from "./kernel-texts.ts";

/** As in manifest.ts. */
export const { kernelNames, codeOf, kernelSpec } = kernelTexts({
  "dot-product.finish": [dotProductFinish],
  "dot-product.partial": [dotProductPartial],
});
