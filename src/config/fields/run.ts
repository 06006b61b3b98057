import { tasks } from "../../tasks/registry.ts";
import { architectures } from "../architecture.ts";
import type { Entry, FieldType, FieldValue, TableOf } from "../field.ts";
import type { PolicyConfig } from "../types.ts";

const checkpointName: FieldType = {
  kind: "text",
  pattern: /^[a-z0-9][a-z0-9-]{0,40}$/,
  says: "the name of a shipped checkpoint (small letters, digits and hyphens)",
  nullable: true,
};

type Labelled<T> = Entry<T> & { label: string };

/** What the policy learns and on how many prompts. */
export const task: Readonly<Record<string, Labelled<FieldValue>>> = {
  task: {
    label: "Task",
    type: { kind: "enum", values: tasks.map(({ id }) => id) },
    trlDefault: "sort",
    help: "The toy task: where prompts and rewards come from.",
    source: "Ratioscope",
    effect: "restart",
  },
  difficulty: {
    label: "Difficulty",
    type: { kind: "int", min: 1, max: 64 },
    trlDefault: 6,
    help: "How hard the prompts are; each task says what it counts and its bounds.",
    source: "Ratioscope",
    effect: "restart",
  },
  datasetSize: {
    label: "Prompts in the training set",
    type: { kind: "int", min: 1, max: 1_000_000 },
    trlDefault: 16_384,
    help: "What an epoch goes through, a rollout's worth of prompts at a time; the incomplete last one is dropped.",
    source: "TRL RepeatSampler",
    effect: "restart",
  },
  evaluationSize: {
    label: "Prompts in the evaluation set",
    type: { kind: "int", min: 1, max: 8192 },
    trlDefault: 64,
    help: "What every evaluation goes through, drawn apart from the training set; where a task has few prompts, some are in both.",
    source: "TRL RepeatSampler",
    effect: "restart",
  },
  warmStart: {
    label: "Warm start",
    type: checkpointName,
    trlDefault: null,
    help: "Begin with weights from a supervised phase on the task; none begins with random weights.",
    source: "Ratioscope",
    effect: "restart",
  },
};

/** The shape of the decoder; every field has a default of its own type. */
export const policy = {
  layers: {
    label: "Layers",
    type: { kind: "int", min: 1, max: 8 },
    trlDefault: 2,
    help: "Decoder blocks: attention and gated MLP.",
    source: "transformers LlamaConfig, num_hidden_layers",
    effect: "restart",
  },
  width: {
    label: "Width",
    type: { kind: "int", min: 8, max: 512 },
    trlDefault: 32,
    help: "Channels of the residual stream; a multiple of heads.",
    source: "transformers LlamaConfig, hidden_size",
    effect: "restart",
  },
  heads: {
    label: "Heads",
    type: { kind: "int", min: 1, max: 16 },
    trlDefault: 4,
    help: "Attention heads for queries.",
    source: "transformers LlamaConfig, num_attention_heads",
    effect: "restart",
  },
  kvHeads: {
    label: "Key-value heads",
    type: { kind: "int", min: 1, max: 16 },
    trlDefault: 2,
    help: "Attention heads for keys and values; divides heads.",
    source: "transformers LlamaConfig, num_key_value_heads",
    effect: "restart",
  },
  hidden: {
    label: "MLP width",
    type: { kind: "int", min: 8, max: 2048 },
    trlDefault: 64,
    help: "Channels inside the gated MLP.",
    source: "transformers LlamaConfig, intermediate_size",
    effect: "restart",
  },
  tied: {
    label: "Tied head",
    type: { kind: "bool" },
    trlDefault: false,
    help: "The output layer shares its weights with the token embedding.",
    source: "transformers LlamaConfig, tie_word_embeddings",
    effect: "restart",
  },
  rmsNormEps: {
    label: "Norm epsilon",
    type: { kind: "float", min: 0, max: 0.1, above: 0 },
    trlDefault: 1e-5,
    help: "Added to the mean square in RMSNorm.",
    source: "transformers LlamaConfig, rms_norm_eps",
    effect: "restart",
  },
  ropeTheta: {
    label: "Rotary base",
    type: { kind: "float", min: 1, max: 10_000_000 },
    trlDefault: 10_000,
    help: "Base of the rotary positions' wavelengths.",
    source: "transformers LlamaConfig, rope_theta",
    effect: "restart",
  },
  architecture: {
    label: "Architecture",
    type: { kind: "enum", values: architectures },
    trlDefault: "llama",
    help: "Whose blocks the decoder has; mixtral, qwen3_moe and gpt_oss are mixtures of experts.",
    source: "transformers, model_type",
    effect: "restart",
    optional: true,
  },
  mixture: {
    label: "Mixture of experts",
    type: { kind: "map", nullable: true },
    trlDefault: null,
    help: "Of each layer, as JSON: experts and perToken, those that a token goes through; for qwen3_moe also hidden, normalised and denseLayers.",
    source: "transformers Qwen3MoeConfig, num_experts, num_experts_per_tok",
    effect: "restart",
    optional: true,
  },
  headDim: {
    label: "Head width",
    type: { kind: "int", min: 2, max: 256, nullable: true },
    trlDefault: null,
    help: "Channels of a head, an even number; none: width over heads.",
    source: "transformers LlamaConfig, head_dim",
    effect: "restart",
    optional: true,
  },
  attentionBias: {
    label: "Attention bias",
    type: { kind: "bool" },
    trlDefault: false,
    help: "Biases on queries, keys, values and output; for llama, qwen3 and qwen3_moe.",
    source: "transformers LlamaConfig, attention_bias",
    effect: "restart",
    optional: true,
  },
  mlpBias: {
    label: "MLP bias",
    type: { kind: "bool" },
    trlDefault: false,
    help: "Biases on gate, up and down; for llama.",
    source: "transformers LlamaConfig, mlp_bias",
    effect: "restart",
    optional: true,
  },
  slidingWindow: {
    label: "Sliding window",
    type: { kind: "int", min: 1, max: 4096, nullable: true },
    trlDefault: null,
    help: "Tokens that a query sees, itself included; none: all before it. For mistral, mixtral, and every second layer of gpt_oss.",
    source: "transformers MistralConfig, sliding_window",
    effect: "restart",
    optional: true,
  },
  rotaryScaling: {
    label: "Rotary scaling",
    type: { kind: "map", nullable: true },
    trlDefault: null,
    help: "Of type llama3, or yarn for gpt_oss; none leaves the rotary positions as they are.",
    source: "transformers LlamaConfig, rope_scaling",
    effect: "restart",
    optional: true,
  },
} satisfies TableOf<PolicyConfig, { label: string }>;
