import type { Fact } from "../finding.ts";
import type { Patch } from "../finding.ts";
import type { GRPOConfig } from "../types.ts";

/** What a rule about a run's progress looks at: one optimizer step of one arm, newest last. */
export interface Progress {
  innerStep: number;
  /** Under TRL's names; NaN where undefined. */
  metrics: Readonly<Record<string, number>>;
}

/** Steps that are looked at, and that there must be before anything is said of a trend. */
export const WINDOW = 20;

/** `config` is null where only metrics are known, as of an imported file: no sentence may rest on it. */
export type ProgressRule = (
  recent: readonly Progress[],
  all: readonly Progress[],
  config: GRPOConfig | null,
) => Fact | null;

/** The change that halves the learning rate; null where nobody knows it. */
export const halvedRate = (config: GRPOConfig | null): Patch | null =>
  config && { learning_rate: config.learning_rate / 2 };

/** The values of a metric where it is defined. */
export const valuesOf = (steps: readonly Progress[], name: string): number[] =>
  steps.map(({ metrics }) => metrics[name] ?? NaN).filter((value) => !Number.isNaN(value));

/** The mean of a metric where it is defined; NaN where it never is. */
export function mean(
  steps: readonly Progress[],
  name: string,
  of = (value: number) => value,
): number {
  const values = valuesOf(steps, name);
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}

export const percent = (share: number) => `${Math.round(100 * share)} %`;
export const show = (value: number) => String(Number(value.toPrecision(3)));
