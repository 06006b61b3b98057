import { type Fact, type Patch, refusal as refused } from "./finding.ts";
import type { GRPOConfig } from "./types.ts";

const minimum = ["min_lr", "min_lr_rate"] as const;

/**
 * What `lr_scheduler_kwargs` may hold, by schedule: the names that transformers' function takes. The
 * two constant ones are never handed any, so that whatever is there does nothing.
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
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Scheduled = keyof typeof scheduleArguments;

/** Whether transformers hands the schedule its arguments at all. */
export const takesArguments = (name: string): boolean => !name.startsWith("constant");

const isScheduled = (name: string): name is Scheduled => Object.hasOwn(scheduleArguments, name);

type Kwargs = NonNullable<GRPOConfig["lr_scheduler_kwargs"]>;

/**
 * Arguments without which transformers cannot make the schedule, and those that it does not take;
 * `reduce_lr_on_plateau` is torch's and looks at its own.
 */
export function scheduleProblems(config: GRPOConfig): Fact[] {
  const { lr_scheduler_type: name, lr_scheduler_kwargs, max_steps } = config;
  const problem = argumentProblem(name, lr_scheduler_kwargs ?? {}, max_steps);
  return problem === null ? [] : [problem];
}

/** The same of a schedule by itself; `steps`: optimizer steps in all, 0 or less where not known. */
export function argumentProblem(name: string, given: Kwargs, steps: number): Fact | null {
  if (!isScheduled(name) || !takesArguments(name)) return null;
  return strange(name, given, steps) ?? misstated(given) ?? missing(name, given, steps);
}

function strange(name: Scheduled, given: Kwargs, steps: number): Fact | null {
  const takes: readonly string[] = scheduleArguments[name];
  const others = Object.keys(given).filter((key) => !takes.includes(key));
  if (others.length === 0) return null;
  const rest = Object.fromEntries(Object.entries(given).filter(([key]) => takes.includes(key)));
  const left = Object.keys(rest).length > 0 ? { lr_scheduler_kwargs: rest } : NONE;
  const next = missing(name, rest, steps);
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

function missing(name: Scheduled, given: Kwargs, steps: number): Fact | null {
  if (name === "warmup_stable_decay") {
    if (given.num_decay_steps != null) return null;
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

/** The id of what a schedule and its arguments, set one after the other, have in between. */
export const SCHEDULE_ARGUMENTS = "schedule-arguments";

const refusal = (facts: Pick<Fact, "message" | "remedy" | "patch">): Fact =>
  refused(SCHEDULE_ARGUMENTS, {
    reason: "transformers raises an exception when the trainer makes its schedule.",
    fields: ["lr_scheduler_type", "lr_scheduler_kwargs"],
    ...facts,
  });
