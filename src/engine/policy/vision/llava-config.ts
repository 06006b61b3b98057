import type { VisionConfig } from "../../../config/architecture.ts";
import { shapeOfConfig } from "../config-json.ts";
import { count, flag, type Json, optional, refuse } from "../json-settings.ts";
import type { PolicyShape } from "../shape.ts";
import { visionTensors } from "./tensors.ts";
import { towerOf } from "./tower.ts";
import { USUAL } from "./write-llava-config.ts";

/** Settings that are computed for one value; what is not stated is that value. */
const FIXED: Readonly<Record<string, unknown>> = {
  projector_hidden_act: "gelu",
  multimodal_projector_bias: true,
  "text_config.model_type": "llama",
  "vision_config.hidden_act": "quick_gelu",
  "vision_config.attention_dropout": 0,
  "vision_config.model_type": "clip_vision_model",
};

const part = (config: Json, name: string): Json => {
  const value = config[name];
  if (typeof value === "object" && value !== null) return value as Json;
  throw new RangeError(`config.json has no ${name}`);
};

/**
 * The shape of the policy that a LLaVA's config.json of transformers describes, and the id of the token
 * in whose places the text has the picture.
 *
 * @throws RangeError that names the setting that is missing or not computed here.
 */
export function llavaOfConfig(config: Json): { shape: PolicyShape; imageToken: number } {
  const vision = visionOf(config);
  for (const [path, is] of Object.entries(FIXED)) {
    const [name, within] = path.split(".").toReversed() as [string, string?];
    const value = (within ? part(config, within) : config)[name];
    if (value !== undefined && value !== is)
      throw refuse(path, value, `only ${String(is)} is computed`);
  }
  const text = shapeOfConfig({ model_type: "llama", ...part(config, "text_config") });
  // Either may say it.
  const tied = (flag(config, "tie_word_embeddings") ?? false) || text.tied;
  const shape: PolicyShape = { ...text, tied, vision };
  towerOf(vision, shape);
  shape.visionTensors = visionTensors(shape);
  const imageToken = optional(config, "image_token_index") ?? count(config, "image_token_id");
  return { shape, imageToken };
}

function visionOf(config: Json): VisionConfig {
  const vision = part(config, "vision_config");
  const strategy = config.vision_feature_select_strategy ?? "default";
  if (strategy !== "default" && strategy !== "full") {
    throw refuse("vision_feature_select_strategy", strategy, "default and full are computed");
  }
  const more = {
    channels: optional(vision, "num_channels"),
    layerNormEps: optional(vision, "layer_norm_eps"),
    featureLayer: optional(config, "vision_feature_layer"),
    selectStrategy: strategy,
  };
  const unusual = Object.entries(more).filter(
    ([name, value]) => value !== null && value !== USUAL[name as keyof typeof USUAL],
  );
  return {
    imageSize: count(vision, "image_size"),
    patchSize: count(vision, "patch_size"),
    width: count(vision, "hidden_size"),
    layers: count(vision, "num_hidden_layers"),
    heads: count(vision, "num_attention_heads"),
    hidden: count(vision, "intermediate_size"),
    ...Object.fromEntries(unusual),
  };
}

/**
 * A tensor's name in the policy's layout: transformers' versions differ in what they put before those of
 * language model and tower.
 */
export const ownName = (saved: string): string =>
  saved
    .replace(/^model\.(?=vision_tower\.|multi_modal_projector\.|language_model\.)/, "")
    .replace(/^vision_tower\.vision_model\./, "vision_tower.")
    .replace(/^language_model\.(?=model\.|lm_head\.)/, "")
    .replace(/^language_model\./, "model.");
