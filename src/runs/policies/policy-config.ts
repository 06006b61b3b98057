import { shown } from "../../base/shown.ts";
import { bounds } from "../../config/parse-field.ts";
import { field, policySchema } from "../../config/schema.ts";
import type { PolicyConfig } from "../../config/types.ts";
import { shapeOfConfig } from "../../engine/policy/config-json.ts";
import type { Json } from "../../engine/policy/json-settings.ts";
import type { PolicyShape } from "../../engine/policy/shape.ts";
import { llavaOfConfig } from "../../engine/policy/vision/llava-config.ts";
import { refused } from "./policy-refused.ts";

/** A policy's shape as its config.json has it, and the size of its vocabulary. */
export interface StatedPolicy {
  policy: PolicyConfig;
  vocabulary: number;
  /** Of one that sees pictures: the id of the token in whose places a text has them. */
  imageToken?: number;
}

/**
 * What config.json says of the policy.
 *
 * @throws UserError that names the architecture or the setting that is not computed here.
 */
export function statedPolicy(file: Uint8Array): StatedPolicy {
  const { shape: stated, imageToken } = shapeIn(readObject(file, "config.json"));
  const { vocab: vocabulary, padTokenId: _, visionTensors: __, ...shape } = stated;
  // A run leaves the usual architecture out.
  const { architecture, ...llama } = shape;
  const given = architecture === "llama" ? llama : shape;
  const checked = policySchema.safeParse(given);
  if (checked.success) {
    return { policy: checked.data, vocabulary, ...(imageToken !== undefined && { imageToken }) };
  }
  const name = String(checked.error.issues[0]?.path[0]);
  const value = Object.entries(given).find(([key]) => key === name)?.[1];
  throw refused(
    `config.json has ${NAMES[name as keyof PolicyConfig]} ${shown(value)}; here it takes ${bounds(field(name).type)}`,
  );
}

function shapeIn(config: Json): { shape: PolicyShape; imageToken?: number } {
  try {
    return config.model_type === "llava" ? llavaOfConfig(config) : { shape: shapeOfConfig(config) };
  } catch (error) {
    if (error instanceof RangeError) throw refused(error.message);
    throw error;
  }
}

/** transformers' names of what makes the shape. */
const NAMES: Readonly<Record<keyof PolicyConfig, string>> = {
  layers: "num_hidden_layers",
  width: "hidden_size",
  heads: "num_attention_heads",
  kvHeads: "num_key_value_heads",
  hidden: "intermediate_size",
  tied: "tie_word_embeddings",
  rmsNormEps: "rms_norm_eps",
  ropeTheta: "rope_theta",
  architecture: "model_type",
  headDim: "head_dim",
  attentionBias: "attention_bias",
  mlpBias: "mlp_bias",
  slidingWindow: "sliding_window",
  rotaryScaling: "rope_parameters",
  mixture: "num_local_experts",
  vision: "vision_config",
};

/** The JSON of one of a folder's files. */
export function readJson(file: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file));
  } catch {
    throw refused(`${name} is not JSON`);
  }
}

/** The same of a file that has settings by name. */
export function readObject(file: Uint8Array, name: string): Json {
  const json = readJson(file, name);
  if (json !== null && typeof json === "object" && !Array.isArray(json)) return { ...json };
  throw refused(`${name} is not a JSON object`);
}
