import type { RunConfig } from "../config/types.ts";
import { recordToJson, type RatioHistograms, type StepRecord } from "../engine/record.ts";
import type { StepReport } from "../worker/protocol.ts";

/** A finished stretch of training that the page can show without a GPU. */
export interface Recording {
  run: RunConfig;
  /** The reports of every step and arm. */
  reports: readonly StepReport[];
  /** The records of some steps. */
  records: readonly StepRecord[];
}

/** JSON text of a recording; NaN becomes null, and 32-bit floats take no more digits than needed. */
export const recordingToJson = ({ run, reports, records }: Recording): string =>
  JSON.stringify({ run, reports, records: records.map(recordToJson) }, (_, value: unknown) =>
    typeof value === "number" ? shortest(value) : value,
  );

/** The shortest decimal that is the same 32-bit float; other numbers stay as they are. */
function shortest(value: number): number {
  if (Number.isInteger(value) || Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/**
 * A recording from its JSON text.
 *
 * @throws TypeError naming the first part that is not what it should be.
 */
export function parseRecording(text: string): Recording {
  const root = object(JSON.parse(text), "recording");
  return {
    run: object(root.run, "run") as unknown as RunConfig,
    reports: list(root.reports, "reports").map(parseReport),
    records: list(root.records, "records").map(recordFromJson),
  };
}

function parseReport(value: unknown): StepReport {
  const report = object(value, "report");
  return {
    arm: text(report.arm, "arm"),
    step: number(report.step, "step"),
    generation: number(report.generation, "generation"),
    innerStep: number(report.innerStep, "innerStep"),
    metrics: metrics(report.metrics),
  };
}

/**
 * A record from its plain form, the inverse of `recordToJson`.
 *
 * @throws TypeError naming the first field that is not what it should be.
 */
export function recordFromJson(value: unknown): StepRecord {
  const json = object(value, "record");
  const floats = (name: string): Float32Array => Float32Array.from(flat(json[name], name));
  const counts = (name: string): Uint32Array => Uint32Array.from(flat(json[name], name));
  const texts = (name: string): string[] => list(json[name], name).map((each) => text(each, name));
  return {
    arm: text(json.arm, "arm"),
    level: text(json.level, "level") as StepRecord["level"],
    step: number(json.step, "step"),
    generation: number(json.generation, "generation"),
    innerStep: number(json.innerStep, "innerStep"),
    rows: number(json.rows, "rows"),
    columns: number(json.columns, "columns"),
    prompt: texts("prompt"),
    completion: texts("completion"),
    group: counts("group"),
    length: counts("length"),
    truncated: counts("truncated"),
    tokens: counts("tokens"),
    mask: counts("mask"),
    logp: floats("logp"),
    logpOld: floats("logpOld"),
    logpRef: json.logpRef === null ? null : floats("logpRef"),
    logpSampled: floats("logpSampled"),
    entropy: floats("entropy"),
    logRatio: floats("logRatio"),
    tokenRatio: floats("tokenRatio"),
    sequenceRatio: floats("sequenceRatio"),
    tokenClipped: counts("tokenClipped"),
    sequenceClipped: counts("sequenceClipped"),
    advantage: floats("advantage"),
    tokenCoefficient: floats("tokenCoefficient"),
    sequenceCoefficient: floats("sequenceCoefficient"),
    coefficient: floats("coefficient"),
    gradient: floats("gradient"),
    rewardNames: texts("rewardNames"),
    rewards: list(json.rewards, "rewards").map((each) => Float32Array.from(flat(each, "rewards"))),
    reward: floats("reward"),
    config: object(json.config, "config") as unknown as StepRecord["config"],
    metrics: metrics(json.metrics),
    histograms: histograms(json.histograms),
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

const metrics = (value: unknown): Record<string, number> =>
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

const flat = (value: unknown, name: string): number[] =>
  list(value, name)
    .flat()
    .map((each) => numberOrNaN(each, name));
