import { armConfig, type GRPOConfig, type RunConfig } from "../config/types.ts";
import type { OtherClip, RatioHistograms, StepRecord, StepReport } from "../record/record.ts";
import { compactRecord, wholeRecord } from "./compact-record.ts";

/** A finished stretch of training that the page can show without a GPU. */
export interface Recording {
  run: RunConfig;
  /** The reports of every step and arm. */
  reports: readonly StepReport[];
  /** The records of some steps. */
  records: readonly StepRecord[];
}

/**
 * JSON text of a recording, without what follows from the rest of it; NaN becomes null, and 32-bit
 * floats take no more digits than needed, `digits` at most.
 */
export function recordingToJson({ run, reports, records }: Recording, digits = 9): string {
  const names = [...new Set(reports.flatMap(({ metrics }) => Object.keys(metrics)))];
  const reported = new Set(reports.map(({ arm, step }) => `${step} ${arm}`));
  return JSON.stringify(
    {
      run,
      metrics: names,
      reports: reports.map(({ arm, step, generation, innerStep, metrics: values }) => [
        arm,
        step,
        generation,
        innerStep,
        ...names.map((name) => values[name] ?? (name in values ? null : ABSENT)),
      ]),
      records: records.map((record) => ({
        ...compactRecord(record),
        ...(same(record.config, configOf(run, record.arm)) ? {} : { config: record.config }),
        ...(reported.has(`${record.step} ${record.arm}`) ? {} : { metrics: record.metrics }),
      })),
    },
    (_, value: unknown) => (typeof value === "number" ? shortest(value, digits) : value),
  );
}

/** Stands for a metric that a report does not have. */
const ABSENT = "";

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function configOf(run: RunConfig, name: string): GRPOConfig | null {
  const arm = run.arms.find((each) => each.name === name);
  return arm === undefined ? null : armConfig(run, arm);
}

/** The shortest decimal that is the same 32-bit float, or has `most` digits. */
function shortest(value: number, most: number): number {
  if (Number.isInteger(value)) return value;
  if (Math.fround(value) !== value) return most < 9 ? Number(value.toPrecision(most)) : value;
  for (let digits = 1; digits < most; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(most));
}

/**
 * A recording from its JSON text.
 *
 * @throws TypeError naming the first part that is not what it should be.
 */
export function parseRecording(text: string): Recording {
  const root = object(JSON.parse(text), "recording");
  const run = object(root.run, "run") as unknown as RunConfig;
  const names = texts(root.metrics, "metrics");
  const reports = list(root.reports, "reports").map((each) => parseReport(each, names));
  const records = list(root.records, "records").map((each) => parseRecord(each, run, reports));
  return { run, reports, records };
}

function parseReport(value: unknown, names: readonly string[]): StepReport {
  const [arm, step, generation, innerStep, ...values] = list(value, "report");
  const metrics: [string, number][] = names.flatMap((name, index) =>
    values[index] === ABSENT ? [] : [[name, numberOrNaN(values[index], name)]],
  );
  return {
    arm: text(arm, "arm"),
    step: number(step, "step"),
    generation: number(generation, "generation"),
    innerStep: number(innerStep, "innerStep"),
    metrics: Object.fromEntries(metrics),
  };
}

/** A record from its compact form; what it leaves to the recording comes from there. */
function parseRecord(value: unknown, run: RunConfig, reports: readonly StepReport[]): StepRecord {
  const json = object(value, "record");
  const [rows, columns] = [number(json.rows, "rows"), number(json.columns, "columns")];
  const [arm, step] = [text(json.arm, "arm"), number(json.step, "step")];
  /** Rows may be shorter than the matrix: zeros follow. */
  const matrix = (name: string): number[] =>
    list(json[name], name).flatMap((row) => {
      const values = flat(row, name);
      return [...values, ...new Array<number>(columns - values.length).fill(0)];
    });
  const floats = (name: string): Float32Array => Float32Array.from(matrix(name));
  const row = (name: string): Float32Array => Float32Array.from(flat(json[name], name));
  const counts = (name: string): Uint32Array => Uint32Array.from(flat(json[name], name));
  const told = (name: string): boolean => json[name] !== undefined;
  const config = told("config") ? object(json.config, "config") : configOf(run, arm);
  const report = reports.find((each) => each.step === step && each.arm === arm);
  return wholeRecord({
    arm,
    level: text(json.level, "level") as StepRecord["level"],
    step,
    generation: number(json.generation, "generation"),
    innerStep: number(json.innerStep, "innerStep"),
    rows,
    columns,
    prompt: texts(json.prompt, "prompt"),
    completion: texts(json.completion, "completion"),
    group: counts("group"),
    length: counts("length"),
    truncated: counts("truncated"),
    tokens: Uint32Array.from(matrix("tokens")),
    ...(told("mask") ? { mask: Uint32Array.from(matrix("mask")) } : {}),
    ...(told("logp") ? { logp: floats("logp") } : {}),
    logpOld: floats("logpOld"),
    logpRef: json.logpRef === null ? null : floats("logpRef"),
    ...(told("logpSampled") ? { logpSampled: floats("logpSampled") } : {}),
    entropy: floats("entropy"),
    logRatio: floats("logRatio"),
    ...(told("tokenRatio") ? { tokenRatio: floats("tokenRatio") } : {}),
    ...(told("sequenceRatio") ? { sequenceRatio: row("sequenceRatio") } : {}),
    tokenClipped: Uint32Array.from(matrix("tokenClipped")),
    sequenceClipped: counts("sequenceClipped"),
    advantage: row("advantage"),
    ...(told("tokenCoefficient") ? { tokenCoefficient: floats("tokenCoefficient") } : {}),
    ...(told("sequenceCoefficient") ? { sequenceCoefficient: row("sequenceCoefficient") } : {}),
    ...(told("coefficient") ? { coefficient: floats("coefficient") } : {}),
    ...(told("gradient") ? { gradient: floats("gradient") } : {}),
    ...(told("slope") ? { slope: row("slope") } : {}),
    rewardNames: texts(json.rewardNames, "rewardNames"),
    rewards: list(json.rewards, "rewards").map((each) => Float32Array.from(flat(each, "rewards"))),
    reward: row("reward"),
    config: object(config, "config") as unknown as StepRecord["config"],
    ...(told("otherClip") ? { otherClip: otherClip(json.otherClip) } : {}),
    metrics: told("metrics") ? metricsOf(json.metrics) : (report?.metrics ?? {}),
    histograms: histograms(json.histograms),
  });
}

function otherClip(value: unknown): OtherClip {
  const json = object(value, "otherClip");
  const optional = (name: "epsilon_high" | "delta") =>
    json[name] === null ? null : number(json[name], name);
  return {
    arm: text(json.arm, "otherClip.arm"),
    epsilon: number(json.epsilon, "epsilon"),
    epsilon_high: optional("epsilon_high"),
    delta: optional("delta"),
  };
}

function histograms(value: unknown): RatioHistograms {
  const json = object(value, "histograms");
  const bins = (name: string): Uint32Array => Uint32Array.from(flat(json[name], name));
  return {
    range: number(json.range, "range"),
    bins: number(json.bins, "bins"),
    token: bins("token"),
    tokenClipped: bins("tokenClipped"),
    sequence: bins("sequence"),
    sequenceClipped: bins("sequenceClipped"),
  };
}

const metricsOf = (value: unknown): Record<string, number> =>
  Object.fromEntries(
    Object.entries(object(value, "metrics")).map(([name, each]) => [name, numberOrNaN(each, name)]),
  );

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new TypeError(`${name} is not an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${name} is not a list`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw new TypeError(`${name} is not a text`);
  return value;
}

function number(value: unknown, name: string): number {
  if (typeof value !== "number") throw new TypeError(`${name} is not a number`);
  return value;
}

/** JSON has no NaN: null stands for it. */
const numberOrNaN = (value: unknown, name: string): number =>
  value === null ? Number.NaN : number(value, name);

const texts = (value: unknown, name: string): string[] =>
  list(value, name).map((each) => text(each, name));

const flat = (value: unknown, name: string): number[] =>
  list(value, name)
    .flat()
    .map((each) => numberOrNaN(each, name));
