import {
  type ArchitectureName,
  architectures,
  type MixtureConfig,
  type RotaryScaling,
} from "../../config/architecture.ts";
import { checkShape } from "./check-shape.ts";
import { headDim } from "../../config/architecture-shape.ts";
import { type PolicyShape } from "./shape.ts";

type Json = Readonly<Record<string, unknown>>;

/** What transformers takes where config.json does not say: head_dim, rms_norm_eps, rope_theta. */
const DEFAULTS: Readonly<
  Record<ArchitectureName, { headDim: number | null; eps: number; theta: number }>
> = {
  llama: { headDim: null, eps: 1e-6, theta: 10_000 },
  qwen2: { headDim: null, eps: 1e-6, theta: 10_000 },
  qwen3: { headDim: 128, eps: 1e-6, theta: 10_000 },
  mistral: { headDim: null, eps: 1e-6, theta: 10_000 },
  mixtral: { headDim: null, eps: 1e-5, theta: 1_000_000 },
  qwen3_moe: { headDim: null, eps: 1e-6, theta: 10_000 },
  gpt_oss: { headDim: 64, eps: 1e-5, theta: 150_000 },
};

/** Settings that the architectures have one value for, where they are stated. */
const FIXED: Readonly<Record<string, unknown>> = {
  hidden_act: "silu",
  attention_dropout: 0,
  router_jitter_noise: 0,
  use_sliding_window: false,
  swiglu_limit: 7,
};

const says = (value: unknown): string => JSON.stringify(value) ?? "nothing";

const refuse = (name: string, value: unknown, instead: string): RangeError =>
  new RangeError(`config.json has ${name} ${says(value)}; ${instead}`);

/**
 * The shape of the policy that a config.json of transformers describes.
 *
 * @throws RangeError that names the setting that is missing or not computed here.
 */
export function shapeOfConfig(config: Json): PolicyShape {
  const architecture = architectures.find((name) => name === config.model_type);
  if (!architecture) {
    throw refuse("model_type", config.model_type, `${architectures.join(", ")} are computed`);
  }
  for (const [name, is] of Object.entries(FIXED)) {
    const value = config[name];
    if (value !== undefined && value !== null && value !== is) {
      throw refuse(name, value, `only ${says(is)} is computed`);
    }
  }
  const defaults = DEFAULTS[architecture];
  const rotary = rotaryOf(config, architecture);
  const heads = count(config, "num_attention_heads");
  const layers = count(config, "num_hidden_layers");
  const width = count(config, "hidden_size");
  const wide = optional(config, "head_dim") ?? defaults.headDim;
  const window = windowOf(config, architecture, layers);
  const mixture = mixtureOf(config, architecture, layers);
  const shape: PolicyShape = {
    architecture,
    ...{ layers, width, heads },
    kvHeads: optional(config, "num_key_value_heads") ?? heads,
    hidden: count(config, "intermediate_size"),
    vocab: count(config, "vocab_size"),
    tied: config.tie_word_embeddings === true,
    rmsNormEps: optional(config, "rms_norm_eps") ?? defaults.eps,
    ropeTheta: rotary.theta ?? defaults.theta,
    padTokenId: optional(config, "pad_token_id"),
    ...(wide !== null && { headDim: wide }),
    ...biasesOf(config, architecture),
    ...(window !== null && { slidingWindow: window }),
    ...(rotary.scaling && { rotaryScaling: rotary.scaling }),
    ...(mixture && { mixture }),
  };
  checkShape(shape);
  if (wide !== null && headDim(shape) === width / heads) delete shape.headDim;
  return shape;
}

function optional(config: Json, name: string): number | null {
  const value = config[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "number") throw refuse(name, value, "it takes a number");
  return value;
}

function count(config: Json, name: string): number {
  const value = optional(config, name);
  if (value === null) throw new RangeError(`config.json has no ${name}`);
  return value;
}

function biasesOf(config: Json, architecture: ArchitectureName) {
  const { attention_bias: attention, mlp_bias: mlp } = config;
  if (architecture === "gpt_oss" && attention === false) {
    throw refuse("attention_bias", attention, "gpt_oss has biases");
  }
  return {
    // gpt_oss always has them: it is no choice of the shape's.
    ...(attention === true && architecture !== "gpt_oss" && { attentionBias: true }),
    ...(mlp === true && { mlpBias: true }),
  };
}

/** The window, where the architecture has one. */
function windowOf(config: Json, architecture: ArchitectureName, layers: number): number | null {
  const own = ["mistral", "mixtral", "gpt_oss"].includes(architecture);
  const window = own ? optional(config, "sliding_window") : null;
  const { layer_types: types } = config;
  if (types === undefined || types === null) return window;
  const windowed = (layer: number) =>
    window !== null && (architecture !== "gpt_oss" || layer % 2 === 0);
  const wanted = Array.from({ length: layers }, (_, layer) =>
    windowed(layer) ? "sliding_attention" : "full_attention",
  );
  if (says(types) === says(wanted)) return window;
  throw refuse("layer_types", types, `${architecture} has ${says(wanted)} here`);
}

function rotaryOf(config: Json, architecture: ArchitectureName) {
  const object = (value: unknown): Json =>
    typeof value === "object" && value !== null ? (value as Json) : {};
  const given = { ...object(config.rope_scaling), ...object(config.rope_parameters) };
  const theta = optional(given, "rope_theta") ?? optional(config, "rope_theta");
  const type = given.rope_type ?? given.type ?? "default";
  return { theta, scaling: scalingOf(given, type, architecture) };
}

function scalingOf(
  given: Json,
  type: unknown,
  architecture: ArchitectureName,
): RotaryScaling | null {
  if (type === "default") return null;
  const common = () => ({
    factor: count(given, "factor"),
    originalPositions: count(given, "original_max_position_embeddings"),
  });
  if (type === "llama3") {
    return {
      type,
      ...common(),
      lowFrequencyFactor: count(given, "low_freq_factor"),
      highFrequencyFactor: count(given, "high_freq_factor"),
    };
  }
  if (type === "yarn" && architecture === "gpt_oss") {
    const extra = ["attention_factor", "mscale", "mscale_all_dim"].find((name) => given[name]);
    if (extra) throw refuse(extra, given[extra], "YaRN's usual attention factor is computed");
    return {
      type,
      ...common(),
      betaFast: optional(given, "beta_fast") ?? 32,
      betaSlow: optional(given, "beta_slow") ?? 1,
      truncate: given.truncate !== false,
    };
  }
  throw refuse("rope_type", type, "llama3, and yarn of gpt_oss, are computed");
}

function mixtureOf(
  config: Json,
  architecture: ArchitectureName,
  layers: number,
): MixtureConfig | null {
  if (!["mixtral", "qwen3_moe", "gpt_oss"].includes(architecture)) return null;
  const experts = optional(config, "num_local_experts") ?? optional(config, "num_experts");
  if (experts === null) throw new RangeError("config.json has no num_local_experts");
  const mixture = { experts, perToken: count(config, "num_experts_per_tok") };
  if (architecture !== "qwen3_moe") return mixture;
  const only: unknown = config.mlp_only_layers ?? [];
  if (!Array.isArray(only)) throw refuse("mlp_only_layers", only, "it takes a list");
  const step = optional(config, "decoder_sparse_step") ?? 1;
  const denseLayers = Array.from({ length: layers }, (_, layer) => layer).filter(
    (layer) => only.includes(layer) || (layer + 1) % step !== 0,
  );
  return {
    ...mixture,
    hidden: count(config, "moe_intermediate_size"),
    normalised: config.norm_topk_prob === true,
    ...(denseLayers.length > 0 && { denseLayers }),
  };
}
