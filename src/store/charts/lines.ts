import type { Level } from "../../config/types.ts";
import type { ArmColumns } from "../../runs/columns.ts";
import type { XAxis } from "./chart-view.ts";
import type { HistoryPoint } from "../run/history.ts";
import type { Line, LinePoint } from "./line.ts";

/** Which number of each step a line shows, over what. */
export interface LineSelection {
  /** The metric's name, by the level that drives the arm. */
  metric(level: Level): string;
  /** Multiplies the metric; 100 makes a share a percentage. */
  scale: number;
  /** Only optimizer steps with this k; null takes all. */
  innerStep: number | null;
  /** Leave out the steps without a value: the line goes from one of the others to the next. */
  sparse?: boolean;
  x: XAxis;
}

/** The lines of the run on screen, by arm. */
export function shownLines(
  history: readonly HistoryPoint[],
  { metric, scale, innerStep, x, sparse = false }: LineSelection,
): Readonly<Record<string, Line>> {
  const lines: Record<string, LinePoint[]> = {};
  for (const point of history) {
    if (innerStep !== null && point.innerStep !== innerStep) continue;
    for (const arm in point.metrics) {
      const metrics = point.metrics[arm]!;
      const y = scaled(metrics[metric(point.levels[arm] ?? "token")], scale);
      const at = xOf(x, point.step, metrics.num_tokens, point.seconds[arm]);
      if (sparse && y === undefined) continue;
      if (at !== null) (lines[arm] ??= []).push({ x: at, y, step: point.step });
    }
  }
  return lines;
}

/** The line of a stored run's arm. */
export function columnLine(
  { level, steps, innerSteps, seconds, metrics }: ArmColumns,
  { metric, scale, innerStep, x, sparse = false }: LineSelection,
): Line {
  const values = metrics.get(metric(level));
  const tokens = metrics.get("num_tokens");
  if (values === undefined) return [];
  const line: LinePoint[] = [];
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index]!;
    if (innerStep !== null && innerSteps[index] !== innerStep) continue;
    const at = xOf(x, step, tokens?.[index], seconds[index]);
    const y = scaled(values[index], scale);
    if (sparse && y === undefined) continue;
    if (at !== null) line.push({ x: at, y, step });
  }
  return line;
}

/** Where a step lies on the axis: its number, `num_tokens`, or seconds; null where not logged. */
function xOf(
  x: XAxis,
  step: number,
  tokens: number | undefined,
  seconds: number | undefined,
): number | null {
  const value = x === "step" ? step : x === "tokens" ? tokens : seconds;
  return value !== undefined && Number.isFinite(value) ? value : null;
}

const scaled = (value: number | undefined, scale: number): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value * scale : undefined;

/** The names of all numbers that a history has logged, in alphabetical order. */
export function loggedMetrics(history: readonly HistoryPoint[]): string[] {
  const names = new Set<string>();
  // The newest steps are enough: what is logged does not change much while a run goes on.
  for (const { metrics } of history.slice(-8)) {
    for (const logged of Object.values(metrics)) {
      for (const [name, value] of Object.entries(logged))
        if (Number.isFinite(value)) names.add(name);
    }
  }
  return [...names].toSorted();
}
