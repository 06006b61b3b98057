import type { Named, Written } from "../python/written.ts";

interface Kind {
  /** Whether keys are those of such a file. */
  fits(has: (...names: readonly string[]) => boolean): boolean;
  is: string;
}

const where = "Paste the GRPOConfig(…) of the script that made it.";

/** Files that people have beside their configuration, by their keys. */
const KINDS: readonly Kind[] = [
  {
    fits: (has) => has("architectures") || (has("model_type") && !has("num_generations")),
    is: "This is a model's config.json: it describes the network, not its training. The training's is in the script that makes a GRPOConfig(…).",
  },
  {
    fits: (has) => has("peft_type"),
    is: "This is an adapter_config.json of PEFT: it describes a LoRA adapter, not its training.",
  },
  {
    fits: (has) => has("transformers_version") && !has("per_device_train_batch_size"),
    is: "This is a generation_config.json: how a model samples, not how it is trained.",
  },
  {
    fits: (has) => has("tokenizer_class") || has("added_tokens_decoder"),
    is: "This is a tokenizer_config.json: it describes a tokenizer, not a training.",
  },
  {
    fits: (has) => has("zero_optimization") || has("train_micro_batch_size_per_gpu"),
    is: "This is a configuration of DeepSpeed: it says how to split the work, not what is trained. Paste the GRPOConfig(…) that names this file.",
  },
  {
    fits: (has) => has("distributed_type") && !has("num_generations"),
    is: "This is a configuration of accelerate: it says how to launch a script. Paste the GRPOConfig(…) with it, and its num_processes is read too.",
  },
  {
    fits: (has) => has("weight_map"),
    is: "This is the index of a model's weight files; it holds no configuration.",
  },
  {
    fits: (has) =>
      has("name", "dependencies") || has("name", "devDependencies") || has("name", "scripts"),
    is: "This is a package.json of npm; it holds no training configuration.",
  },
  {
    fits: (has) => has("compilerOptions"),
    is: "This is a tsconfig.json of TypeScript; it holds no training configuration.",
  },
  {
    fits: (has) => has("version", "configurations"),
    is: "This is a launch.json of an editor. What it starts has its configuration in the script, or in the args here: paste those as a command.",
  },
  {
    fits: (has) => has("messages") || has("model", "prompt"),
    is: "This is a request to a language model; it holds no training configuration.",
  },
];

/** What only lines of a log have: nobody sets a loss. */
const LOGGED =
  /^(train\/|eval[_/]|train_)?(loss|grad_norm|reward|reward_std|entropy|kl|epoch|train_runtime|clip_ratio\/.+|completions\/.+|rewards\/.+|frac_reward_zero_std|step_time)$/;

/** A key of what only a log has, with its list: beside it such a file may have a configuration too. */
const OF_A_LOG =
  /"(?:(log_history)|completion_ids|per_token_logps|old_per_token_logps|response_ids|old_log_probs)"\s*:\s*\[/;

/** A log as JSON, whatever fields of a configuration it has as well, as counters or as a whole. */
export function readJsonLog(source: string): Named | null {
  if (!/^\s*\{/.test(source)) return null;
  const found = OF_A_LOG.exec(source);
  if (!found) return null;
  return found[1] === undefined
    ? {
        is: `This is a training log with tokens, not a configuration: choose it as a file in Import, which shows it. ${where}`,
      }
    : {
        is: `This is a trainer_state.json: the log of a training run, not its configuration. ${where}`,
      };
}

/** What a map is by its keys, where it is no configuration but a file that is known. */
export function kindOf(written: readonly Written[]): Named | null {
  const names = new Set(written.map(({ name }) => name));
  const has = (...all: readonly string[]) => all.every((name) => names.has(name));
  const found = KINDS.find(({ fits }) => fits(has));
  if (found) return { is: found.is };
  const logged = [...names].filter((name) => LOGGED.test(name)).length;
  return logged < 2 ? null : { is: `This is a log of training, not its configuration. ${where}` };
}

/** Lines that a trainer prints: `{'loss': 0.0, 'grad_norm': 0.5, …}`, with or without a bar. */
export function readLogLines(source: string): Named | null {
  const rows = source.split("\n").filter((line) => line.trim() !== "");
  const logged = rows.filter((line) => {
    const [, inner] = /\{(.*)\}\s*$/.exec(line.slice(0, 4000)) ?? [];
    const keys = [...(inner ?? "").matchAll(/["']([\w/]+)["']\s*:/g)].map(([, key = ""]) => key);
    return keys.filter((key) => LOGGED.test(key)).length >= 2;
  });
  const [first] = logged;
  if (first === undefined || 2 * logged.length < rows.length) return null;
  const only =
    logged.length === 1
      ? "This is a log line that a trainer printed"
      : `These are ${logged.length} log lines that a trainer printed`;
  return { is: `${only}, not a configuration. ${where}` };
}
