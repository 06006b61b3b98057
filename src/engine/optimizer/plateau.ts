import { watchedMetric } from "../../config/evaluation.ts";
import { argumentProblem } from "../../config/schedule-arguments.ts";
import type { GRPOConfig } from "../../config/types.ts";
import { UserError } from "../../base/user-error.ts";

/** What the schedule has come to; plain data. */
export interface PlateauState {
  /** The learning rate that `rate` came from; null before the first step. */
  base: number | null;
  /** The learning rate now. */
  rate: number;
  /** The best value of the watched metric; null before the first evaluation. */
  best: number | null;
  /** Evaluations in a row that were no better. */
  bad: number;
  /** Evaluations in which nothing is counted yet. */
  cooldown: number;
}

/** Before the first step. */
export const PLATEAU_START: Readonly<PlateauState> = {
  base: null,
  rate: 0,
  best: null,
  bad: 0,
  cooldown: 0,
};

// `reduce_lr_on_plateau`: the learning rate falls by a factor when evaluations stop getting better.
// torch's ReduceLROnPlateau, stepped after every evaluation as transformers' Trainer does; without
// warmup. `mode` is in `lr_scheduler_kwargs` and "min" unless given, also for rewards.

/**
 * At the beginning of a step, whose learning rate is `rate`; a changed `learning_rate` starts from the
 * new one. Throws a UserError for `lr_scheduler_kwargs` that torch does not take.
 */
export function beginPlateau(at: PlateauState, config: GRPOConfig): PlateauState {
  readSettings(config);
  const { learning_rate } = config;
  return at.base === learning_rate ? at : { ...at, base: learning_rate, rate: learning_rate };
}

/** Takes in the metrics of an evaluation. */
export function observePlateau(
  before: PlateauState,
  config: GRPOConfig,
  metrics: Readonly<Record<string, number>>,
): PlateauState {
  const settings = readSettings(config);
  const at = beginPlateau(before, config);
  const value = metrics[watchedMetric(config)] ?? NaN;
  let { rate, best, bad, cooldown } = at;
  if (isBetter(value, best, settings)) [best, bad] = [value, 0];
  else bad++;
  if (cooldown > 0) [cooldown, bad] = [cooldown - 1, 0];
  if (bad > settings.patience) {
    const lower = Math.max(rate * settings.factor, settings.min_lr);
    if (rate - lower > settings.eps) rate = lower;
    [cooldown, bad] = [settings.cooldown, 0];
  }
  return { ...at, rate, best, bad, cooldown };
}

/** torch's defaults. */
const NUMBERS = {
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  cooldown: 0,
  min_lr: 0,
  eps: 1e-8,
};

interface PlateauSettings extends Readonly<typeof NUMBERS> {
  mode: "min" | "max";
  threshold_mode: "rel" | "abs";
}

function readSettings({
  learning_rate: base,
  lr_scheduler_kwargs,
}: Pick<GRPOConfig, "learning_rate" | "lr_scheduler_kwargs">): PlateauSettings {
  const kwargs = lr_scheduler_kwargs ?? {};
  const problem = argumentProblem("reduce_lr_on_plateau", kwargs, { total: 0, base });
  if (problem) throw new UserError(problem.message, problem.remedy, ["lr_scheduler_kwargs"]);
  return { ...NUMBERS, mode: "min", threshold_mode: "rel", ...kwargs };
}

function isBetter(
  value: number,
  best: number | null,
  { mode, threshold, threshold_mode }: PlateauSettings,
): boolean {
  const sign = mode === "max" ? 1 : -1;
  const from = best ?? -sign * Infinity;
  const bar = threshold_mode === "rel" ? from * (1 + sign * threshold) : from + sign * threshold;
  return mode === "max" ? value > bar : value < bar;
}
