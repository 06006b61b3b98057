import { argumentProblem, POLYNOMIAL_END, type scheduleArguments } from "./schedule-arguments.ts";
import { warmupSteps } from "./warmup.ts";
import type { GRPOConfig } from "./types.ts";
import { UserError } from "../base/user-error.ts";

/** What a schedule multiplies the learning rate by, as in transformers' optimization.py. */
type Multiplier = (step: number, run: ScheduledRun) => number;

interface ScheduledRun {
  /** Optimizer steps of warmup. */
  warmup: number;
  /** Optimizer steps in all. */
  total: number;
  /** The configured learning rate, for floors given in absolute terms. */
  base: number;
  /** A number of `lr_scheduler_kwargs`. */
  number<T>(name: string, otherwise: T): number | T;
  /** A word of `lr_scheduler_kwargs`; the first where there is none. */
  word<T extends string>(name: string, choices: readonly [T, ...T[]]): T;
}

type Kwargs = Readonly<Record<string, number | string>>;

/** The share of the warmup that is done at `step`. */
const rise = (step: number, { warmup }: ScheduledRun) => step / Math.max(1, warmup);

/** The share of what follows the warmup that is done at `step`. */
const progress = (step: number, { warmup, total }: ScheduledRun) =>
  (step - warmup) / Math.max(1, total - warmup);

/** 1 → 0 over half a cosine; `cycles` of 0.5 is that half. */
const cosine = (share: number, cycles = 0.5) => 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * share));

const aboveFloor = (factor: number, floor: number) => Math.max(0, factor * (1 - floor) + floor);

/** One of the two is there, and not both: see argumentProblem. */
const minimumRate = (run: ScheduledRun): number =>
  run.number("min_lr_rate", null) ?? run.number("min_lr", 0) / run.base;

/** Starts every schedule but the ones that say otherwise: from 0 up to 1 in equal steps. */
const afterWarmup =
  (then: Multiplier): Multiplier =>
  (step, run) =>
    step < run.warmup ? rise(step, run) : then(step, run);

/** Schedules that follow the step: `reduce_lr_on_plateau` follows evaluations. */
type Followed = Exclude<keyof typeof scheduleArguments, "reduce_lr_on_plateau">;

/** By transformers' `lr_scheduler_type` names. */
const multipliers: Readonly<Record<Followed, Multiplier>> = {
  linear: afterWarmup((step, { warmup, total }) =>
    Math.max(0, (total - step) / Math.max(1, total - warmup)),
  ),
  cosine: afterWarmup((step, run) =>
    Math.max(0, cosine(progress(step, run), run.number("num_cycles", 0.5))),
  ),
  cosine_with_restarts: afterWarmup((step, run) => {
    const share = progress(step, run);
    return share >= 1 ? 0 : Math.max(0, cosine((run.number("num_cycles", 1) * share) % 1));
  }),
  polynomial: afterWarmup((step, run) => {
    const end = run.number("lr_end", POLYNOMIAL_END);
    if (step > run.total) return end / run.base;
    if (run.total === run.warmup) {
      throw new RangeError("polynomial has no value where the warmup fills the whole run");
    }
    const left = 1 - (step - run.warmup) / (run.total - run.warmup);
    return ((run.base - end) * left ** run.number("power", 1) + end) / run.base;
  }),
  constant: () => 1,
  constant_with_warmup: afterWarmup(() => 1),
  inverse_sqrt: afterWarmup((step, run) => {
    const timescale = run.number("timescale", run.warmup || 10_000);
    return 1 / Math.sqrt((step + timescale - run.warmup) / timescale);
  }),
  cosine_with_min_lr: (step, run) => {
    const floor = minimumRate(run);
    if (step < run.warmup) return rise(step, run);
    return aboveFloor(cosine(progress(step, run), run.number("num_cycles", 0.5)), floor);
  },
  cosine_warmup_with_min_lr: (step, run) => {
    const floor = minimumRate(run);
    if (step < run.warmup) {
      const start = run.number("warmup_lr_rate", null);
      // Without a start this one begins at 1 / warmup, not at 0.
      return start === null
        ? rise(step + 1, run)
        : start + ((1 - start) * step) / Math.max(1, run.warmup - 1);
    }
    return aboveFloor(cosine(progress(step + 1, run), run.number("num_cycles", 0.5)), floor);
  },
  warmup_stable_decay: warmupStableDecay,
};

const isFollowed = (name: string): name is Followed => Object.hasOwn(multipliers, name);

function warmupStableDecay(step: number, run: ScheduledRun): number {
  const { warmup, total } = run;
  const decaySteps = run.number("num_decay_steps", 0);
  const floor = run.number("min_lr_ratio", 0);
  const decayFrom = warmup + run.number("num_stable_steps", total - warmup - decaySteps);

  if (step < warmup) {
    const share = rise(step, run);
    const factor = {
      linear: share,
      cosine: 0.5 * (1 - Math.cos(Math.PI * share)),
      "1-sqrt": 1 - Math.sqrt(1 - share),
    }[run.word("warmup_type", ["linear", "cosine", "1-sqrt"])];
    return aboveFloor(factor, floor);
  }
  if (step < decayFrom) return 1;
  if (step < decayFrom + decaySteps) {
    const share = (step - decayFrom) / Math.max(1, decaySteps);
    const factor = {
      linear: 1 - share,
      cosine: cosine(share, run.number("num_cycles", 0.5)),
      "1-sqrt": 1 - Math.sqrt(share),
    }[run.word("decay_type", ["cosine", "linear", "1-sqrt"])];
    return aboveFloor(factor, floor);
  }
  return floor;
}

/**
 * What the schedule multiplies the learning rate by at `step` (0 for the first update). Throws a
 * UserError for a schedule or a keyword argument that there is not.
 */
export function scheduleMultiplier(
  name: string,
  kwargs: Kwargs,
  step: number,
  { warmup, total, base }: { warmup: number; total: number; base: number },
): number {
  if (name === "reduce_lr_on_plateau") {
    throw new RangeError(`${name} follows evaluations, not the step: see Plateau`);
  }
  if (!isFollowed(name)) {
    throw new UserError(
      `lr_scheduler_type is "${name}", which transformers does not have.`,
      `Choose one of ${Object.keys(multipliers).join(", ")}.`,
      ["lr_scheduler_type"],
    );
  }
  const problem = argumentProblem(name, kwargs, { total, base });
  if (problem) throw new UserError(problem.message, problem.remedy, ["lr_scheduler_kwargs"]);
  return multipliers[name](step, { warmup, total, base, ...readers(kwargs) });
}

const readers = (kwargs: Kwargs): Pick<ScheduledRun, "number" | "word"> => ({
  number: (name, otherwise) => {
    const value = kwargs[name];
    return typeof value === "number" ? value : otherwise;
  },
  word: (name, [first, ...others]) => others.find((word) => word === kwargs[name]) ?? first,
});

/** The learning rate of update `step`, from 0, of `total`. */
export function learningRate(config: GRPOConfig, step: number, total: number): number {
  const { learning_rate, lr_scheduler_type, lr_scheduler_kwargs } = config;
  const run = { warmup: warmupSteps(config, total), total, base: learning_rate };
  return (
    learning_rate * scheduleMultiplier(lr_scheduler_type, lr_scheduler_kwargs ?? {}, step, run)
  );
}
