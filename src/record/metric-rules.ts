import { type Combined, type Metric, METRICS } from "./metrics.ts";

// What follows from the table of metrics: names, how values combine, what is each other's counterpart.

const rows: readonly (readonly [name: string, row: Metric])[] = Object.entries(METRICS);

const families = rows.flatMap(([name, row]) => {
  const [before, after] = name.split("*");
  return after === undefined ? [] : [{ before: before!, after, row }];
});

/** What the table says of a metric, by its own row or its family's; nothing of one it does not have. */
export function metricOf(name: string): Partial<Metric> {
  if (Object.hasOwn(METRICS, name)) return Reflect.get(METRICS, name) as Metric;
  const family = families.find(
    ({ before, after }) =>
      name.length >= before.length + after.length &&
      name.startsWith(before) &&
      name.endsWith(after),
  );
  return family?.row ?? {};
}

/** Names of the objective's metrics, in the order of its slots. */
export const OBJECTIVE_METRICS: readonly string[] = rows.flatMap(([name, { from }]) =>
  from === "objective" ? [name] : [],
);

/** Of an objective's metric: the value of each micro-batch, out of all slots. (accumulation, metrics) */
export function microValues(name: string, metrics: ArrayLike<number>): number[] {
  const values: number[] = [];
  const width = OBJECTIVE_METRICS.length;
  for (let at = OBJECTIVE_METRICS.indexOf(name); at < metrics.length; at += width)
    values.push(metrics[at]!);
  return values;
}

/** Names the slots of the objective's metrics of one micro-batch. */
export const nameMetrics = (slots: ArrayLike<number>): Record<string, number> =>
  Object.fromEntries(OBJECTIVE_METRICS.map((name, slot) => [name, slots[slot]!]));

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

const combine: Readonly<Record<Combined, (values: readonly number[]) => number>> = {
  mean: (values) => sum(values) / values.length,
  sum,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  last: (values) => values.at(-1)!,
};

/**
 * One value of a metric from those of a step's micro-batches or of a log line's steps, NaN left out
 * where it stands for "not defined". NaN where none is left.
 */
export function combined(name: string, over: "micro" | "steps", values: readonly number[]): number {
  const row = metricOf(name);
  const used = row.keepsNaN ? values : values.filter((value) => !Number.isNaN(value));
  return used.length === 0 ? NaN : combine[row[over] ?? "mean"](used);
}

/** The metric of that label at a level. */
export function metricAt(label: string, level: "token" | "sequence"): string {
  const found = rows.find(([, row]) => row.label === label && row.level === level);
  if (found === undefined) throw new Error(`the table has no metric "${label}" at ${level} level`);
  return found[0];
}
