import type { RotaryScaling } from "../../config/architecture.ts";
import { headDim } from "../../config/architecture-shape.ts";
import type { PolicyShape } from "./shape.ts";

/** What AutoModelForCausalLM calls the class of each architecture. */
const CLASSES: Readonly<Record<NonNullable<PolicyShape["architecture"]>, string>> = {
  llama: "LlamaForCausalLM",
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
  mistral: "MistralForCausalLM",
  mixtral: "MixtralForCausalLM",
  qwen3_moe: "Qwen3MoeForCausalLM",
  gpt_oss: "GptOssForCausalLM",
};

/**
 * What the config.json of transformers says of a shape: `shapeOfConfig` reads the same shape back.
 * Defaults are stated where transformers' own are not this project's.
 *
 * @param context tokens that prompt and completion have at most
 */
export function configOfShape(shape: PolicyShape, context: number): Record<string, unknown> {
  const { architecture = "llama" } = shape;
  return {
    architectures: [CLASSES[architecture]],
    model_type: architecture,
    vocab_size: shape.vocab,
    hidden_size: shape.width,
    intermediate_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    // Qwen2 knows no such setting.
    ...(architecture !== "qwen2" && { head_dim: headDim(shape) }),
    hidden_act: "silu",
    rms_norm_eps: shape.rmsNormEps,
    ...positions(shape, context),
    tie_word_embeddings: shape.tied,
    attention_dropout: 0,
    ...biases(shape),
    ...window(shape, context),
    ...mixture(shape),
  };
}

/** Version 5 reads `rope_parameters`, version 4 the other two. */
function positions({ ropeTheta, rotaryScaling }: PolicyShape, context: number) {
  const scaling = rotaryScaling ? written(rotaryScaling) : null;
  return {
    max_position_embeddings: Math.max(context, extended(rotaryScaling ?? null)),
    rope_theta: ropeTheta,
    rope_scaling: scaling,
    rope_parameters: { rope_theta: ropeTheta, ...(scaling ?? { rope_type: "default" }) },
  };
}

const written = (scaling: RotaryScaling) => ({
  rope_type: scaling.type,
  factor: scaling.factor,
  original_max_position_embeddings: scaling.originalPositions,
  ...(scaling.type === "llama3"
    ? {
        low_freq_factor: scaling.lowFrequencyFactor,
        high_freq_factor: scaling.highFrequencyFactor,
      }
    : { beta_fast: scaling.betaFast, beta_slow: scaling.betaSlow, truncate: scaling.truncate }),
});

/** Positions that scaling stretches to: there must be more than before, and version 4 has YaRN's
 * factor from them. */
const extended = (scaling: RotaryScaling | null): number =>
  scaling ? Math.round(scaling.factor * scaling.originalPositions) : 0;

function biases({ architecture = "llama", attentionBias = false, mlpBias = false }: PolicyShape) {
  switch (architecture) {
    case "llama":
      return { attention_bias: attentionBias, mlp_bias: mlpBias };
    case "qwen3":
    case "qwen3_moe":
      return { attention_bias: attentionBias };
    case "gpt_oss":
      return { attention_bias: true };
    default:
      return {};
  }
}

function window(
  { architecture = "llama", layers, slidingWindow = null }: PolicyShape,
  context: number,
) {
  switch (architecture) {
    case "mistral":
    case "mixtral":
      return { sliding_window: slidingWindow };
    case "gpt_oss":
      return {
        // It asks for a width even where no layer has a window.
        sliding_window: slidingWindow ?? context,
        layer_types: Array.from({ length: layers }, (_, layer) =>
          slidingWindow !== null && layer % 2 === 0 ? "sliding_attention" : "full_attention",
        ),
      };
    case "llama":
      return {};
    default:
      return { use_sliding_window: false };
  }
}

function mixture({ architecture, hidden, mixture: it }: PolicyShape) {
  if (!it) return {};
  const chosen = { num_experts_per_tok: it.perToken };
  if (architecture !== "qwen3_moe") return { num_local_experts: it.experts, ...chosen };
  return {
    num_experts: it.experts,
    ...chosen,
    moe_intermediate_size: it.hidden ?? hidden,
    norm_topk_prob: it.normalised ?? true,
    decoder_sparse_step: 1,
    mlp_only_layers: it.denseLayers ?? [],
  };
}
