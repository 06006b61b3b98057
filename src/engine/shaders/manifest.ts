// What every kernel is made of. Its own file is WGSL as it stands; fragments of shaders/lib, which are no
// kernels, go before it (lanes.*, which hold directives, before all) or after it (linear.into-*). A
// product also has one of rows.* before it.
import adafactor from "../../../shaders/lib/adafactor.wgsl?raw";
import dynamicMap from "../../../shaders/lib/dynamic-map.wgsl?raw";
import lanesQuad from "../../../shaders/lib/lanes.quad.wgsl?raw";
import lanesSingle from "../../../shaders/lib/lanes.single.wgsl?raw";
import linearBackward from "../../../shaders/lib/linear.backward.wgsl?raw";
import linearForward from "../../../shaders/lib/linear.forward.wgsl?raw";
import linearIntoClamped from "../../../shaders/lib/linear.into-clamped.wgsl?raw";
import linearIntoRotary from "../../../shaders/lib/linear.into-rotary.wgsl?raw";
import linearIntoStream from "../../../shaders/lib/linear.into-stream.wgsl?raw";
import linearIntoSwiglu from "../../../shaders/lib/linear.into-swiglu.wgsl?raw";
import linearTile from "../../../shaders/lib/linear.tile.wgsl?raw";
import rowsAll from "../../../shaders/lib/rows.all.wgsl?raw";
import rowsByExpert from "../../../shaders/lib/rows.by-expert.wgsl?raw";
import moments from "../../../shaders/lib/moments.wgsl?raw";
import sequenceSpan from "../../../shaders/lib/sequence-span.wgsl?raw";
import settings from "../../../shaders/lib/settings.wgsl?raw";
import advantage from "../../../shaders/objective/advantage.wgsl?raw";
import clip from "../../../shaders/objective/clip.wgsl?raw";
import entropyBonus from "../../../shaders/objective/entropy-bonus.wgsl?raw";
import entropyMask from "../../../shaders/objective/entropy-mask.wgsl?raw";
import groupAdvantage from "../../../shaders/objective/group-advantage.wgsl?raw";
import groupReward from "../../../shaders/objective/group-reward.wgsl?raw";
import loss from "../../../shaders/objective/loss.wgsl?raw";
import sequenceRatio from "../../../shaders/objective/sequence-ratio.wgsl?raw";
import tokenLogRatio from "../../../shaders/objective/token-log-ratio.wgsl?raw";
import adafactorClip from "../../../shaders/optimizer/adafactor.clip.wgsl?raw";
import adafactorColumns from "../../../shaders/optimizer/adafactor.columns.wgsl?raw";
import adafactorMean from "../../../shaders/optimizer/adafactor.mean.wgsl?raw";
import adafactorRows from "../../../shaders/optimizer/adafactor.rows.wgsl?raw";
import adafactorSize from "../../../shaders/optimizer/adafactor.size.wgsl?raw";
import adafactorUpdate from "../../../shaders/optimizer/adafactor.update.wgsl?raw";
import adamw8bitSmall from "../../../shaders/optimizer/adamw-8bit.small.wgsl?raw";
import adamw8bit from "../../../shaders/optimizer/adamw-8bit.wgsl?raw";
import adamw from "../../../shaders/optimizer/adamw.wgsl?raw";
import gradientNormFinish from "../../../shaders/optimizer/gradient-norm.finish.wgsl?raw";
import gradientNormPartial from "../../../shaders/optimizer/gradient-norm.partial.wgsl?raw";
import lion from "../../../shaders/optimizer/lion.wgsl?raw";
import mixReference from "../../../shaders/optimizer/mix-reference.wgsl?raw";
import quantise from "../../../shaders/optimizer/quantise.wgsl?raw";
import sgd from "../../../shaders/optimizer/sgd.wgsl?raw";
import attentionBackwardKv from "../../../shaders/policy/attention.backward-kv.wgsl?raw";
import attentionBackwardQ from "../../../shaders/policy/attention.backward-q.wgsl?raw";
import attentionForward from "../../../shaders/policy/attention.forward.wgsl?raw";
import biasBackward from "../../../shaders/policy/bias.backward.wgsl?raw";
import embeddingBackward from "../../../shaders/policy/embedding.backward.wgsl?raw";
import embeddingForward from "../../../shaders/policy/embedding.forward.wgsl?raw";
import headNormBackward from "../../../shaders/policy/head-norm.backward.wgsl?raw";
import headNormForward from "../../../shaders/policy/head-norm.forward.wgsl?raw";
import linearBackwardRegister from "../../../shaders/policy/linear.backward.register.wgsl?raw";
import linearBackwardWorkgroup from "../../../shaders/policy/linear.backward.workgroup.wgsl?raw";
import linearForwardRegister from "../../../shaders/policy/linear.forward.register.wgsl?raw";
import linearForwardWorkgroup from "../../../shaders/policy/linear.forward.workgroup.wgsl?raw";
import logProbBackward from "../../../shaders/policy/log-prob.backward.wgsl?raw";
import logProbForward from "../../../shaders/policy/log-prob.forward.wgsl?raw";
import mixtureBalance from "../../../shaders/policy/mixture.balance.wgsl?raw";
import mixtureChoose from "../../../shaders/policy/mixture.choose.wgsl?raw";
import mixtureCollect from "../../../shaders/policy/mixture.collect.wgsl?raw";
import mixtureCombine from "../../../shaders/policy/mixture.combine.wgsl?raw";
import mixtureGather from "../../../shaders/policy/mixture.gather.wgsl?raw";
import mixturePlace from "../../../shaders/policy/mixture.place.wgsl?raw";
import mixtureRouterBackward from "../../../shaders/policy/mixture.router.backward.wgsl?raw";
import mixtureSpread from "../../../shaders/policy/mixture.spread.wgsl?raw";
import rmsNormBackward from "../../../shaders/policy/rms-norm.backward.wgsl?raw";
import sinkBackward from "../../../shaders/policy/sink.backward.wgsl?raw";
import sumPartials from "../../../shaders/policy/sum-partials.wgsl?raw";
import decodeAttention from "../../../shaders/sampler/decode-attention.wgsl?raw";
import keepRoutes from "../../../shaders/sampler/keep-routes.wgsl?raw";
import packRows from "../../../shaders/sampler/pack-rows.wgsl?raw";
import sampleToken from "../../../shaders/sampler/sample-token.wgsl?raw";
import broadcastPrompt from "../../../shaders/sampler/broadcast-prompt.wgsl?raw";
import dotProductFinish from "../../../shaders/statistics/dot-product.finish.wgsl?raw";
import dotProductPartial from "../../../shaders/statistics/dot-product.partial.wgsl?raw";
import objectiveMetrics from "../../../shaders/statistics/objective-metrics.wgsl?raw";
import ratioHistogram from "../../../shaders/statistics/ratio-histogram.wgsl?raw";
import rewardMetrics from "../../../shaders/statistics/reward-metrics.wgsl?raw";
import routeChanges from "../../../shaders/statistics/route-changes.wgsl?raw";
import rowStatistics from "../../../shaders/statistics/row-statistics.wgsl?raw";
import tokenRoutes from "../../../shaders/statistics/token-routes.wgsl?raw";

const parts = {
  // policy
  "attention.backward-kv": [sequenceSpan, attentionBackwardKv],
  "attention.backward-q": [sequenceSpan, attentionBackwardQ],
  "attention.forward": [sequenceSpan, attentionForward],
  "bias.backward": [biasBackward],
  "embedding.backward": [embeddingBackward],
  "embedding.forward": [embeddingForward],
  "head-norm.backward": [headNormBackward],
  "head-norm.forward": [headNormForward],
  "linear.backward.register": [linearBackward, linearBackwardRegister],
  "linear.backward.workgroup": [linearBackward, linearTile, linearBackwardWorkgroup],
  "linear.forward.register": [linearForward, linearForwardRegister],
  "linear.forward.workgroup": [linearForward, linearTile, linearForwardWorkgroup],
  "log-prob.backward": [sequenceSpan, logProbBackward],
  "log-prob.forward": [sequenceSpan, logProbForward],
  "mixture.balance": [mixtureBalance],
  "mixture.choose": [mixtureChoose],
  "mixture.collect": [mixtureCollect],
  "mixture.combine": [mixtureCombine],
  "mixture.gather": [mixtureGather],
  "mixture.place": [mixturePlace],
  "mixture.router.backward": [mixtureRouterBackward],
  "mixture.spread": [mixtureSpread],
  "rms-norm.backward": [rmsNormBackward],
  "sink.backward": [sinkBackward],
  "sum-partials": [sumPartials],
  // sampler
  "decode-attention": [decodeAttention],
  "keep-routes": [keepRoutes],
  "pack-rows": [packRows],
  "sample-token": [sampleToken],
  "broadcast-prompt": [sequenceSpan, broadcastPrompt],
  // objective
  advantage: [settings, advantage],
  clip: [settings, clip],
  "entropy-bonus": [settings, entropyBonus],
  "entropy-mask": [settings, entropyMask],
  "group-advantage": [moments, groupAdvantage],
  "group-reward": [moments, groupReward],
  loss: [settings, loss],
  "sequence-ratio": [settings, sequenceRatio],
  "token-log-ratio": [settings, tokenLogRatio],
  // statistics
  "dot-product.finish": [dotProductFinish],
  "dot-product.partial": [dotProductPartial],
  "objective-metrics": [settings, objectiveMetrics],
  "ratio-histogram": [settings, ratioHistogram],
  "reward-metrics": [moments, rewardMetrics],
  "route-changes": [sequenceSpan, routeChanges],
  "token-routes": [sequenceSpan, tokenRoutes],
  "row-statistics": [settings, rowStatistics],
  // optimizer
  "adafactor.clip": [adafactor, adafactorClip],
  "adafactor.columns": [adafactor, adafactorColumns],
  "adafactor.mean": [adafactor, adafactorMean],
  "adafactor.rows": [adafactor, adafactorRows],
  "adafactor.size": [adafactor, adafactorSize],
  "adafactor.update": [adafactor, adafactorUpdate],
  "adamw-8bit.small": [adamw8bitSmall],
  "adamw-8bit": [dynamicMap, adamw8bit],
  adamw: [adamw],
  "gradient-norm.finish": [gradientNormFinish],
  "gradient-norm.partial": [gradientNormPartial],
  lion: [lion],
  "mix-reference": [mixReference],
  quantise: [dynamicMap, quantise],
  sgd: [sgd],
} satisfies Record<string, readonly string[]>;

/** A kernel, by its file's name without its ending. */
export type KernelName = keyof typeof parts;

export const kernelNames = Object.keys(parts) as KernelName[];

/** How invocations share what they load: goes before kernels that name LANES. */
export const lanes = { quad: lanesQuad, single: lanesSingle };

/** Which rows a product has, and which weight: goes before linear.*. */
export const rowsOf = { all: rowsAll, byExpert: rowsByExpert };

/** What becomes of a product: goes after linear.forward.*. */
export const ends = {
  intoStream: linearIntoStream,
  intoSwiglu: linearIntoSwiglu,
  intoClamped: linearIntoClamped,
  intoRotary: linearIntoRotary,
};

/** The kernel's text: its fragments of shaders/lib, then its own file. */
export const codeOf = (name: KernelName): string => parts[name].join("");

/** What `Kernel.create` takes; `constants`: values of the shader's overrides. */
export const kernelSpec = (name: KernelName, constants: Record<string, number> = {}) => ({
  label: name,
  code: codeOf(name),
  constants,
});
