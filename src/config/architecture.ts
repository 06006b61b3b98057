/** Architectures that the engine computes, under transformers' `model_type`. */
export const architectures = [
  "llama",
  "qwen2",
  "qwen3",
  "mistral",
  "mixtral",
  "qwen3_moe",
  "gpt_oss",
] as const;

export type ArchitectureName = (typeof architectures)[number];

/** Llama 3's: frequencies below a first bound are divided, above a second kept, smooth between. */
export interface Llama3Scaling {
  type: "llama3";
  factor: number;
  lowFrequencyFactor: number;
  highFrequencyFactor: number;
  /** Positions that the model was first trained with. */
  originalPositions: number;
}

/** YaRN: the same by how often a pair turns, and all of a head is multiplied by an attention factor. */
export interface YarnScaling {
  type: "yarn";
  factor: number;
  betaFast: number;
  betaSlow: number;
  originalPositions: number;
  /** Bounds are whole pairs. */
  truncate: boolean;
}

export type RotaryScaling = Llama3Scaling | YarnScaling;

/** A mixture of experts in the place of a layer's MLP. */
export interface MixtureConfig {
  /** E: `num_local_experts`. */
  experts: number;
  /** k, experts that a token goes through: `num_experts_per_tok`. */
  perToken: number;
  /** Width of one expert: `moe_intermediate_size`; the policy's `hidden` when left out. */
  hidden?: number;
  /** The k weights are divided by their sum: `norm_topk_prob`. True when left out. */
  normalised?: boolean;
  /** Layers that have a dense MLP: `mlp_only_layers`, `decoder_sparse_step`. None when left out. */
  denseLayers?: readonly number[];
}

/**
 * Routing Replay: the experts that a token goes through in a training step are the router's (none);
 * those of the rollout's weights, in the trainer (R2); or those of the sampler (R3). Their weights are
 * the present router's, over the experts that are replayed.
 */
export const routerReplays = ["none", "R2", "R3"] as const;
export type RouterReplay = (typeof routerReplays)[number];

/** What an arm's configuration says of a mixture's training. */
export interface RoutingFields {
  /** TRL's: what the load-balancing loss counts; its default, 0.001, when left out. */
  router_aux_loss_coef?: number;
  /** Not TRL's, which has none; none when left out. */
  router_replay?: RouterReplay;
}

export const routingDefaults = {
  router_aux_loss_coef: 0.001,
  router_replay: "none",
} as const satisfies RoutingFields;

/**
 * A vision tower as transformers' CLIP has it, and LLaVA's projector: a prompt may have a picture. Names
 * are those of `CLIPVisionConfig` and `LlavaConfig`.
 */
export interface VisionConfig {
  /** Pixels of a picture along either side: `image_size`. */
  imageSize: number;
  /** Pixels of a patch along either side: `patch_size`. */
  patchSize: number;
  /** `num_channels`; 3 when left out. */
  channels?: number;
  /** `hidden_size`. */
  width: number;
  /** `num_hidden_layers`. */
  layers: number;
  /** `num_attention_heads`; it divides `width`. */
  heads: number;
  /** Width of the MLPs: `intermediate_size`; 4 · width when left out. */
  hidden?: number;
  /** `layer_norm_eps`; 1e-5 when left out. */
  layerNormEps?: number;
  /**
   * Whose hidden state is taken, counted from the embedding, 0, or from the end: `vision_feature_layer`;
   * −2 when left out. Layers after it are there and never computed.
   */
  featureLayer?: number;
  /** Without the class token, or with it: `vision_feature_select_strategy`; default when left out. */
  selectStrategy?: "default" | "full";
  /** The tower keeps its weights, and the projector learns: `freeze_vision_tower`. True when left out. */
  frozen?: boolean;
}

/** What architectures differ in. What an architecture does not have is refused, not ignored. */
export interface ArchitectureConfig {
  /** Llama when left out. */
  architecture: ArchitectureName;
  /** D, numbers per head; null or left out: width / heads. */
  headDim: number | null;
  /** Biases on queries, keys, values and output: `attention_bias`. False when left out. */
  attentionBias: boolean;
  /** Biases on gate, up and down: `mlp_bias`. False when left out. */
  mlpBias: boolean;
  /** Tokens that a query sees, itself included: `sliding_window`. Null or left out: all before it. */
  slidingWindow: number | null;
  /** Null or left out: none. */
  rotaryScaling: RotaryScaling | null;
  /** Null or left out: none. */
  mixture: MixtureConfig | null;
  /** Null or left out: the policy sees no pictures. */
  vision: VisionConfig | null;
}
