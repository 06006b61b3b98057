import { longestPrompt } from "./prompt-length.ts";
import { task as taskOf } from "../tasks/registry.ts";
import type { Task } from "../tasks/task.ts";
import { batchProblems } from "./batch-checks.ts";
import { upperEpsilon } from "./clip-band.ts";
import { evaluationProblems } from "./evaluation.ts";
import { refusal, type Fact, type Finding } from "./finding.ts";
import { trusting, type Guard, type Launch } from "./guard.ts";
import { policyProblems } from "./policy-problems.ts";
import { bounds, formatValue } from "./parse-field.ts";
import { perArm } from "./per-arm.ts";
import { findPreset, presets } from "./presets.ts";
import { evaluationRows, microBatchRows, processCount, processesOf } from "./processes.ts";
import { isImported } from "./imported.ts";
import { getField } from "./run-fields.ts";
import { scheduleProblems } from "./schedule-arguments.ts";
import { field, fields, findField, valueSchema } from "./schema.ts";
import { ARM_NAME, type GRPOConfig, type RunConfig } from "./types.ts";

/** Tokens that prompt and completion may have together. */
export const MAX_CONTEXT = 2048;

/**
 * What keeps a run from starting, each beside its field; empty for a run that can start.
 *
 * @param own the run's task where it is not among `tasks`; `run.task` is then its id
 */
export const checkConfig = (run: RunConfig, own: Task | null = null): Finding[] =>
  checkGuarded(run, trusting(run), own);

/** The same; the guard keeps back what rests on values that are not known. */
export function checkGuarded(run: RunConfig, guard: Guard, own: Task | null = null): Finding[] {
  // A log's run is looked at, never started: another trainer's rewards and sizes are not the page's.
  if (run.vocabulary !== undefined) return [];
  // What follows would compute with nonsense where a single value is out of bounds.
  const single = singleValues(run, own);
  if (single.length > 0) return single;
  const task = own ?? taskOf(run.task);
  const shape = [
    ...arms(run),
    ...policyProblems(run.policy, task).map((fact) => ({ ...fact, arm: null })),
    ...difficulty(run, task),
  ];
  if (shape.length > 0) return shape;
  const inEachArm = (rule: (config: GRPOConfig, launch: Launch) => readonly Fact[]) =>
    perArm(run, (config) => guard(config, rule));
  return [
    ...inEachArm((config) => lengths(run, task, config)),
    ...warmStart(run),
    ...inEachArm((config) => rewardWeights(task, config)),
    ...inEachArm((_, launch) => refusedByTRL(launch)),
    ...inEachArm(inOneProcess),
    ...inEachArm(floorUnderCap),
    ...inEachArm((config) => batchProblems(config, run.datasetSize)),
    ...inEachArm((config) => evaluationProblems(config, { task, size: run.evaluationSize })),
    ...inEachArm((config) => scheduleProblems(config)),
  ];
}

const error = (
  id: string,
  finding: Pick<Finding, "message" | "remedy" | "fields"> & Partial<Finding>,
): Finding => ({ id, severity: "error", reason: "", patch: null, arm: null, ...finding });

/** Each value against its field's type and bounds, shared and per arm. */
function singleValues(run: RunConfig, own: Task | null): Finding[] {
  const check = (name: string, arm: string | null): Finding[] => {
    if (name === "task" && own !== null) return otherTask(run, own);
    const it = field(name);
    const value = getField(run, name, arm);
    if (valueSchema(it.type).safeParse(value).success) return [];
    const inArm = arm === null ? "" : ` of arm ${arm}`;
    return [
      error("out-of-bounds", {
        message: `${name}${inArm} is ${formatValue(value)}; it takes ${bounds(it.type)}.`,
        remedy: `Set it within the bounds, or to ${formatValue(it.trlDefault)}.`,
        patch: { [name]: it.trlDefault },
        fields: [name],
        arm,
      }),
    ];
  };
  return [
    ...fields.flatMap(({ name }) => check(name, null)),
    ...run.arms.flatMap((arm) =>
      Object.keys(arm.overrides).flatMap((name) =>
        findField(name) ? check(name, arm.name) : [unknownOverride(name, arm.name)],
      ),
    ),
  ];
}

function otherTask(run: RunConfig, { id }: Task): Finding[] {
  if (run.task === id) return [];
  return [
    error("other-task", {
      message: `task is ${formatValue(run.task)}; the task that was handed in is ${formatValue(id)}.`,
      remedy: `Set task to ${formatValue(id)}.`,
      patch: { task: id },
      fields: ["task"],
    }),
  ];
}

const unknownOverride = (name: string, arm: string) =>
  error("unknown-field", {
    message: `Arm ${arm} sets ${name}, which is no field.`,
    remedy: "Leave it out.",
    fields: [name],
    arm,
  });

/** The page computes the batches of all processes in one, and takes no larger ones than of one. */
function inOneProcess(config: GRPOConfig): Fact[] {
  const processes = processesOf(config);
  if (processes === 1) return [];
  const sizes = [
    ["per_device_train_batch_size", microBatchRows(config)] as const,
    ...(config.eval_strategy === "no"
      ? []
      : [["per_device_eval_batch_size", evaluationRows(config)] as const]),
  ];
  return sizes.flatMap(([name, rows]): Fact[] => {
    const { type } = field(name);
    const most = type.kind === "int" ? type.max : Infinity;
    if (rows <= most) return [];
    const fitting = Math.max(1, Math.floor(most / config[name]));
    return [
      refusal("processes-too-many", {
        message: `The page computes the rows of all processes in one: ${name} ${config[name]} × ${processCount(processes)} is ${rows}, and it takes up to ${most}.`,
        remedy: `Set num_processes to ${fitting} or less.`,
        patch: { num_processes: fitting },
        fields: ["num_processes", name],
      }),
    ];
  });
}

/** cispo holds its weight between two limits; TRL's upper one is epsilon_high itself. */
function floorUnderCap(config: GRPOConfig): Fact[] {
  const { cispo_floor: floor = 0, loss_type } = config;
  const cap = upperEpsilon(config);
  if (loss_type !== "cispo" || floor <= cap) return [];
  return [
    refusal("cispo-floor", {
      message: `cispo_floor ${floor} is above the weight's cap, epsilon_high ${cap}: no ratio lies between.`,
      remedy: `Set cispo_floor to ${cap} or less, or epsilon_high to ${floor} or more.`,
      patch: { cispo_floor: cap },
      fields: ["cispo_floor", "epsilon_high"],
    }),
  ];
}

function difficulty(run: RunConfig, { difficulty: range, id }: Task): Finding[] {
  if (run.difficulty >= range.min && run.difficulty <= range.max) return [];
  const nearest = run.difficulty < range.min ? range.min : range.max;
  return [
    error("difficulty", {
      message: `difficulty is ${run.difficulty}; for ${id} it goes from ${range.min} to ${range.max} (${range.label.toLowerCase()}).`,
      remedy: `Set it to ${nearest}.`,
      patch: { difficulty: nearest },
      fields: ["difficulty", "task"],
    }),
  ];
}

function lengths(
  run: RunConfig,
  task: Task,
  { max_completion_length: completion }: GRPOConfig,
): Finding[] {
  const prompt = longestPrompt(run, task);
  if (prompt + completion <= MAX_CONTEXT) return [];
  return [
    error("context", {
      message: `Prompts of up to ${prompt} tokens and max_completion_length (${completion}) come to ${prompt + completion}; the context is ${MAX_CONTEXT}.`,
      remedy: `Set max_completion_length to ${MAX_CONTEXT - prompt} or less.`,
      patch: { max_completion_length: MAX_CONTEXT - prompt },
      fields: ["max_completion_length", "difficulty"],
    }),
  ];
}

/** A checkpoint bears the name of the preset it was made for and fits its policy and task only. */
function warmStart(run: RunConfig): Finding[] {
  if (run.warmStart === null || isImported(run.warmStart)) return [];
  const made = findPreset(run.warmStart)?.run;
  const own = findPreset(run.task)?.run;
  const fits = own?.warmStart === run.task && differingIn(own, run) === undefined;
  const unfit = (message: string) => [
    error("warm-start", {
      message,
      remedy: fits
        ? `Start from the checkpoint ${run.task}.`
        : "Start from random weights, or go back to what the checkpoint fits.",
      patch: { warmStart: fits ? run.task : null },
      fields: ["warmStart"],
    }),
  ];
  if (made?.warmStart !== run.warmStart) {
    const known = presets.filter(({ id, run: each }) => each.warmStart === id);
    const names = known.map(({ id }) => id).join(", ");
    return unfit(`There is no checkpoint named ${run.warmStart}; there are ${names}.`);
  }
  if (made.task !== run.task) {
    return unfit(`The checkpoint ${run.warmStart} knows the task ${made.task}, not ${run.task}.`);
  }
  const differs = differingIn(made, run);
  if (differs === undefined) return [];
  const [has, needs] = [made, run].map((each) => formatValue(getField(each, differs)));
  return unfit(`The checkpoint ${run.warmStart} has ${differs} ${has}; the policy has ${needs}.`);
}

/** The first field of the policies that is not the same. */
const differingIn = (one: RunConfig, other: RunConfig): string | undefined =>
  fields.find(
    ({ name, scope }) =>
      scope === "policy" &&
      JSON.stringify(getField(one, name)) !== JSON.stringify(getField(other, name)),
  )?.name;

function rewardWeights({ rewards, id }: Task, { reward_weights: weights }: GRPOConfig): Finding[] {
  if (weights === null || weights.length === rewards.length) return [];
  return [
    error("reward-weights", {
      message: `reward_weights has ${weights.length} numbers; ${id} has ${rewards.length} reward functions (${rewards.map(({ name }) => name).join(", ")}).`,
      remedy: "Give one weight for each, or none for the task's own.",
      patch: { reward_weights: null },
      fields: ["reward_weights"],
    }),
  ];
}

/** Arms go in lockstep: what needs a restart is the same in all of them. */
function arms(run: RunConfig): Finding[] {
  const names = run.arms.map(({ name }) => name);
  const odd = names.find((name) => !ARM_NAME.test(name));
  if (names.length === 0 || new Set(names).size !== names.length || odd !== undefined) {
    return [
      error("arm-names", {
        message:
          names.length === 0
            ? "The run has no arm."
            : odd === undefined
              ? `Two arms have one name (${names.join(", ")}).`
              : `An arm cannot be named "${odd}".`,
        remedy: "Name each arm once, with letters, digits, hyphens and underscores.",
        fields: ["arms"],
      }),
    ];
  }
  const overridden = new Set(run.arms.flatMap(({ overrides }) => Object.keys(overrides)));
  const restart = [...overridden].filter((name) => field(name).effect === "restart");
  return run.arms.flatMap(({ name: arm }) =>
    restart.flatMap((name) => {
      const [own, first] = [arm, names[0] ?? arm].map((each) => getField(run, name, each));
      if (JSON.stringify(own) === JSON.stringify(first)) return [];
      return [
        error("arms-out-of-step", {
          message: `Arm ${arm} has ${name} ${formatValue(own ?? null)} and arm ${names[0]} has ${formatValue(first ?? null)}; arms train in lockstep.`,
          remedy: `Set ${name} to the same value in all arms.`,
          patch: { [name]: first ?? null },
          fields: [name],
          arm,
        }),
      ];
    }),
  );
}

/** TRL's trainer cannot halve a batch that its groups have to divide. */
function refusedByTRL({ kept }: Launch): Finding[] {
  if (kept("auto_find_batch_size") !== true) return [];
  return [
    error("auto-find-batch-size", {
      message: "TRL refuses auto_find_batch_size for GRPO: a smaller batch would cut groups apart.",
      remedy: "Set it to false, and per_device_train_batch_size to what fits.",
      patch: { auto_find_batch_size: false },
      fields: ["auto_find_batch_size"],
    }),
  ];
}
