// What every kernel is made of; those that few runs need are in optimizers.ts, architectures.ts,
// vision.ts and comparisons.ts. Its own file is WGSL as it stands; fragments of shaders/lib, which are
// no kernels, go before it (lanes.*, which hold directives, before all) or after it (linear.into-*). A
// product also has one of rows.* before it.
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
import adamw from "../../../shaders/optimizer/adamw.wgsl?raw";
import gradientNormFinish from "../../../shaders/optimizer/gradient-norm.finish.wgsl?raw";
import gradientNormPartial from "../../../shaders/optimizer/gradient-norm.partial.wgsl?raw";
import mixReference from "../../../shaders/optimizer/mix-reference.wgsl?raw";
import attentionBackwardKv from "../../../shaders/policy/attention.backward-kv.wgsl?raw";
import attentionBackwardQ from "../../../shaders/policy/attention.backward-q.wgsl?raw";
import attentionForward from "../../../shaders/policy/attention.forward.wgsl?raw";
import embeddingBackward from "../../../shaders/policy/embedding.backward.wgsl?raw";
import embeddingForward from "../../../shaders/policy/embedding.forward.wgsl?raw";
import linearBackwardRegister from "../../../shaders/policy/linear.backward.register.wgsl?raw";
import linearBackwardWorkgroup from "../../../shaders/policy/linear.backward.workgroup.wgsl?raw";
import linearForwardRegister from "../../../shaders/policy/linear.forward.register.wgsl?raw";
import linearForwardWorkgroup from "../../../shaders/policy/linear.forward.workgroup.wgsl?raw";
import logProbBackward from "../../../shaders/policy/log-prob.backward.wgsl?raw";
import logProbForward from "../../../shaders/policy/log-prob.forward.wgsl?raw";
import rmsNormBackward from "../../../shaders/policy/rms-norm.backward.wgsl?raw";
import sumPartials from "../../../shaders/policy/sum-partials.wgsl?raw";
import decodeAttention from "../../../shaders/sampler/decode-attention.wgsl?raw";
import packRows from "../../../shaders/sampler/pack-rows.wgsl?raw";
import sampleToken from "../../../shaders/sampler/sample-token.wgsl?raw";
import broadcastPrompt from "../../../shaders/sampler/broadcast-prompt.wgsl?raw";
import objectiveMetrics from "../../../shaders/statistics/objective-metrics.wgsl?raw";
import ratioHistogram from "../../../shaders/statistics/ratio-histogram.wgsl?raw";
import rewardMetrics from "../../../shaders/statistics/reward-metrics.wgsl?raw";
import rowStatistics from "../../../shaders/statistics/row-statistics.wgsl?raw";
import { kernelTexts } from "./kernel-texts.ts";

const parts = {
  // policy
  "attention.backward-kv": [sequenceSpan, attentionBackwardKv],
  "attention.backward-q": [sequenceSpan, attentionBackwardQ],
  "attention.forward": [sequenceSpan, attentionForward],
  "embedding.backward": [embeddingBackward],
  "embedding.forward": [embeddingForward],
  "linear.backward.register": [linearBackward, linearBackwardRegister],
  "linear.backward.workgroup": [linearBackward, linearTile, linearBackwardWorkgroup],
  "linear.forward.register": [linearForward, linearForwardRegister],
  "linear.forward.workgroup": [linearForward, linearTile, linearForwardWorkgroup],
  "log-prob.backward": [sequenceSpan, logProbBackward],
  "log-prob.forward": [sequenceSpan, logProbForward],
  "rms-norm.backward": [rmsNormBackward],
  "sum-partials": [sumPartials],
  // sampler
  "decode-attention": [decodeAttention],
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
  "objective-metrics": [settings, objectiveMetrics],
  "ratio-histogram": [settings, ratioHistogram],
  "reward-metrics": [moments, rewardMetrics],
  "row-statistics": [settings, rowStatistics],
  // optimizer
  adamw: [adamw],
  "gradient-norm.finish": [gradientNormFinish],
  "gradient-norm.partial": [gradientNormPartial],
  "mix-reference": [mixReference],
} satisfies Record<string, readonly string[]>;

/** A kernel, by its file's name without its ending. */
export type KernelName = keyof typeof parts;

export const { kernelNames, codeOf, kernelSpec } = kernelTexts(parts);

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
