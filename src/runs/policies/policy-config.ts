import { shown } from "../../base/shown.ts";
import { bounds } from "../../config/parse-field.ts";
import { field, policySchema } from "../../config/schema.ts";
import type { ArchitectureConfig } from "../../config/architecture.ts";
import type { PolicyConfig } from "../../config/types.ts";
import { refused } from "./policy-refused.ts";
import { z } from "../formats/zod.ts";

/** A Llama's shape as its config.json has it, and the size of its vocabulary. */
export interface StatedPolicy {
  policy: PolicyConfig;
  vocabulary: number;
}

/** The numbers of LlamaConfig that make the shape. */
const sizes = z.looseObject({
  vocab_size: z.number(),
  hidden_size: z.number(),
  intermediate_size: z.number(),
  num_hidden_layers: z.number(),
  num_attention_heads: z.number(),
  num_key_value_heads: z.number().nullish(),
  head_dim: z.number().nullish(),
  rms_norm_eps: z.number().optional(),
  rope_theta: z.number().nullish(),
  rope_parameters: z.looseObject({ rope_theta: z.number().optional() }).nullish(),
  tie_word_embeddings: z.boolean().optional(),
});

/** Settings of LlamaConfig that this engine's decoder has one value for. */
const FIXED: Readonly<Record<string, { is: unknown; because: string }>> = {
  hidden_act: { is: "silu", because: "the activation of its MLP" },
  attention_bias: { is: false, because: "its attention has no biases" },
  mlp_bias: { is: false, because: "its MLP has no biases" },
};

/**
 * What config.json says of the policy.
 *
 * @throws UserError that names the architecture or the setting that this decoder has not.
 */
export function statedPolicy(file: Uint8Array): StatedPolicy {
  const json = readJson(file, "config.json");
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    throw refused("config.json is not a JSON object");
  }
  const given: Readonly<Record<string, unknown>> = { ...json };
  requireLlama(given);
  for (const [name, { is, because }] of Object.entries(FIXED)) {
    const value = given[name];
    if (value !== undefined && value !== is) {
      throw refused(
        `config.json has ${name} ${shown(value)}; this decoder has ${shown(is)} (${because})`,
      );
    }
  }
  requirePlainPositions(given);
  const checked = sizes.safeParse(given);
  if (!checked.success) {
    const [path = ""] = checked.error.issues[0]?.path ?? [];
    const name = String(path);
    const value = given[name];
    throw refused(
      value === undefined
        ? `config.json has no ${name}`
        : `config.json has ${name} ${shown(value)}, which is not the kind of value that it takes`,
    );
  }
  return shapeOf(checked.data);
}

function requireLlama({ model_type: type, architectures }: Readonly<Record<string, unknown>>) {
  if (type === "llama") return;
  const [name] = Array.isArray(architectures) ? architectures : [];
  const called = typeof name === "string" ? ` (${name.slice(0, 60)})` : "";
  throw typeof type === "string"
    ? refused(`it is a ${type.slice(0, 60)}${called}, and this decoder is a Llama`)
    : refused("config.json has no model_type, so that nothing says that it is a Llama");
}

/** Rotary positions at their own pace: scaled ones are another function. */
function requirePlainPositions(given: Readonly<Record<string, unknown>>): void {
  const { rope_scaling: scaling, rope_parameters: parameters } = given;
  const kind = (value: unknown): unknown => {
    if (value === null || typeof value !== "object") return value;
    const { rope_type: newer, type: older }: { rope_type?: unknown; type?: unknown } = value;
    return newer ?? older ?? "default";
  };
  for (const [name, value] of [
    ["rope_scaling", scaling],
    ["rope_parameters", parameters],
  ] as const) {
    if (value == null || kind(value) === "default") continue;
    throw refused(
      `config.json has ${name} ${shown(kind(value))}; this decoder's positions are not scaled`,
    );
  }
}

function shapeOf(config: z.infer<typeof sizes>): StatedPolicy {
  const heads = config.num_attention_heads;
  if (config.head_dim != null && config.head_dim !== config.hidden_size / heads) {
    throw refused(
      `its heads have ${config.head_dim} channels; here they have hidden_size / num_attention_heads (${config.hidden_size / heads})`,
    );
  }
  const given = {
    layers: config.num_hidden_layers,
    width: config.hidden_size,
    heads,
    kvHeads: config.num_key_value_heads ?? heads,
    hidden: config.intermediate_size,
    tied: config.tie_word_embeddings ?? false,
    rmsNormEps: config.rms_norm_eps ?? 1e-6,
    ropeTheta: config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000,
  };
  const checked = policySchema.safeParse(given);
  if (checked.success) return { policy: checked.data, vocabulary: config.vocab_size };
  const name = String(checked.error.issues[0]?.path[0]);
  const value = Object.entries(given).find(([key]) => key === name)?.[1];
  throw refused(
    `config.json has ${NAMES[name as Size]} ${shown(value)}; here it takes ${bounds(field(name).type)}`,
  );
}

type Size = Exclude<keyof PolicyConfig, keyof ArchitectureConfig>;

/** LlamaConfig's names of what makes the shape. */
const NAMES: Readonly<Record<Size, string>> = {
  layers: "num_hidden_layers",
  width: "hidden_size",
  heads: "num_attention_heads",
  kvHeads: "num_key_value_heads",
  hidden: "intermediate_size",
  tied: "tie_word_embeddings",
  rmsNormEps: "rms_norm_eps",
  ropeTheta: "rope_theta",
};

/** The JSON of one of a folder's files. */
export function readJson(file: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file));
  } catch {
    throw refused(`${name} is not JSON`);
  }
}
