import type { PlainValue } from "../../python/written.ts";
import { comments, continued, hydraValue, treeOf, word, yamlTree } from "../notation.ts";
import type { Page } from "../targets.ts";
import { optim } from "./names.ts";

const PLACEHOLDERS = `\
# What you train, on what, and how it is rewarded.
MODEL_PATH=\${MODEL_PATH:?a folder with the model, or its name on the Hub}
TRAIN_FILES=\${TRAIN_FILES:?a parquet file of prompts, as verl prepares them}
VAL_FILES=\${VAL_FILES:?a parquet file of prompts to evaluate on}
REWARD_FILE=\${REWARD_FILE:?a Python file with compute_score(data_source, solution_str, ground_truth, extra_info)}`;

const YOURS = [
  'data.train_files="$TRAIN_FILES"',
  'data.val_files="$VAL_FILES"',
  'actor_rollout_ref.model.path="$MODEL_PATH"',
  'custom_reward_function.path="$REWARD_FILE"',
  "custom_reward_function.name=compute_score",
  "actor_rollout_ref.rollout.name=vllm",
  "actor_rollout_ref.actor.use_dynamic_bsz=True",
];

const script = ({ says }: Page, settings: Page["settings"], more: readonly string[]): string => {
  const overrides = Object.entries(settings).map(([key, value]) =>
    word(`${key}=${hydraValue(value)}`),
  );
  const command = ["python3 -m verl.trainer.main_ppo", ...more, ...overrides, ...YOURS, '"$@"'];
  return `#!/usr/bin/env bash\n${comments(says)}set -euo pipefail\n\n${PLACEHOLDERS}\n\n${continued(command)}\n`;
};

export const verlScript = (page: Page): string => script(page, page.settings, []);

/** Megatron's optimizer has other names for its schedule. */
export const verlMegatron = (page: Page): string =>
  script(page, megatron(page.settings), ["model_engine=megatron"]);

function megatron(settings: Page["settings"]): Page["settings"] {
  const moved = Object.entries(settings).flatMap(([key, value]): [string, PlainValue][] => {
    if (key === optim("lr_scheduler_type")) return [[optim("lr_decay_style"), value]];
    if (key === optim("min_lr_ratio")) {
      return [[optim("min_lr"), Number(value) * Number(settings[optim("lr")])]];
    }
    // Megatron's cosine is half a wave, as verl's default.
    return key === optim("num_cycles") ? [] : [[key, value]];
  });
  return Object.fromEntries(moved);
}

/** A file over verl's own: what it leaves out is verl's default. */
export function verlYaml({ settings, says }: Page): string {
  const tree = treeOf({
    ...settings,
    "actor_rollout_ref.model.path": "path/to/model",
    "actor_rollout_ref.rollout.name": "vllm",
    "actor_rollout_ref.actor.use_dynamic_bsz": true,
    "data.train_files": "path/to/train.parquet",
    "data.val_files": "path/to/validation.parquet",
    "custom_reward_function.path": "path/to/reward.py",
    "custom_reward_function.name": "compute_score",
  });
  return `${comments(says)}\
# Put in your own model, data and reward where it says path/to, then:
# python3 -m verl.trainer.main_ppo --config-path "$PWD" --config-name NAME_OF_THIS_FILE
hydra:
  searchpath:
    - pkg://verl.trainer.config
defaults:
  - ppo_trainer
  - _self_
${yamlTree(tree)}
`;
}
