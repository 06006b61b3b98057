import { comments, treeOf, yamlTree } from "../notation.ts";
import type { Page } from "../targets.ts";

/** Axolotl's YAML: sizes and optimizer at the top, TRL's fields under `trl:`. */
export function axolotlYaml({ settings, says }: Page): string {
  const { num_processes: processes, ...others } = settings;
  const tree = treeOf({
    base_model: "path/to/model",
    rl: "grpo",
    "trl.reward_funcs": ["rewards.your_reward"],
    ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null)),
    output_dir: "output",
  });
  const start =
    processes === undefined
      ? "axolotl train"
      : `accelerate launch --num_processes ${JSON.stringify(processes)} -m axolotl.cli.train`;
  return `${comments(says)}\
# Put in your own model, data and reward (a function in rewards.py beside this file), then:
# ${start} NAME_OF_THIS_FILE.yaml
${yamlTree(tree)}
datasets:
  - path: path/to/prompts.jsonl
    type: rewards.prompt_transform
    split: train
`;
}
