import type { Patch } from "./finding.ts";
import type { Unarmed } from "./guard.ts";
import type { GRPOConfig } from "./types.ts";

const NEEDS_MINIMUM: ReadonlySet<string> = new Set([
  "cosine_with_min_lr",
  "cosine_warmup_with_min_lr",
]);

/** The arguments that transformers refuses to make a schedule without. */
export function scheduleProblems(config: GRPOConfig): Unarmed[] {
  const name = config.lr_scheduler_type;
  if (name === "warmup_stable_decay") {
    const given = config.lr_scheduler_kwargs ?? {};
    if (given.num_decay_steps !== undefined) return [];
    return [
      refusal("schedule-without-decay-steps", {
        message: `lr_scheduler_type="${name}" needs num_decay_steps in lr_scheduler_kwargs.`,
        remedy: "Give the number of optimizer steps in which the learning rate falls, 10 say.",
        patch: { lr_scheduler_kwargs: { ...given, num_decay_steps: 10 } },
      }),
    ];
  }
  if (!NEEDS_MINIMUM.has(name)) return [];
  const { min_lr, min_lr_rate, ...others } = config.lr_scheduler_kwargs ?? {};
  if ((min_lr === undefined) !== (min_lr_rate === undefined)) return [];
  const both = min_lr !== undefined;
  return [
    refusal("schedule-without-minimum", {
      message: `lr_scheduler_type="${name}" needs ${both ? "only one of min_lr and" : "min_lr or"} min_lr_rate in lr_scheduler_kwargs.`,
      remedy: "Set min_lr_rate to 0.1: a tenth of the learning rate.",
      patch: { lr_scheduler_kwargs: { ...others, min_lr_rate: 0.1 } },
    }),
  ];
}

const refusal = (
  id: string,
  facts: { message: string; remedy: string; patch: Patch },
): Unarmed => ({
  id,
  severity: "error",
  reason: "transformers raises an error where it makes the schedule.",
  fields: ["lr_scheduler_kwargs", "lr_scheduler_type"],
  ...facts,
});
