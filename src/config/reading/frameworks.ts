import type { Named } from "../python/written.ts";
import type { FoundMap } from "./maps.ts";

/** A trainer of which this page knows that it is another one. */
interface Framework {
  /** As config/frameworks has it. */
  id: string;
  name: string;
  /** Keys of its files, in full: "algorithm.adv_estimator". */
  keys: RegExp;
  /** What its commands and scripts have. */
  text: RegExp;
}

const FRAMEWORKS: readonly Framework[] = [
  {
    id: "verl",
    name: "verl",
    keys: /^(actor_rollout_ref|algorithm\.adv_estimator|trainer\.total_epochs|critic\.ppo_\w+)\b/,
    text: /\bverl\.trainer\b|\bactor_rollout_ref\.|\balgorithm\.adv_estimator\b/,
  },
  {
    id: "nemo-rl",
    name: "NeMo RL",
    keys: /^(grpo\.num_(prompts_per_step|generations_per_prompt)|loss_fn\.(reference_policy_kl_penalty|ratio_clip_\w+)|policy\.(train_global_batch_size|max_total_sequence_length|megatron_cfg|dtensor_cfg))\b/,
    text: /\brun_grpo(_\w+)?\.py\b.*\b(grpo|policy|loss_fn)\.|\bnemo_rl\b|\bgrpo\.num_prompts_per_step\b/,
  },
  {
    id: "axolotl",
    name: "Axolotl",
    keys: /^(base_model|micro_batch_size|trl\.|rl)\b/,
    text: /\baxolotl\s+(train|preprocess)\b|\baxolotl\.cli\./,
  },
  {
    id: "ms-swift",
    name: "ms-swift",
    keys: /^(rlhf_type|rollout_importance_sampling_mode)\b/,
    text: /\b(swift|megatron)\s+rlhf\b|--rlhf_type\b|\bswift\.(llm|cli)\b/,
  },
  {
    id: "openrlhf",
    name: "OpenRLHF",
    keys: /^(algo\.advantage|actor\.policy_loss_type|n_samples_per_prompt)\b/,
    text: /\bopenrlhf\.cli\.|--algo\.advantage|--actor\.(eps_clip|policy_loss_type)|--n_samples_per_prompt\b/,
  },
  {
    id: "skyrl",
    name: "SkyRL",
    keys: /^(trainer\.policy_mini_batch_size|trainer\.algorithm\.policy_loss_type|generator\.n_samples_per_prompt)\b/,
    text: /\bskyrl(_train|\.train|\.)|\bgenerator\.n_samples_per_prompt\b|\btrainer\.policy_mini_batch_size\b|\btrainer\.algorithm\.\w+=/,
  },
  {
    id: "slime",
    name: "slime",
    keys: /^(rollout-batch-size|n-samples-per-prompt)\b/,
    text: /--n-samples-per-prompt\b|--rollout-batch-size\b|--advantage-estimator\b/,
  },
  {
    id: "areal",
    name: "AReaL",
    keys: /^(gconfig\.n_samples|actor\.ppo_n_minibatches|allocation_mode)\b/,
    text: /\bareal\.(api|launcher|utils|experimental)\b|\bfrom areal\b|\bgconfig\.n_samples\b/,
  },
  {
    id: "prime-rl",
    name: "prime-rl",
    keys: /^(orchestrator\.(algo|rollouts_per_example)|trainer\.loss\.dppo_\w+)\b/,
    text: /\bprime[-_]rl\b|\borchestrator\.algo\b/,
  },
];

/** A trainer that a text shows, and what shows it. */
export interface Shown {
  id: string;
  name: string;
  by: string;
}

const says = ({ name, by }: Shown): Named => ({
  is: `This is a configuration of ${name} (${by}), another trainer with settings of its own, and none of them could be read. Paste the command or the file that holds them.`,
});

/** The other trainer whose keys a file has. One key that others could have as well is not enough. */
export function frameworkByKeys(maps: readonly FoundMap[]): Shown | null {
  const keys = maps.flatMap(({ path, written }) =>
    written.map(({ name }) => [...path, name].join(".")),
  );
  for (const { id, name, keys: sign } of FRAMEWORKS) {
    const own = keys.filter((key) => sign.test(key));
    const enough = id === "axolotl" ? hasAxolotl(own) : own.length > 0;
    if (enough) return { id, name, by: [...new Set(own)].slice(0, 2).join(", ") };
  }
  return null;
}

const hasAxolotl = (keys: readonly string[]): boolean =>
  keys.includes("base_model") && keys.some((key) => /^(rl|micro_batch_size|trl\.)/.test(key));

/** The other trainer that a command or a script names. */
export function frameworkByWords(code: string): Shown | null {
  for (const { id, name, text } of FRAMEWORKS) {
    const [by] = text.exec(code) ?? [];
    if (by !== undefined) return { id, name, by: by.trim().slice(0, 40) };
  }
  return null;
}

export function frameworkOf(maps: readonly FoundMap[]): Named | null {
  const shown = frameworkByKeys(maps);
  return shown && says(shown);
}

export function frameworkOfText(code: string): Named | null {
  const shown = frameworkByWords(code);
  return shown && says(shown);
}
