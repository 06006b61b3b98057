import {
  type ArchitectureName,
  architectures,
  type MixtureConfig,
  type RotaryScaling,
} from "../../config/architecture.ts";
import { headDim } from "../../config/architecture-shape.ts";
import { checkShape } from "./check-shape.ts";
import { count, flag, type Json, optional, orDefault, refuse, says } from "./json-settings.ts";
import { type PolicyShape } from "./shape.ts";

interface Defaults {
  /** Null: width / heads. */
  headDim: number | null;
  /** Null: as many as heads. */
  kvHeads: number | null;
  eps: number;
  theta: number;
  /** Of architectures that have one; null: none. */
  window: number | null;
}

const PLAIN: Defaults = { headDim: null, kvHeads: null, eps: 1e-6, theta: 10_000, window: null };

/** What transformers 5 takes where config.json does not say. */
const DEFAULTS: Readonly<Record<ArchitectureName, Defaults>> = {
  llama: PLAIN,
  qwen2: { ...PLAIN, kvHeads: 32 },
  qwen3: { ...PLAIN, headDim: 128, kvHeads: 32 },
  mistral: { ...PLAIN, kvHeads: 8, window: 4096 },
  mixtral: { ...PLAIN, kvHeads: 8, eps: 1e-5, theta: 1_000_000 },
  qwen3_moe: { ...PLAIN, kvHeads: 4 },
  gpt_oss: { headDim: 64, kvHeads: 8, eps: 1e-5, theta: 150_000, window: 128 },
};

/** The same for the positions of gpt_oss. */
const GPT_OSS_ROTARY: Json = {
  rope_type: "yarn",
  factor: 32,
  beta_fast: 32,
  beta_slow: 1,
  truncate: false,
  original_max_position_embeddings: 4096,
};

/** Settings that the architectures have one value for, where they are stated. */
const FIXED: Readonly<Record<string, unknown>> = {
  hidden_act: "silu",
  attention_dropout: 0,
  router_jitter_noise: 0,
  use_sliding_window: false,
  swiglu_limit: 7,
  partial_rotary_factor: 1,
  quantization_config: null,
};

/**
 * The shape of the policy that a config.json of transformers describes.
 *
 * @throws RangeError that names the setting that is missing or not computed here.
 */
export function shapeOfConfig(config: Json): PolicyShape {
  const architecture = architectures.find((name) => name === config.model_type);
  if (!architecture) {
    if (config.model_type === undefined) throw new RangeError("config.json has no model_type");
    const known = [...architectures, "llava"].join(", ");
    throw refuse("model_type", config.model_type, `${known} are computed`);
  }
  requireFixed(config);
  const defaults = DEFAULTS[architecture];
  const rotary = rotaryOf(config, architecture);
  const heads = count(config, "num_attention_heads");
  const layers = count(config, "num_hidden_layers");
  const width = count(config, "hidden_size");
  const wide = orDefault(config, "head_dim", defaults.headDim);
  const window = windowOf(config, architecture, layers);
  const mixture = mixtureOf(config, architecture, layers);
  const shape: PolicyShape = {
    architecture,
    ...{ layers, width, heads },
    kvHeads: orDefault(config, "num_key_value_heads", defaults.kvHeads) ?? heads,
    hidden: count(config, "intermediate_size"),
    vocab: count(config, "vocab_size"),
    tied: flag(config, "tie_word_embeddings") ?? false,
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

function requireFixed(settings: Json): void {
  for (const [name, is] of Object.entries(FIXED)) {
    const value = settings[name];
    if (value !== undefined && value !== null && value !== is) {
      throw refuse(name, value, `only ${says(is)} is computed`);
    }
  }
}

function biasesOf(config: Json, architecture: ArchitectureName) {
  const attention = flag(config, "attention_bias");
  const mlp = flag(config, "mlp_bias");
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
  const window = own ? orDefault(config, "sliding_window", DEFAULTS[architecture].window) : null;
  const { layer_types: types } = config;
  if (types === undefined || types === null) return window;
  // Then the width says nothing.
  if (architecture === "gpt_oss" && Array.isArray(types) && types.length === layers) {
    if (types.every((type) => type === "full_attention")) return null;
  }
  const windowed = (layer: number) =>
    window !== null && (architecture !== "gpt_oss" || layer % 2 === 0);
  const wanted = Array.from({ length: layers }, (_, layer) =>
    windowed(layer) ? "sliding_attention" : "full_attention",
  );
  if (JSON.stringify(types) === JSON.stringify(wanted)) return window;
  throw refuse("layer_types", types, `${architecture} has ${says(wanted)} here`);
}

function rotaryOf(config: Json, architecture: ArchitectureName) {
  const { rope_scaling: older, rope_parameters: newer } = config;
  const object = (value: unknown): Json =>
    typeof value === "object" && value !== null ? (value as Json) : {};
  const usual = architecture === "gpt_oss" ? GPT_OSS_ROTARY : {};
  // What transformers 4 wrote goes before, unless it is nothing.
  const given = Object.keys(object(older)).length > 0 ? object(older) : object(newer ?? usual);
  requireFixed(given);
  const theta = optional(given, "rope_theta") ?? optional(config, "rope_theta");
  return { theta, scaling: scalingOf(given, config, architecture) };
}

function scalingOf(
  given: Json,
  config: Json,
  architecture: ArchitectureName,
): RotaryScaling | null {
  const type = given.rope_type ?? given.type ?? "default";
  if (type === "default") return null;
  const positions = "original_max_position_embeddings";
  const common = () => ({
    factor: count(given, "factor"),
    originalPositions:
      optional(config, positions) ??
      optional(given, positions) ??
      count(config, "max_position_embeddings"),
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
      truncate: flag(given, "truncate") ?? true,
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
  const hidden = count(config, "moe_intermediate_size");
  return {
    ...mixture,
    ...(hidden !== count(config, "intermediate_size") && { hidden }),
    ...(flag(config, "norm_topk_prob") !== true && { normalised: false }),
    ...(denseLayers.length > 0 && { denseLayers }),
  };
}
