import type { ArchitectureConfig } from "../../config/architecture.ts";
import { architectureOf, layerPlans } from "./architectures/registry.ts";
import { headDim, type PolicyShape } from "./shape.ts";

/** Optional fields of a shape: whether an architecture has them, its file says. */
const OPTIONAL = [
  "headDim",
  "attentionBias",
  "mlpBias",
  "slidingWindow",
  "rotaryScaling",
  "mixture",
] as const satisfies readonly (keyof ArchitectureConfig)[];

/** Throws a RangeError for a shape that its architecture does not have. */
export function checkShape(shape: PolicyShape): void {
  const counts = {
    layers: shape.layers,
    width: shape.width,
    heads: shape.heads,
    kvHeads: shape.kvHeads,
    hidden: shape.hidden,
    vocab: shape.vocab,
    "head width": headDim(shape),
    ...(shape.slidingWindow === null || shape.slidingWindow === undefined
      ? {}
      : { "sliding window": shape.slidingWindow }),
  };
  for (const [name, count] of Object.entries(counts)) requireCount(name, count);
  if (shape.heads % shape.kvHeads !== 0) {
    throw new RangeError(`kvHeads ${shape.kvHeads} does not divide heads ${shape.heads}`);
  }
  if (headDim(shape) % 2 !== 0) {
    throw new RangeError(`head width ${headDim(shape)} is odd; rotary positions turn pairs`);
  }
  if (shape.padTokenId !== null && !(shape.padTokenId >= 0 && shape.padTokenId < shape.vocab)) {
    throw new RangeError(`padTokenId ${shape.padTokenId} is not in a vocabulary of ${shape.vocab}`);
  }
  checkOptions(shape);
  checkMixture(shape);
}

function requireCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`${name} is ${count}; it must be a whole number of at least 1`);
  }
}

function checkOptions(shape: PolicyShape): void {
  const { has, needs = [] } = architectureOf(shape);
  const name = shape.architecture ?? "llama";
  const stated = (option: (typeof OPTIONAL)[number]) => {
    const value = shape[option];
    return value !== undefined && value !== null && value !== false;
  };
  const extra = OPTIONAL.find((option) => stated(option) && !has.includes(option));
  // The usual head width may be said.
  if (extra && !(extra === "headDim" && headDim(shape) === shape.width / shape.heads)) {
    throw new RangeError(`${name} has no ${extra}; leave it out or take another architecture`);
  }
  const missing = OPTIONAL.find((option) => needs.includes(option) && !stated(option));
  if (missing) throw new RangeError(`${name} has a ${missing}; state it`);
  if (shape.rotaryScaling?.type === "yarn" && name !== "gpt_oss") {
    throw new RangeError(`YaRN's positions are computed for gpt_oss, not for ${name}`);
  }
}

/** Experts that the kernels of a mixture take at most: their ranges are a uniform array. */
const MOST_EXPERTS = 256;
/** Of them for one token: who sorts keeps 64 tokens' choices in 16 KiB of workgroup memory. */
const MOST_PER_TOKEN = 32;

function checkMixture(shape: PolicyShape): void {
  const { mixture } = shape;
  if (!mixture) return;
  requireCount("experts", mixture.experts);
  requireCount("experts per token", mixture.perToken);
  requireCount("width of an expert", mixture.hidden ?? shape.hidden);
  if (mixture.perToken > mixture.experts) {
    throw new RangeError(`a token cannot choose ${mixture.perToken} of ${mixture.experts} experts`);
  }
  if (mixture.experts > MOST_EXPERTS || mixture.perToken > MOST_PER_TOKEN) {
    throw new RangeError(
      `${mixture.experts} experts, ${mixture.perToken} a token: at most ${MOST_EXPERTS}, and ${MOST_PER_TOKEN} a token, are computed`,
    );
  }
  const choosable = { normalised: mixture.normalised === false, hidden: mixture.hidden };
  const name = shape.architecture ?? "llama";
  if (name !== "qwen3_moe") {
    if (choosable.normalised) throw new RangeError(`${name} divides by the sum of the weights`);
    if (choosable.hidden !== undefined && choosable.hidden !== shape.hidden) {
      throw new RangeError(`${name}'s experts are as wide as hidden: leave mixture.hidden out`);
    }
    if (mixture.denseLayers?.length) throw new RangeError(`${name} has no dense layers`);
  }
  const beyond = mixture.denseLayers?.find((layer) => !(layer >= 0 && layer < shape.layers));
  if (beyond !== undefined) {
    throw new RangeError(`dense layer ${beyond} is not one of ${shape.layers} layers`);
  }
  if (!layerPlans(shape).some(({ mlp }) => mlp.kind === "mixture")) {
    throw new RangeError("every layer is dense: leave the mixture out");
  }
}
