import type { VisionConfig } from "../../../config/architecture.ts";
import { pictureTokens } from "../../../config/architecture-shape.ts";

/** transformers' own values, which a shape leaves out. */
export const USUAL = {
  channels: 3,
  layerNormEps: 1e-5,
  featureLayer: -2,
  selectStrategy: "default",
} as const satisfies Partial<VisionConfig>;

/**
 * What the config.json of transformers' LLaVA says of a tower and its projector, beside `text`, what it
 * says of the language model: `llavaOfConfig` reads the same shape back.
 *
 * @param imageToken the token in whose places a text has the picture
 */
export function configOfLlava(
  vision: VisionConfig,
  text: Readonly<Record<string, unknown>>,
  imageToken: number,
): Record<string, unknown> {
  const { width, hidden = 4 * width } = vision;
  const { channels, layerNormEps, featureLayer, selectStrategy } = { ...USUAL, ...vision };
  return {
    architectures: ["LlavaForConditionalGeneration"],
    model_type: "llava",
    image_token_index: imageToken,
    image_seq_length: pictureTokens(vision),
    multimodal_projector_bias: true,
    projector_hidden_act: "gelu",
    tie_word_embeddings: text.tie_word_embeddings,
    vision_feature_layer: featureLayer,
    vision_feature_select_strategy: selectStrategy,
    text_config: text,
    vision_config: {
      model_type: "clip_vision_model",
      attention_dropout: 0,
      hidden_act: "quick_gelu",
      hidden_size: width,
      image_size: vision.imageSize,
      intermediate_size: hidden,
      layer_norm_eps: layerNormEps,
      num_attention_heads: vision.heads,
      num_channels: channels,
      num_hidden_layers: vision.layers,
      patch_size: vision.patchSize,
      projection_dim: width,
    },
  };
}

/** A tensor's name as transformers' LLaVA saves it, in the form that versions 4 and 5 both open. */
export const savedName = (own: string): string =>
  own
    .replace(/^(?=model\.|lm_head\.)/, "language_model.")
    .replace(/^vision_tower\./, "vision_tower.vision_model.");
