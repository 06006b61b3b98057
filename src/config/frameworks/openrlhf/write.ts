import type { PlainValue } from "../../python/written.ts";
import { comments, continued, hydraValue } from "../notation.ts";
import type { Page } from "../targets.ts";

const flag = ([key, value]: [string, PlainValue]): string[] => {
  // A flag that is there is on; there is none for off.
  if (typeof value === "boolean") return value ? [`--${key}`] : [];
  return [`--${key} ${Array.isArray(value) ? value.map(hydraValue).join(" ") : hydraValue(value)}`];
};

/** A command of OpenRLHF 0.11 and later. */
export function openrlhfScript({ settings, says }: Page): string {
  const lines = [
    "python3 -m openrlhf.cli.train_ppo_ray",
    ...Object.entries(settings).flatMap(flag),
    '--actor.model_name_or_path "$MODEL"',
    '--reward.remote_url "$REWARD"',
    '--data.prompt_dataset "$PROMPTS"',
    "--data.input_key prompt",
    "--data.label_key label",
    "--data.apply_chat_template",
    "--train.colocate_all",
    "--vllm.num_engines 1",
    "--vllm.enable_sleep",
    "--ds.enable_sleep",
    "--ds.zero_stage 3",
  ];
  return `#!/usr/bin/env bash
${comments(says)}set -euo pipefail

# What you train, on what, and how it is rewarded.
MODEL=\${MODEL:?a folder with the model, or its name on the Hub}
PROMPTS=\${PROMPTS:?a data set with columns prompt and label}
REWARD=\${REWARD:?a Python file with reward_func(queries, prompts, labels)}

${continued(lines)}
`;
}
