import { type Fact, type Patch, refusal as refused } from "./finding.ts";
import type { GRPOConfig } from "./types.ts";

const minimum = ["min_lr", "min_lr_rate"] as const;

/**
 * What `lr_scheduler_kwargs` may hold, by schedule: the names that transformers' function takes, and
 * torch's class for `reduce_lr_on_plateau`. The two constant ones are never handed any, so that
 * whatever is there does nothing.
 */
export const scheduleArguments = {
  linear: [],
  cosine: ["num_cycles"],
  cosine_with_restarts: ["num_cycles"],
  polynomial: ["lr_end", "power"],
  constant: [],
  constant_with_warmup: [],
  inverse_sqrt: ["timescale"],
  cosine_with_min_lr: ["num_cycles", ...minimum],
  cosine_warmup_with_min_lr: ["num_cycles", ...minimum, "warmup_lr_rate"],
  warmup_stable_decay: [
    "num_decay_steps",
    "num_stable_steps",
    "warmup_type",
    "decay_type",
    "min_lr_ratio",
    "num_cycles",
  ],
  reduce_lr_on_plateau: [
    "factor",
    "patience",
    "threshold",
    "cooldown",
    "min_lr",
    "eps",
    "mode",
    "threshold_mode",
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Schedule = keyof typeof scheduleArguments;

/** Whether transformers hands the schedule its arguments at all. */
export const takesArguments = (name: string): boolean => !name.startsWith("constant");

const isScheduled = (name: string): name is Schedule => Object.hasOwn(scheduleArguments, name);

/** Where `polynomial` ends unless `lr_end` says otherwise. */
export const POLYNOMIAL_END = 1e-7;

type Kwargs = NonNullable<GRPOConfig["lr_scheduler_kwargs"]>;

/** What the arguments are held against, each looked at where it is needed and not before. */
interface Scheduled {
  /** Optimizer steps in all; 0 or less where not known. */
  readonly total: number;
  /** The configured learning rate. */
  readonly base: number;
}

/** Arguments without which the schedule cannot be made, and those that it does not take. */
export function scheduleProblems(config: GRPOConfig): Fact[] {
  const problem = argumentProblem(config.lr_scheduler_type, config.lr_scheduler_kwargs ?? {}, {
    get total() {
      return config.max_steps;
    },
    get base() {
      return config.learning_rate;
    },
  });
  return problem === null ? [] : [problem];
}

/** The same of a schedule by itself. */
export function argumentProblem(name: string, given: Kwargs, run: Scheduled): Fact | null {
  if (!isScheduled(name) || !takesArguments(name)) return null;
  return (
    strange(name, given, run) ??
    misstated(given) ??
    missing(name, given, run) ??
    beyond(name, given, run)
  );
}

function strange(name: Schedule, given: Kwargs, run: Scheduled): Fact | null {
  const takes: readonly string[] = scheduleArguments[name];
  const others = Object.keys(given).filter((key) => !takes.includes(key));
  if (others.length === 0) return null;
  const rest = Object.fromEntries(Object.entries(given).filter(([key]) => takes.includes(key)));
  const left = Object.keys(rest).length > 0 ? { lr_scheduler_kwargs: rest } : NONE;
  const next = missing(name, rest, run);
  return refusal({
    message: `lr_scheduler_kwargs has ${others.join(", ")}, which ${name} does not take.`,
    remedy: takes.length > 0 ? `It takes ${takes.join(", ")}.` : "It takes none: leave them out.",
    patch: next === null ? left : next.patch,
  });
}

const SHAPES = ["linear", "cosine", "1-sqrt"];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  warmup_type: SHAPES,
  decay_type: SHAPES,
  mode: ["min", "max"],
  threshold_mode: ["rel", "abs"],
};

/** A word for a number, or one that transformers does not know. */
function misstated(given: Kwargs): Fact | null {
  for (const [name, value] of Object.entries(given)) {
    const words = WORDS[name];
    const fits =
      words === undefined
        ? typeof value === "number" && Number.isFinite(value)
        : words.some((word) => word === value);
    if (fits) continue;
    return refusal({
      message: `${name} in lr_scheduler_kwargs is ${value}.`,
      remedy: words === undefined ? "It has to be a number." : `It can be ${words.join(", ")}.`,
      patch: null,
    });
  }
  return null;
}

const NONE: Patch = { lr_scheduler_kwargs: null };

function missing(name: Schedule, given: Kwargs, run: Scheduled): Fact | null {
  if (name === "warmup_stable_decay") {
    if (given.num_decay_steps != null) return null;
    const steps = run.total;
    const decay = Math.max(1, Math.round(steps / 10));
    return refusal({
      message: "warmup_stable_decay needs num_decay_steps in lr_scheduler_kwargs.",
      remedy: `Give the number of optimizer steps in which the learning rate falls${steps > 0 ? `, e.g. ${decay} of ${steps}` : ""}.`,
      patch: steps > 0 ? { lr_scheduler_kwargs: { ...given, num_decay_steps: decay } } : null,
    });
  }
  if (name !== "cosine_with_min_lr" && name !== "cosine_warmup_with_min_lr") return null;
  const { min_lr, min_lr_rate, ...others } = given;
  if (min_lr != null && min_lr_rate != null) {
    return refusal({
      message: `lr_scheduler_kwargs has both min_lr (${min_lr}) and min_lr_rate (${min_lr_rate}); ${name} takes one of them.`,
      remedy: "Leave out min_lr_rate, which is the same floor as a share of learning_rate.",
      patch: { lr_scheduler_kwargs: { ...others, min_lr } },
    });
  }
  if (min_lr != null || min_lr_rate != null) return null;
  return refusal({
    message: `${name} needs min_lr or min_lr_rate in lr_scheduler_kwargs.`,
    remedy: "Give the learning rate at its end, e.g. min_lr_rate 0.1 for a tenth of learning_rate.",
    patch: { lr_scheduler_kwargs: { ...given, min_lr_rate: 0.1 } },
  });
}

/** Numbers with which there is no such schedule: where one falls upwards, or divides by 0. */
const beyond = (name: Schedule, given: Kwargs, run: Scheduled): Fact | null =>
  limits[name]?.(given, run) ?? null;

const limits: Partial<Record<Schedule, (given: Kwargs, run: Scheduled) => Fact | null>> = {
  polynomial: (given, run) =>
    outOf(given, "power", (power) => power >= 0, AT_ITS_END) ?? upwards(given, run),
  inverse_sqrt: (given) =>
    outOf(given, "timescale", (timescale) => timescale > 0, {
      remedy: "It has to be above 0; left out, it is the warmup.",
    }),
  reduce_lr_on_plateau: (given) =>
    outOf(given, "factor", (factor) => factor < 1, {
      remedy: "It has to be below 1, so that the learning rate falls.",
    }),
  cosine_with_min_lr: shareOfNothing,
  cosine_warmup_with_min_lr: shareOfNothing,
};

const AT_ITS_END = {
  reason: "At its end the schedule would raise 0 to it.",
  remedy: "It has to be 0 or more.",
};

function outOf(
  given: Kwargs,
  key: string,
  fits: (value: number) => boolean,
  facts: Pick<Fact, "remedy"> & Partial<Fact>,
): Fact | null {
  const { [key]: value, ...others } = given;
  if (typeof value !== "number" || fits(value)) return null;
  const left = Object.keys(others).length > 0 ? { lr_scheduler_kwargs: others } : NONE;
  return refusal({ message: `${key} in lr_scheduler_kwargs is ${value}.`, patch: left, ...facts });
}

const WITH_RATE = ["lr_scheduler_type", "lr_scheduler_kwargs", "learning_rate"];

function upwards(given: Kwargs, { base }: Scheduled): Fact | null {
  const end = Number(given.lr_end ?? POLYNOMIAL_END);
  if (end < base) return null;
  return refusal({
    message: `polynomial ends at lr_end (${end}${given.lr_end === undefined ? ", unless it is given" : ""}), which is not below learning_rate (${base}).`,
    remedy: "Give an lr_end in lr_scheduler_kwargs that is below learning_rate.",
    patch: base > 0 ? { lr_scheduler_kwargs: { ...given, lr_end: base / 10 } } : null,
    fields: WITH_RATE,
  });
}

function shareOfNothing(given: Kwargs, { base }: Scheduled): Fact | null {
  if (given.min_lr === undefined || base > 0) return null;
  return refusal({
    message: `min_lr (${given.min_lr}) becomes a share of learning_rate, which is 0.`,
    remedy: "Set learning_rate above 0, or give min_lr_rate in place of min_lr.",
    patch: null,
    fields: WITH_RATE,
  });
}

/** The id of what a schedule and its arguments, set one after the other, have in between. */
export const SCHEDULE_ARGUMENTS = "schedule-arguments";

const refusal = (facts: Pick<Fact, "message" | "remedy" | "patch"> & Partial<Fact>): Fact =>
  refused(SCHEDULE_ARGUMENTS, {
    reason: "transformers raises an exception when the trainer makes its schedule.",
    fields: ["lr_scheduler_type", "lr_scheduler_kwargs"],
    ...facts,
  });
