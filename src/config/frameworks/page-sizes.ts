import type { FieldValue } from "../field.ts";
import { field } from "../schema.ts";
import { task } from "../../tasks/registry.ts";
import { armConfig, type RunConfig } from "../types.ts";
import { count } from "./mark.ts";
import { cut, sizesOf } from "./sizes.ts";
import type { Values } from "./types.ts";

const most = (name: string): number => {
  const { type } = field(name);
  return type.kind === "int" ? type.max : Infinity;
};

/** Sizes of a cluster's run as a browser can have them: fewer prompts, all else the same. */
export function onThePage(
  values: Values,
  base: RunConfig,
): { values: Values; notes: string[]; base: RunConfig; longest: number } {
  const own = base.arms.map((arm) => armConfig(base, arm).max_completion_length);
  const longest = Math.max(task(base.task).maxCompletionLength(base.difficulty), ...own);
  const { rollout, update } = sizesOf({ values });
  const group = Number(values.num_generations);
  const limit = most("generation_batch_size");
  const known = [rollout, update, group].every((each) => Number.isInteger(each) && each > 0);
  if (!known || rollout % group !== 0) return { values, notes: [], base, longest };
  const parts = shrink(rollout, update, group, limit);
  const prompts = rollout / parts / group;
  const large = {
    ...base,
    datasetSize: Math.min(Math.max(base.datasetSize, prompts), most("datasetSize")),
  };
  if (parts === 1) return { values, notes: [], base: large, longest };
  const { rows, accumulated } = cut(update / parts);
  const sized: Record<string, FieldValue> = {
    ...values,
    generation_batch_size: rollout / parts,
    steps_per_generation: null,
    num_processes: 1,
    per_device_train_batch_size: rows,
    gradient_accumulation_steps: accumulated,
  };
  return {
    values: sized,
    notes: [
      `A rollout of ${count(rollout)} completions is more than this page's ${count(limit)}: it loads a ${parts}th of the prompts, ${count(rollout / parts)} completions, with as many updates per rollout.`,
    ],
    base: large,
    longest,
  };
}

/** By how much both sizes are divided so that the rollout fits and groups and updates stay whole. */
function shrink(rollout: number, update: number, group: number, limit: number): number {
  for (let parts = 1; rollout / parts >= group; parts++) {
    const fits = rollout / parts <= limit;
    if (fits && (rollout / group) % parts === 0 && update % parts === 0) return parts;
  }
  return 1;
}
