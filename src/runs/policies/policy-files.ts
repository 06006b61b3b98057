import { refused } from "./policy-refused.ts";
import { entriesOf, joinShards } from "./safetensors-shards.ts";
import type { Files } from "../formats/zip.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The files of one policy, all from one folder. */
export interface PolicyFiles {
  /** Its path, "" where the files lie in none. */
  folder: string;
  /** The name of the file that has the weights, or of the index of several. */
  weightsName: string;
  weights: Bytes;
  config: Bytes;
  tokenizer: Bytes | undefined;
  /** How pictures become pixels: transformers 5 has it in the first, if there, and 4 in the second. */
  processor: Bytes | undefined;
  preprocessor: Bytes | undefined;
  /** Folders with weights that were not taken, for their names to be said. */
  others: readonly string[];
}

/** What archives of macOS add: no files of the policy. */
const ofTheSystem = (path: string) => /(^|\/)(__MACOSX\/|\.)/.test(path);

const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const CHECKPOINT = /^checkpoint-(\d+)$/;

/**
 * The policy in the files of a folder: the one that lies in it, or the newest of its checkpoints.
 * Configuration and tokenizer are those beside the weights: others say nothing of these.
 *
 * @throws UserError for no weights, for several policies, for an adapter, for weights alone.
 */
export function policyFilesIn(files: Files): PolicyFiles {
  const folders = byFolder(files);
  const whole = [...folders].filter(([, own]) => weightsIn(own) !== undefined);
  const folder = chosen(whole.map(([path]) => path));
  if (folder === undefined) throw noWeights(folders);
  const own = folders.get(folder) ?? new Map<string, Bytes>();
  const weightsName = weightsIn(own) ?? WEIGHTS;
  const config = own.get("config.json");
  if (config === undefined) throw noConfig(own, weightsName, folder);
  return {
    folder,
    weightsName,
    weights: weightsName === INDEX ? joinShards(own, INDEX) : own.get(weightsName)!,
    config,
    tokenizer: own.get("tokenizer.json"),
    processor: own.get("processor_config.json"),
    preprocessor: own.get("preprocessor_config.json"),
    others: whole.map(([path]) => path).filter((path) => path !== folder),
  };
}

function byFolder(files: Files): Map<string, Map<string, Bytes>> {
  const folders = new Map<string, Map<string, Bytes>>();
  for (const [path, bytes] of files) {
    if (ofTheSystem(path)) continue;
    const slash = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, slash));
    const own = folders.get(folder) ?? new Map<string, Bytes>();
    folders.set(folder, own.set(path.slice(slash + 1), bytes));
  }
  return folders;
}

/** The name of a folder's weights: transformers' own, an index of parts, or the only others. */
function weightsIn(own: ReadonlyMap<string, Bytes>): string | undefined {
  if (own.has(WEIGHTS)) return WEIGHTS;
  if (own.has(INDEX)) return INDEX;
  const found = [...own.keys()].filter(
    (name) => name.endsWith(".safetensors") && !name.startsWith("adapter_"),
  );
  return found.length === 1 ? found[0] : undefined;
}

const base = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const numberOf = (path: string) => Number(CHECKPOINT.exec(base(path))?.[1]);

/** A trainer's folder has checkpoints beside, or in place of, what training ended with. */
function chosen(paths: readonly string[]): string | undefined {
  const finished = paths.filter((path) => !CHECKPOINT.test(base(path)));
  if (finished.length === 1) return finished[0];
  const parents = new Set(paths.map((path) => path.slice(0, path.length - base(path).length)));
  if (finished.length === 0 && parents.size === 1) {
    return paths.toSorted((a, b) => numberOf(b) - numberOf(a))[0];
  }
  if (paths.length === 0) return undefined;
  throw refused(
    `there are ${paths.length} in these folders (${paths.map(named).join(", ")})`,
    "Choose the folder of one of them.",
  );
}

const named = (folder: string) => (folder === "" ? "the folder itself" : folder);

function noConfig(own: ReadonlyMap<string, Bytes>, weights: string, folder: string) {
  const where = folder === "" ? "" : ` in ${folder}`;
  const found = adapterIn(own);
  if (found !== undefined) return found;
  const bytes = own.get(weights);
  // A file that is damaged would not be read with its configuration either.
  if (bytes !== undefined && weights !== INDEX && entriesOf(bytes, weights).some(isAdapters)) {
    return adapter();
  }
  return refused(
    `there is no config.json beside ${weights}${where}, and weights do not say how many heads they are cut into, nor rope_theta`,
    "Choose the folder that has both, or both files together.",
  );
}

/** A PEFT adapter among a folder's files, called by its name. */
function adapterIn(own: ReadonlyMap<string, Bytes>) {
  const config = own.get("adapter_config.json");
  const weights = [...own.keys()].some((name) => /^adapter_model\.(safetensors|bin)$/.test(name));
  return config === undefined && !weights ? undefined : adapter(config);
}

/** Whether a tensor is one of an adapter's. */
export const isAdapters = ({ name }: { name: string }): boolean => /\.lora_[AB]\./.test(name);

/** What a LoRA adapter is, and how a policy is made of it. */
export function adapter(config?: Bytes) {
  const { peft_type: type, base_model_name_or_path: base } = stated(config);
  const kind =
    typeof type === "string" && type !== "LORA" ? `a PEFT adapter (${type})` : "a LoRA adapter";
  const of = typeof base === "string" && base !== "" ? ` of ${base.slice(0, 80)}` : "";
  return refused(
    `this is ${kind}${of}, which holds changes to a model and not the model`,
    "Merge it in Python: AutoPeftModelForCausalLM.from_pretrained(FOLDER).merge_and_unload().save_pretrained(MERGED), and choose the folder MERGED.",
  );
}

function stated(config: Bytes | undefined): Record<string, unknown> {
  try {
    const value: unknown = config && JSON.parse(new TextDecoder().decode(config));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function noWeights(folders: ReadonlyMap<string, ReadonlyMap<string, Bytes>>) {
  const names = [...folders.values()].flatMap((own) => [...own.keys()]);
  for (const own of folders.values()) {
    const found = adapterIn(own);
    if (found) return found;
  }
  const pickled = names.find((name) => /\.(bin|pt|pth|pkl|ckpt)(\.index\.json)?$/.test(name));
  if (pickled !== undefined) {
    return refused(
      `its weights are pickled (${pickled}), which can run code; safetensors are read`,
      "Save it again in Python: AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW).",
    );
  }
  const gguf = names.find((name) => name.endsWith(".gguf"));
  if (gguf !== undefined) return refused(`${gguf} is llama.cpp's format; safetensors are read`);
  const parts = names.filter((name) => name.endsWith(".safetensors"));
  if (parts.length > 1) {
    return refused(
      `there are ${parts.length} safetensors files (${parts.slice(0, 3).join(", ")}${parts.length > 3 ? ", …" : ""}) and no ${INDEX} that says what is in which`,
      "Choose the whole folder, or one of the files with its config.json.",
    );
  }
  return refused("there is no model.safetensors");
}
