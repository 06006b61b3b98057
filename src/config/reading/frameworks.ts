import type { Named } from "../python/written.ts";
import type { FoundMap } from "./maps.ts";

/** A trainer of which this page knows that it is another one. */
interface Framework {
  name: string;
  /** Keys of its files, in full: "algorithm.adv_estimator". */
  keys: RegExp;
  /** What its commands and scripts have. */
  text: RegExp;
}

const FRAMEWORKS: readonly Framework[] = [
  {
    name: "verl",
    keys: /^(actor_rollout_ref|algorithm\.adv_estimator|trainer\.total_epochs|critic\.ppo_\w+)\b/,
    text: /\bverl\.trainer\b|\bactor_rollout_ref\.|\balgorithm\.adv_estimator\b/,
  },
  {
    name: "NeMo RL",
    keys: /^(grpo\.num_(prompts_per_step|generations_per_prompt)|loss_fn\.(reference_policy_kl_penalty|ratio_clip_\w+)|policy\.train_global_batch_size)\b/,
    text: /\brun_grpo(_\w+)?\.py\b.*\b(grpo|policy|loss_fn)\.|\bnemo_rl\b|\bgrpo\.num_prompts_per_step\b/,
  },
  {
    name: "Axolotl",
    keys: /^(base_model|micro_batch_size|trl\.|rl)\b/,
    text: /\baxolotl\s+(train|preprocess)\b|\baxolotl\.cli\./,
  },
  {
    name: "ms-swift",
    keys: /^(rlhf_type|rollout_importance_sampling_mode)\b/,
    text: /\b(swift|megatron)\s+rlhf\b|--rlhf_type\b|\bswift\.(llm|cli)\b/,
  },
  {
    name: "OpenRLHF",
    keys: /^(algo\.advantage|actor\.policy_loss_type|n_samples_per_prompt)\b/,
    text: /\bopenrlhf\.cli\.|--algo\.advantage|--actor\.(eps_clip|policy_loss_type)|--n_samples_per_prompt\b/,
  },
  {
    name: "SkyRL",
    keys: /^(trainer\.policy_mini_batch_size|trainer\.algorithm\.policy_loss_type|generator\.n_samples_per_prompt)\b/,
    text: /\bskyrl(_train|\.train|\.)|\bgenerator\.n_samples_per_prompt\b|\btrainer\.policy_mini_batch_size\b/,
  },
  {
    name: "slime",
    keys: /^(rollout-batch-size|n-samples-per-prompt)\b/,
    text: /--n-samples-per-prompt\b|--rollout-batch-size\b|--advantage-estimator\b/,
  },
  {
    name: "AReaL",
    keys: /^(gconfig\.n_samples|actor\.ppo_n_minibatches|allocation_mode)\b/,
    text: /\bareal\.(api|launcher|utils|experimental)\b|\bfrom areal\b|\bgconfig\.n_samples\b/,
  },
  {
    name: "prime-rl",
    keys: /^(orchestrator\.(algo|rollouts_per_example)|trainer\.loss\.dppo_\w+)\b/,
    text: /\bprime[-_]rl\b|\borchestrator\.algo\b/,
  },
];

const says = ({ name }: Framework, by: string): Named => ({
  is: `This is a configuration of ${name} (${by}), another trainer with fields of its own. Only TRL's and Unsloth's are read here, so nothing is said of it.`,
});

/** The other trainer whose keys a file has. One key that others could have as well is not enough. */
export function frameworkOf(maps: readonly FoundMap[]): Named | null {
  const keys = maps.flatMap(({ path, written }) =>
    written.map(({ name }) => [...path, name].join(".")),
  );
  for (const framework of FRAMEWORKS) {
    const own = keys.filter((key) => framework.keys.test(key));
    const enough = framework.name === "Axolotl" ? hasAxolotl(own) : own.length > 0;
    if (enough) return says(framework, [...new Set(own)].slice(0, 2).join(", "));
  }
  return null;
}

const hasAxolotl = (keys: readonly string[]): boolean =>
  keys.includes("base_model") && keys.some((key) => /^(rl|micro_batch_size|trl\.)/.test(key));

/** The other trainer that a command or a script names. */
export function frameworkOfText(code: string): Named | null {
  for (const framework of FRAMEWORKS) {
    const [by] = framework.text.exec(code) ?? [];
    if (by !== undefined) return says(framework, by.trim().slice(0, 40));
  }
  return null;
}
