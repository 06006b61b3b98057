import type { PlainValue } from "../../python/written.ts";
import { comments, hydraValue } from "../notation.ts";
import type { Page } from "../targets.ts";

const flag = ([key, value]: [string, PlainValue]): string[] => {
  // A flag that is there is on; there is none for off.
  if (typeof value === "boolean") return value ? [`--${key}`] : [];
  return [`--${key} ${hydraValue(value)}`];
};

/** A script of slime's, for Megatron. */
export function slimeScript({ settings, says }: Page): string {
  const flags = Object.entries(settings).flatMap(flag);
  return `#!/usr/bin/env bash
${comments(says)}set -euo pipefail

# What you train, on what, and how it is rewarded.
HF_CHECKPOINT=\${HF_CHECKPOINT:?a folder with the model as transformers saves it}
TORCH_DIST=\${TORCH_DIST:?the same model as Megatron loads it, made by tools/convert_hf_to_torch_dist.py}
PROMPTS=\${PROMPTS:?a jsonl file with prompt and label}
MODEL_SCRIPT=\${MODEL_SCRIPT:?the file in scripts/models that describes your model}
source "$MODEL_SCRIPT"

TRAIN_ARGS=(
${flags.map((each) => `   ${each}`).join("\n")}
)

python3 train.py \\
   --actor-num-nodes 1 \\
   --actor-num-gpus-per-node 8 \\
   --colocate \\
   --hf-checkpoint "$HF_CHECKPOINT" \\
   --ref-load "$TORCH_DIST" \\
   --prompt-data "$PROMPTS" \\
   --input-key prompt \\
   --label-key label \\
   --apply-chat-template \\
   --rm-type deepscaler \\
   --use-dynamic-batch-size \\
   --max-tokens-per-gpu 8192 \\
   "\${MODEL_ARGS[@]}" \\
   "\${TRAIN_ARGS[@]}"
`;
}
