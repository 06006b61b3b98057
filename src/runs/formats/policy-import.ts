import { PARAMETERS } from "../../config/check.ts";
import { parameterCount } from "../../config/parameter-count.ts";
import { policySchema } from "../../config/schema.ts";
import type { PolicyConfig, RunConfig } from "../../config/types.ts";
import { z } from "./zod.ts";
import { parameterLayout, type ParameterTensor } from "../../engine/policy/parameters.ts";
import {
  READ_TYPES,
  safetensorsEntries,
  type TensorEntry,
} from "../../engine/policy/safetensors.ts";
import { policyShape } from "../../engine/shape-of.ts";
import { task as taskOf, tasks } from "../../engine/tasks/registry.ts";
import { UserError } from "../../engine/user-error.ts";
import { isZip, readZip, type Files } from "./zip.ts";

/** A policy from a file, checked; the file's tensors fit `policy` and are all there. */
export interface ImportedPolicy {
  policy: PolicyConfig;
  task: string;
  /** The safetensors file, not decoded yet. */
  file: Uint8Array;
  /** Types of 16 bits that some of its tensors are of; decoding widens them to float32. */
  widened: readonly string[];
}

/** Bytes of a policy at the most parameters, and some for the other files. */
const LIMITS = { entries: 64, bytes: PARAMETERS.max * 4 + 2 ** 24 };

const FIX = "Choose a Llama of this page's sizes whose weights are float32, float16 or bfloat16.";
const refused = (why: string) => new UserError(`The policy cannot be used: ${why}.`, FIX);

/** Settings of LlamaConfig that this engine's decoder has one value for. */
const configSchema = z.looseObject({
  model_type: z.literal("llama"),
  vocab_size: z.number(),
  hidden_size: z.number(),
  intermediate_size: z.number(),
  num_hidden_layers: z.number(),
  num_attention_heads: z.number(),
  num_key_value_heads: z.number().optional(),
  head_dim: z.number().nullish(),
  hidden_act: z.literal("silu").optional(),
  rms_norm_eps: z.number().optional(),
  rope_theta: z.number().optional(),
  rope_scaling: z.null().optional(),
  rope_parameters: z
    .looseObject({ rope_theta: z.number(), rope_type: z.literal("default").optional() })
    .nullish(),
  tie_word_embeddings: z.boolean().optional(),
  attention_bias: z.literal(false).optional(),
  mlp_bias: z.literal(false).optional(),
});

const tokenizerSchema = z.looseObject({
  model: z.looseObject({ vocab: z.record(z.string(), z.number()) }),
});

/**
 * A policy in a folder's files, by path, in an archive of such a folder, or in a single
 * safetensors file, which must then have the shapes of `run`. Nothing is decoded.
 *
 * @throws UserError that names the file, what it has and what is needed.
 */
export function readPolicy(files: Files, run: RunConfig): ImportedPolicy {
  const [first] = files.values();
  const archive = files.size === 1 && first !== undefined && isZip(first);
  return policyIn(archive ? readZip(first, LIMITS) : files, run);
}

function policyIn(files: Files, run: RunConfig): ImportedPolicy {
  const named = (ending: string) =>
    [...files].find(([path]) => path === ending || path.endsWith(`/${ending}`))?.[1];
  const weights = named("model.safetensors") ?? onlySafetensors(files);
  if (weights === undefined) throw noWeights(files);
  const json = named("config.json");
  const tokenizer = named("tokenizer.json");
  const task = tokenizer === undefined ? run.task : taskWith(vocabularyOf(tokenizer));
  const policy = json === undefined ? run.policy : policyOf(json, task);
  const count = parameterCount(policy, taskOf(task).vocabulary.length);
  if (count > PARAMETERS.max) {
    throw refused(`it has ${count} parameters; at most ${PARAMETERS.max} are supported`);
  }
  const types = checkTensors(weights, { ...run, policy, task });
  return { policy, task, file: weights, widened: types.filter((type) => type !== "F32") };
}

function onlySafetensors(files: Files): Uint8Array | undefined {
  const found = [...files].filter(([path]) => path.endsWith(".safetensors"));
  return found.length === 1 ? found[0]?.[1] : undefined;
}

function noWeights(files: Files): UserError {
  const names = [...files.keys()];
  if (names.some((name) => name.endsWith(".index.json"))) {
    return refused("its weights are split over several files; one model.safetensors is read");
  }
  if (names.some((name) => /\.(bin|pt|pth|pkl|ckpt)$/.test(name))) {
    return refused("its weights are pickled, which can run code; only model.safetensors is read");
  }
  return refused("there is no model.safetensors");
}

function parse<T>(file: Uint8Array, name: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file));
  } catch {
    throw refused(`${name} is not JSON`);
  }
  const checked = schema.safeParse(json);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw refused(`${name}, ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
}

function policyOf(file: Uint8Array, task: string): PolicyConfig {
  const config = parse(file, "config.json", configSchema);
  const heads = config.num_attention_heads;
  const vocabulary = taskOf(task).vocabulary.length;
  if (config.vocab_size !== vocabulary) {
    throw refused(
      `its vocabulary has ${config.vocab_size} tokens; the task ${task} has ${vocabulary}`,
    );
  }
  if (config.head_dim != null && config.head_dim !== config.hidden_size / heads) {
    throw refused(`its heads have ${config.head_dim} channels; here they have width / heads`);
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
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw refused(`config.json, ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
}

const vocabularyOf = (file: Uint8Array): Readonly<Record<string, number>> =>
  parse(file, "tokenizer.json", tokenizerSchema).model.vocab;

/** The task whose tokens have these ids; the tokens decide what the weights mean. */
function taskWith(vocabulary: Readonly<Record<string, number>>): string {
  const size = Object.keys(vocabulary).length;
  const found = tasks.find(
    (task) =>
      task.vocabulary.length === size &&
      task.vocabulary.every(
        (text, id) => Object.hasOwn(vocabulary, text) && vocabulary[text] === id,
      ),
  );
  if (found) return found.id;
  throw refused(`tokenizer.json has ${size} tokens that are no task's vocabulary`);
}

/** The types of the tensors, each once. */
function checkTensors(file: Uint8Array, run: RunConfig): string[] {
  const types = new Set<string>();
  const entries = new Map<string, TensorEntry>();
  let needed: readonly ParameterTensor[];
  try {
    for (const entry of safetensorsEntries(file).entries) entries.set(entry.name, entry);
    needed = parameterLayout(policyShape(run, taskOf(run.task))).tensors;
  } catch (error) {
    if (error instanceof RangeError) throw refused(error.message);
    throw error;
  }
  for (const { name, shape } of needed) {
    const entry = entries.get(name);
    if (entry === undefined) throw refused(`model.safetensors has no ${name}`);
    if (entry.shape.join() !== shape.join()) {
      throw refused(
        `${name} is ${entry.shape.join("×") || "a number"}; a policy of this shape needs ${shape.join("×")}`,
      );
    }
    requireReadable(entry);
    types.add(entry.dtype);
    entries.delete(name);
  }
  // Some writers store a tied head a second time.
  const again = run.policy.tied ? entries.get("lm_head.weight") : undefined;
  if (again !== undefined) {
    requireReadable(again);
    entries.delete("lm_head.weight");
  }
  const [extra] = entries.keys();
  if (extra !== undefined) throw refused(`it also has ${extra}, which this decoder has not`);
  return [...types];
}

function requireReadable({ name, dtype }: TensorEntry): void {
  if (READ_TYPES.includes(dtype)) return;
  throw refused(`${name} is ${dtype}; ${READ_TYPES.join(", ")} are read`);
}
