import type { Task } from "../tasks/task.ts";
import { UserError } from "../base/user-error.ts";
import { nearest } from "./nearest.ts";
import { notTaken, readField } from "./parse-field.ts";
import { armAt, DEFAULT_PRESET, findPreset, presets } from "./presets.ts";
import { setField } from "./run-fields.ts";
import { fields, findField } from "./schema.ts";
import { levels, type ArmConfig, type RunConfig } from "./types.ts";

/** What a run has different from its preset. */
export interface RunChanges {
  /** Decides weights, prompts and samples. A whole number from 0 to 2³² − 1. */
  seed?: number;
  /** The task in place of the preset's: any, or one with other rewards. */
  task?: Task;
  /** Texts by field name, as typed; `sequence.epsilon` is the arm sequence's own value. */
  set?: Readonly<Record<string, string>>;
  /** Names of the preset's arms, or levels, of which arms are made. */
  arms?: readonly string[];
}

/**
 * A preset's run with some things changed; `id` is the preset's. Throws a `UserError` for what cannot
 * be taken: it names the value, and what it may be.
 */
export function runFrom(
  id: string = DEFAULT_PRESET,
  { seed, task, set = {}, arms }: RunChanges = {},
): RunConfig {
  const found = findPreset(id);
  if (!found) {
    const ids = presets.map((each) => each.id);
    throw new UserError(
      `There is no preset named "${id}".`,
      `Choose one of ${ids.join(", ")}${didYouMean(id, ids)}.`,
      ["preset"],
    );
  }
  const preset = task ? withTask(found.run, task) : found.run;
  const run = { ...preset, arms: arms ? pickArms(preset, arms) : preset.arms };
  const changes = seed === undefined ? set : { seed: String(seed), ...set };
  // Shared values first: they would otherwise take the arms' own ones away again.
  return Object.entries(changes)
    .toSorted(([a], [b]) => Number(a.includes(".")) - Number(b.includes(".")))
    .reduce((changed, [key, text]) => setText(changed, key, text), run);
}

/** Another task comes with its own difficulty and lengths, and no checkpoint knows it. */
function withTask(run: RunConfig, task: Task): RunConfig {
  if (task.id === run.task) return run;
  const difficulty = task.difficulty.default;
  const max_completion_length = task.maxCompletionLength(difficulty);
  const grpo = { ...run.grpo, max_completion_length };
  return { ...run, task: task.id, difficulty, warmStart: null, grpo };
}

function setText(run: RunConfig, key: string, text: string): RunConfig {
  const [arm, name] = splitKey(key);
  const it = findField(name);
  if (!it) {
    throw new UserError(
      `There is no field named "${name}".`,
      `Fields have TRL's names${didYouMean(
        name,
        fields.map((each) => each.name),
      )}.`,
      [name],
    );
  }
  if (arm !== null && (it.scope !== "grpo" || !run.arms.some((each) => each.name === arm))) {
    throw new UserError(
      it.scope === "grpo"
        ? `The run has no arm named "${arm}".`
        : `${name} is the same in all arms.`,
      `Its arms are ${run.arms.map((each) => each.name).join(", ")}.`,
      [name],
    );
  }
  const value = readField(it, text);
  if (value === undefined) {
    throw new UserError(`${notTaken(it, text.trim())}.`, "Give a value within the bounds.", [name]);
  }
  return setField(run, name, value, arm);
}

/** "arm.field" or "field". */
export function splitKey(key: string): [arm: string | null, name: string] {
  const dot = key.indexOf(".");
  return dot < 0 ? [null, key] : [key.slice(0, dot), key.slice(dot + 1)];
}

/** The named arms: the run's own where it has them, otherwise new ones of the level of that name. */
export function pickArms(run: RunConfig, names: readonly string[]): ArmConfig[] {
  if (new Set(names).size !== names.length || names.length === 0) {
    throw new UserError("Arms need names of their own.", "Name each arm once.", ["arms"]);
  }
  return names.map((name) => {
    const own = run.arms.find((arm) => arm.name === name);
    const level = levels.find((each) => each === name);
    if (own) return own;
    if (level) return armAt(level);
    throw new UserError(
      `There is no arm and no level named "${name}".`,
      `Choose among ${[...new Set([...run.arms.map((arm) => arm.name), ...levels])].join(", ")}.`,
      ["arms"],
    );
  });
}

const didYouMean = (given: string, known: readonly string[]) => {
  const guess = nearest(given, known);
  return guess === undefined ? "" : `; the nearest is ${guess}`;
};
