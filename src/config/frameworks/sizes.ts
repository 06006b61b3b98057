import type { PlainValue } from "../python/written.ts";
import { count, counted } from "./mark.ts";
import { cannot, exact, near, nearly } from "./rules.ts";
import type { Given, Outcome, Values, Whole, Wrote } from "./types.ts";

// The fields' upper bounds: what a run of TRL's fields is written with stays within them.
const MOST_ROWS = 1024;
const MOST_ACCUMULATED = 64;
/** Rows of a micro-batch where nothing says how many fit. */
const USUAL_ROWS = 32;

/** Sizes in TRL's units: completions. */
export interface Sizes {
  /** Per rollout: N. */
  rollout: number;
  /** Per optimizer step: per_device_train_batch_size × gradient_accumulation_steps × processes. */
  update: number;
}

/**
 * An update's completions as micro-batches of one process: nothing but memory depends on how they
 * are cut, for the losses that these trainers have.
 */
export function cut(update: number): { rows: number; accumulated: number } {
  const divisors = Array.from({ length: Math.min(update, MOST_ROWS) }, (_, i) => i + 1).filter(
    (rows) => update % rows === 0,
  );
  const fits = (rows: number) => update / rows <= MOST_ACCUMULATED;
  const small = divisors.filter((rows) => rows <= USUAL_ROWS && fits(rows)).at(-1);
  const rows = small ?? divisors.find(fits) ?? update;
  return { rows, accumulated: update / rows };
}

export const sizesOf = ({ values }: Pick<Whole, "values">): Sizes => {
  const of = (name: string): number => Number(values[name] ?? NaN);
  const processes = Number(values.num_processes ?? 1);
  const rows = of("per_device_train_batch_size") * processes;
  const slices = Number(values.steps_per_generation ?? values.gradient_accumulation_steps);
  return {
    rollout: values.generation_batch_size == null ? rows * slices : of("generation_batch_size"),
    update: rows * of("gradient_accumulation_steps"),
  };
};

/** How their settings count one size. */
export interface Unit {
  key: string;
  /** "prompts": × completions per prompt; "completions": as it is. */
  of: "prompts" | "completions";
  /** How it is called in a sentence, e.g. "ppo_mini_batch_size"; the key where left out. */
  name?: string;
}

export const SIZE_FIELDS = [
  "generation_batch_size",
  "per_device_train_batch_size",
  "gradient_accumulation_steps",
] as const;

const last = (key: string): string => key.slice(key.lastIndexOf(".") + 1);

const nameOf = ({ key, name }: Unit): string => name ?? last(key);

/** "train_batch_size 512 prompts × n 16" */
function product(unit: Unit, value: number, group: { name: string; size: number }): string {
  return unit.of === "completions"
    ? `${nameOf(unit)} ${counted(value, "completion")}`
    : `${nameOf(unit)} ${counted(value, "prompt")} × ${group.name} ${count(group.size)}`;
}

/** Completions per rollout, in their unit. */
export function readRollout(unit: Unit, group: string, given: Given): Outcome {
  const size = given.number(group);
  const value = given.number(unit.key);
  const rollout = unit.of === "prompts" ? value * size : value;
  return exact(
    unit.key,
    { generation_batch_size: rollout },
    `${product(unit, value, { name: last(group), size })} = generation_batch_size ${counted(rollout, "completion")} per rollout.`,
  );
}

/** Completions per optimizer step, and how many steps a rollout serves. */
export function updateOutcome(
  key: string,
  sizes: Sizes & { from: string; passes?: number },
): Outcome {
  const { rollout, update, from, passes = 1 } = sizes;
  const { rows, accumulated } = cut(update);
  const updates = rollout / update;
  const sets = { per_device_train_batch_size: rows, gradient_accumulation_steps: accumulated };
  const whole = Number.isInteger(updates);
  const served = whole
    ? `${count(rollout)} / ${count(update)} = ${counted(updates, "update")} per rollout, which is steps_per_generation ${count(updates)} × gradient_accumulation_steps ${count(accumulated)} = ${count(updates * accumulated)}`
    : `${count(rollout)} / ${count(update)} is no whole number of updates per rollout`;
  const again = passes > 1 ? `, and num_iterations ${passes} goes through them as often` : "";
  const says = `${from} = ${counted(update, "completion")} per update = per_device_train_batch_size ${count(rows)} × gradient_accumulation_steps ${count(accumulated)} on 1 process (how they are cut is memory alone). ${served}${again}.`;
  return whole ? exact(key, sets, says) : near(key, sets, says);
}

export function readUpdate(unit: Unit, rolloutUnit: Unit, group: string, given: Given): Outcome {
  const size = given.number(group);
  const value = given.number(unit.key);
  const completions = (of: Unit, it: number) => (of.of === "prompts" ? it * size : it);
  return updateOutcome(unit.key, {
    rollout: completions(rolloutUnit, given.number(rolloutUnit.key)),
    update: completions(unit, value),
    from: product(unit, value, { name: last(group), size }),
  });
}

/** Both sizes in their units; what has no whole number there is said. */
export function writeSizes(whole: Whole, rolloutUnit: Unit, updateUnit: Unit): Wrote {
  const group = whole.number("num_generations");
  const { rollout, update } = sizesOf(whole);
  const notes: Record<string, ReturnType<typeof cannot>> = {};
  const settings: Record<string, PlainValue> = {};
  const put = (unit: Unit, completions: number, field: string) => {
    const value = unit.of === "prompts" ? completions / group : completions;
    if (!Number.isInteger(value) || value < 1) {
      notes[field] = cannot(
        `${counted(completions, "completion")} are no whole number of prompts with ${count(group)} completions each, which ${nameOf(unit)} counts.`,
      );
      return;
    }
    settings[unit.key] = value;
  };
  put(rolloutUnit, rollout, "generation_batch_size");
  put(updateUnit, update, "gradient_accumulation_steps");
  if (rollout % update !== 0) {
    notes.generation_batch_size ??= nearly(
      `${count(rollout)} completions per rollout are no whole number of updates of ${count(update)}.`,
    );
  }
  return { settings, notes };
}

/** Optimizer steps that a rollout serves in one pass. */
export const updatesPerRollout = (values: Values): number => {
  const { rollout, update } = sizesOf({ values });
  return rollout / update;
};
