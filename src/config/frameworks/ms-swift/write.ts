import { comments, continued, hydraValue, word, yamlValue } from "../notation.ts";
import type { Page } from "../targets.ts";

const PROCESSES = "num_processes";

const flagsOf = (settings: Page["settings"]): string[] =>
  Object.entries(settings)
    .filter(([key, value]) => key !== PROCESSES && value !== null)
    .map(([key, value]) =>
      typeof value === "boolean"
        ? `--${key} ${value}`
        : `--${key} ${word(value !== null && typeof value === "object" ? JSON.stringify(value) : hydraValue(value))}`,
    );

/** A command of ms-swift: `swift rlhf --rlhf_type grpo …`. */
export function swiftScript({ settings, says, values }: Page): string {
  const processes = settings[PROCESSES];
  const start =
    processes === undefined ? "swift rlhf" : `NPROC_PER_NODE=${hydraValue(processes)} swift rlhf`;
  const vllm = values.use_vllm === true ? ["--use_vllm true", "--vllm_mode colocate"] : [];
  const lines = [
    start,
    "--rlhf_type grpo",
    '--model "$MODEL"',
    '--dataset "$DATASET"',
    '--external_plugins "$REWARD_PLUGIN"',
    '--reward_funcs "$REWARD"',
    "--tuner_type full",
    ...vllm,
    ...flagsOf(settings),
    '--output_dir "$OUTPUT"',
  ];
  return `#!/usr/bin/env bash
${comments(says)}set -euo pipefail

# What you train, on what, and how it is rewarded.
MODEL=\${MODEL:?a folder with the model, or its name on the Hub}
DATASET=\${DATASET:?a data set of prompts, as ms-swift names it}
REWARD_PLUGIN=\${REWARD_PLUGIN:?a Python file that puts your reward function into orms}
REWARD=\${REWARD:?the name of that reward function in orms}
OUTPUT=\${OUTPUT:-output}

${continued(lines)}
`;
}

/** The same as a file: `swift rlhf FILE.yaml`. */
export function swiftYaml({ settings, says }: Page): string {
  const lines = Object.entries(settings)
    .filter(([key]) => key !== PROCESSES)
    .map(([key, value]) => `${key}: ${yamlValue(value)}`);
  const processes = settings[PROCESSES];
  const start = processes === undefined ? "" : `NPROC_PER_NODE=${hydraValue(processes)} `;
  return `${comments(says)}\
# Put in your own model, data and reward where it says path/to, then:
# ${start}swift rlhf NAME_OF_THIS_FILE.yaml
rlhf_type: grpo
model: path/to/model
dataset: path/to/prompts.jsonl
external_plugins: path/to/reward.py
reward_funcs: your_reward
tuner_type: full
${lines.join("\n")}
`;
}
