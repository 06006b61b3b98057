import type { StepReport } from "../record/record.ts";

/**
 * Reports of consecutive steps as numbers in one array: names are stored once, not with every step.
 * A report is [arm, names, step, generation, innerStep, value of each name …].
 */
export interface PackedMetrics {
  run: string;
  /** First step among them. */
  from: number;
  bytes: number;
  arms: readonly string[];
  /** The lists of metric names that occur: arms and steps may have different ones. */
  names: readonly (readonly string[])[];
  values: Float64Array<ArrayBuffer>;
}

const HEAD = 5;

/** Lossless. `reports`: at least one. */
export function packReports(run: string, reports: readonly StepReport[]): PackedMetrics {
  const arms: string[] = [];
  const names: string[][] = [];
  const lists = new Map<string, number>();
  const values: number[] = [];
  let from = Infinity;
  for (const { arm, step, generation, innerStep, metrics } of reports) {
    from = Math.min(from, step);
    let armAt = arms.indexOf(arm);
    if (armAt < 0) armAt = arms.push(arm) - 1;
    const keys = Object.keys(metrics);
    const list = keys.join("\n");
    const known = lists.get(list);
    const namesAt = known ?? names.push(keys) - 1;
    if (known === undefined) lists.set(list, namesAt);
    values.push(armAt, namesAt, step, generation, innerStep, ...Object.values(metrics));
  }
  const packed = Float64Array.from(values);
  const text = [...arms, ...names.flat()].reduce((sum, each) => sum + 2 * each.length, 0);
  return { run, from, bytes: packed.byteLength + text, arms, names, values: packed };
}

/** The inverse of `packReports`. */
export function unpackReports({ arms, names, values }: PackedMetrics): StepReport[] {
  const reports: StepReport[] = [];
  for (let at = 0; at < values.length;) {
    const [arm = 0, list = 0, step = 0, generation = 0, innerStep = 0] = values.subarray(at);
    const keys = names[list]!;
    const metrics = Object.fromEntries(keys.map((name, i) => [name, values[at + HEAD + i]!]));
    reports.push({ arm: arms[arm]!, step, generation, innerStep, metrics });
    at += HEAD + keys.length;
  }
  return reports;
}
