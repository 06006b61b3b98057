// Kernels of what Llama has not: loaded with their code, when a policy asks for it. See manifest.ts.
import sequenceSpan from "../../../shaders/lib/sequence-span.wgsl?raw";
import biasBackward from "../../../shaders/policy/bias.backward.wgsl?raw";
import headNormBackward from "../../../shaders/policy/head-norm.backward.wgsl?raw";
import headNormForward from "../../../shaders/policy/head-norm.forward.wgsl?raw";
import mixtureBalance from "../../../shaders/policy/mixture.balance.wgsl?raw";
import mixtureChoose from "../../../shaders/policy/mixture.choose.wgsl?raw";
import mixtureCollect from "../../../shaders/policy/mixture.collect.wgsl?raw";
import mixtureCombine from "../../../shaders/policy/mixture.combine.wgsl?raw";
import mixtureGather from "../../../shaders/policy/mixture.gather.wgsl?raw";
import mixturePlace from "../../../shaders/policy/mixture.place.wgsl?raw";
import mixtureRouterBackward from "../../../shaders/policy/mixture.router.backward.wgsl?raw";
import mixtureSpread from "../../../shaders/policy/mixture.spread.wgsl?raw";
import sinkBackward from "../../../shaders/policy/sink.backward.wgsl?raw";
import keepRoutes from "../../../shaders/sampler/keep-routes.wgsl?raw";
import routeChanges from "../../../shaders/statistics/route-changes.wgsl?raw";
import tokenRoutes from "../../../shaders/statistics/token-routes.wgsl?raw";
import { kernelTexts } from "./kernel-texts.ts";

const parts = {
  "bias.backward": [biasBackward],
  "head-norm.backward": [headNormBackward],
  "head-norm.forward": [headNormForward],
  "mixture.balance": [mixtureBalance],
  "mixture.choose": [mixtureChoose],
  "mixture.collect": [mixtureCollect],
  "mixture.combine": [mixtureCombine],
  "mixture.gather": [mixtureGather],
  "mixture.place": [mixturePlace],
  "mixture.router.backward": [mixtureRouterBackward],
  "mixture.spread": [mixtureSpread],
  "sink.backward": [sinkBackward],
  "keep-routes": [keepRoutes],
  "route-changes": [sequenceSpan, routeChanges],
  "token-routes": [sequenceSpan, tokenRoutes],
} satisfies Record<string, readonly string[]>;

/** As in manifest.ts. */
export type KernelName = keyof typeof parts;

export const { kernelNames, codeOf, kernelSpec } = kernelTexts(parts);
