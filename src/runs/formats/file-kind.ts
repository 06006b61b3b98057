import { UserError } from "../../base/user-error.ts";
import { isObject } from "../logs/json-log.ts";

/** What Import does with a file that is none of those it reads. */
interface Kind {
  /** "a script", as the sentence has it. */
  is: string;
  remedy: string;
  /** Whether people have their configuration in such a file. */
  holdsConfiguration?: true;
}

const READS =
  "Import reads runs (.ratioscope), policies (safetensors with config.json), training logs, a trainer's metrics and completions.";
const PASTE = "Paste its configuration into the text field of Import instead.";
const LOGGED =
  "It has no metrics and no log-probabilities to show: import what the trainer logged.";
const PICTURE = "Import reads no pictures; the numbers behind a chart come as CSV or JSON lines.";
const UNPACK = "Unpack it and drop what is in it; of archives only .zip is read.";

const WITH_CONFIG = "Import reads it on the page, together with its config.json.";

/** By ending, without its dot. */
const ENDINGS: readonly (readonly [endings: string, kind: Kind])[] = [
  ["py", { is: "a Python script", remedy: PASTE, holdsConfiguration: true }],
  ["sh bash zsh slurm sbatch", { is: "a shell script", remedy: PASTE, holdsConfiguration: true }],
  ["yaml yml", { is: "a YAML file", remedy: PASTE, holdsConfiguration: true }],
  ["toml", { is: "a TOML file", remedy: PASTE, holdsConfiguration: true }],
  [
    "ipynb",
    {
      holdsConfiguration: true,
      is: "a notebook",
      remedy: "Paste the cell that has the configuration into the text field of Import instead.",
    },
  ],
  ["png jpg jpeg gif webp svg bmp ico avif", { is: "a picture", remedy: PICTURE }],
  ["tar gz tgz bz2 xz zst 7z rar", { is: "an archive", remedy: UNPACK }],
  ["pdf docx pptx html htm", { is: "a document", remedy: READS }],
  ["md rst", { is: "a text for readers", remedy: READS }],
  ["safetensors", { is: "a checkpoint: the weights of a policy", remedy: WITH_CONFIG }],
  [
    "bin pt pth pkl ckpt",
    {
      is: "a pickled file, as old checkpoints are, which can run code",
      remedy:
        "Save its model again in Python: AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW).",
    },
  ],
  ["zip", { is: "an archive", remedy: "Import reads a policy in it on the page; else unpack it." }],
  ["ratioscope", { is: "a run of this page", remedy: "Import opens it on the page." }],
  [
    "wandb",
    {
      is: "wandb's own binary log",
      remedy: "Export the run's history as CSV from its page, or by wandb.Api().run(…).history().",
    },
  ],
  ["npy npz h5 hdf5 arrow feather", { is: "a file of arrays", remedy: READS }],
  [
    "db sqlite sqlite3",
    { is: "a database", remedy: "Export the run's metrics as CSV or JSON lines." },
  ],
  [
    "gguf ggml",
    {
      is: "a GGUF file of weights",
      remedy: "A policy is read from model.safetensors with its config.json.",
    },
  ],
  [
    "onnx tflite",
    {
      is: "a model for inference alone",
      remedy: "A policy is read from model.safetensors with its config.json.",
    },
  ],
  ["mp4 mov webm mp3 wav", { is: "a recording of pictures or sound", remedy: READS }],
];

/** The first bytes that name a kind whatever the file is called. */
const SIGNATURES: readonly (readonly [bytes: readonly number[], ending: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], "png"],
  [[0xff, 0xd8, 0xff], "jpg"],
  [[0x47, 0x49, 0x46, 0x38], "gif"],
  [[0x25, 0x50, 0x44, 0x46], "pdf"],
  [[0x50, 0x4b, 0x03, 0x04], "zip"],
  [[0x1f, 0x8b], "gz"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zst"],
  [[0x47, 0x47, 0x55, 0x46], "gguf"],
];

/** Endings that a policy's own reader has a sentence for. */
const OF_POLICY = /\.(safetensors|zip|bin|pt|pth|pkl|ckpt|index\.json)$/i;

export const isOfPolicy = (path: string): boolean => OF_POLICY.test(path);

/** The sentence for a file of a kind that is not read; null: its name and first bytes say nothing. */
export function refusalByName(path: string, head: Uint8Array): UserError | null {
  const kind = kindByName(path, head);
  return kind === null ? null : refusal(path.replace(/^.*\//, ""), kind);
}

/** Whether a file is, by its name, one that people write configurations in. */
export const isForPasting = (path: string, head: Uint8Array): boolean =>
  kindByName(path, head)?.holdsConfiguration === true;

function kindByName(path: string, head: Uint8Array): Kind | null {
  const signed = SIGNATURES.find(([bytes]) => bytes.every((byte, i) => head[i] === byte))?.[1];
  // A run of this page is a zip of its own ending.
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase();
  const found = ending === "ratioscope" ? ending : (signed ?? ending);
  return ENDINGS.find(([endings]) => endings.split(" ").includes(found ?? ""))?.[1] ?? null;
}

const refusal = (name: string, { is, remedy }: Kind): UserError =>
  new UserError(`${name.slice(0, 200)} is ${is}.`, remedy);

/** Of a file of which no more is known than its form: text or JSON. */
export class UnknownKind extends UserError {
  constructor(name: string, is: string) {
    super(`${name.slice(0, 200)} is ${is}.`, READS);
  }
}

/** Keys that say what a JSON file is, and what to do with it. */
const OBJECTS: readonly (readonly [keys: readonly string[], kind: Kind])[] = [
  [
    ["nbformat"],
    {
      is: "a notebook",
      remedy: "Paste the cell that has the configuration into the text field of Import instead.",
    },
  ],
  [
    ["peft_type"],
    {
      is: "the configuration of a LoRA adapter",
      remedy: "Merge the adapter into its model (merge_and_unload) and import that folder.",
    },
  ],
  [
    ["model_type"],
    {
      is: "a model's configuration",
      remedy: "Drop the whole folder, with model.safetensors beside it.",
    },
  ],
  [
    ["architectures"],
    {
      is: "a model's configuration",
      remedy: "Drop the whole folder, with model.safetensors beside it.",
    },
  ],
  [
    ["model", "added_tokens"],
    { is: "a tokenizer", remedy: "Drop the whole folder, with model.safetensors beside it." },
  ],
  [
    ["tokenizer_class"],
    {
      is: "a tokenizer's configuration",
      remedy: "Drop the whole folder, with model.safetensors beside it.",
    },
  ],
  [
    ["weight_map"],
    {
      is: "the index of sharded weights",
      remedy: "Drop the whole folder, with its .safetensors files.",
    },
  ],
  [
    ["eos_token_id", "transformers_version"],
    {
      is: "a configuration for generation",
      remedy: "Drop the whole folder, with model.safetensors beside it.",
    },
  ],
  [
    ["train_batch_size", "zero_optimization"],
    { is: "a configuration of DeepSpeed", remedy: READS },
  ],
  [["per_device_train_batch_size"], { is: "a trainer's configuration", remedy: PASTE }],
  [["num_generations"], { is: "a trainer's configuration", remedy: PASTE }],
  [["learning_rate"], { is: "a trainer's configuration", remedy: PASTE }],
  [["dependencies"], { is: "a package's description", remedy: READS }],
  [["messages"], { is: "a data set of conversations", remedy: LOGGED }],
  [["conversations"], { is: "a data set of conversations", remedy: LOGGED }],
  [["chosen", "rejected"], { is: "a data set of preferences", remedy: LOGGED }],
  ...([["instruction"], ["prompt"], ["question", "answer"], ["problem", "solution"]] as const).map(
    (keys) => [keys, { is: "a data set of prompts", remedy: LOGGED }] as const,
  ),
  [
    ["train_runtime"],
    { is: "the summary at a run's end", remedy: "The steps are in trainer_state.json beside it." },
  ],
];

/** The sentence for JSON, lines of it, or a table by one row, that no reader knows. */
export function refusalByContent(
  path: string,
  value: unknown,
  form: "JSON" | "a table",
): UserError {
  const name = path.replace(/^.*\//, "");
  const sample = Array.isArray(value) ? (value as unknown[]).find(isObject) : value;
  if (!isObject(sample)) {
    return form === "JSON"
      ? new UnknownKind(name, "JSON without a table in it")
      : refusal(name, { is: "a table without a row in it", remedy: READS });
  }
  const kind = OBJECTS.find(([keys]) => keys.every((key) => key in sample));
  if (kind !== undefined) return refusal(name, kind[1]);
  const keys = Object.keys(sample)
    .slice(0, 8)
    .map((key) => key.slice(0, 40));
  if (form === "a table") {
    const is = `a table with the columns ${keys.join(", ")}, none of which a trainer logs`;
    return refusal(name, { is, remedy: READS });
  }
  const found = keys.length === 0 ? "no field" : `the fields ${keys.join(", ")}`;
  return new UnknownKind(name, `JSON with ${found}, which no reader here knows`);
}

/** The sentence for text in which nothing was found. */
export function refusalOfText(path: string, text: string): UserError {
  const name = path.replace(/^.*\//, "");
  if (text.trim() === "") return refusal(name, { is: "empty", remedy: READS });
  if (/\bGRPOConfig\b|--?num[_-]generations\b/.test(text))
    return refusal(name, { is: "a text with a trainer's configuration", remedy: PASTE });
  if (text.includes("\0"))
    return refusal(name, { is: "a binary file of a kind that is not read", remedy: READS });
  return new UnknownKind(
    name,
    "text without a line that a trainer logs, such as {'loss': 0.1, 'grad_norm': 0.5}",
  );
}
