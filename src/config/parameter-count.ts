import { headDim } from "./architecture-shape.ts";
import type { PolicyConfig } from "./types.ts";

/** Trainable numbers of the policy, of any architecture. */
export function parameterCount(policy: PolicyConfig, vocabulary: number): number {
  const { layers, width, tied } = policy;
  const ends = vocabulary * width * (tied ? 1 : 2) + width;
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const norms = 2 * width;
    return norms + attention(policy) + secondHalf(policy, layer);
  });
  return blocks.reduce((sum, block) => sum + block, ends + vision(policy));
}

/** Tower and projector. */
function vision({ vision: tower, width: text }: PolicyConfig): number {
  if (!tower) return 0;
  const { width, layers, channels = 3, hidden = 4 * width, imageSize, patchSize } = tower;
  const linear = (inputs: number, outputs: number) => (inputs + 1) * outputs;
  const positions = Math.floor(imageSize / patchSize) ** 2 + 1;
  const patches = channels * patchSize ** 2;
  const layer = 4 * linear(width, width) + linear(width, hidden) + linear(hidden, width);
  const norm = 2 * width;
  const ends = width * (1 + positions + patches) + 2 * norm;
  return ends + layers * (layer + 2 * norm) + linear(width, text) + linear(text, text);
}

function attention(policy: PolicyConfig): number {
  const { architecture = "llama", width, heads, kvHeads, attentionBias } = policy;
  const D = headDim(policy);
  const projected = (heads + 2 * kvHeads) * D;
  const products = width * projected + heads * D * width;
  const biased = attentionBias === true || architecture === "gpt_oss";
  const bias = biased || architecture === "qwen2" ? projected + (biased ? width : 0) : 0;
  const headNorms = architecture === "qwen3" || architecture === "qwen3_moe" ? 2 * D : 0;
  const sinks = architecture === "gpt_oss" ? heads : 0;
  return products + bias + headNorms + sinks;
}

/** The MLP, or the router and the experts. */
function secondHalf(policy: PolicyConfig, layer: number): number {
  const { architecture, width, hidden, mlpBias, mixture } = policy;
  const gated = (own: number, bias: boolean) => 3 * width * own + (bias ? 2 * own + width : 0);
  if (!mixture || mixture.denseLayers?.includes(layer)) return gated(hidden, mlpBias === true);
  const bias = architecture === "gpt_oss";
  const { experts } = mixture;
  return experts * (width + Number(bias) + gated(mixture.hidden ?? hidden, bias));
}
