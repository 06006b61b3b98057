import { armConfig, type ClipBand, type GRPOConfig, type RunConfig } from "../config/types.ts";
import type { Answer, ArmAnswers } from "../record/answers.ts";
import type {
  OtherClip,
  RatioHistograms,
  RecordRouting,
  StepRecord,
  StepReport,
} from "../record/record.ts";
import type { QuantityName } from "../record/fields.ts";
import {
  arrayOf,
  dimensionsOf,
  histogramsOf,
  QUANTITY_NAMES,
  rowOf,
} from "../record/quantities.ts";
import { PictureList, referredText } from "./picture-list.ts";
import { compactRecord, type PartQuantities, wholeRecord } from "./compact-record.ts";

/** A finished stretch of training that the page can show without a GPU. */
export interface Recording {
  run: RunConfig;
  /** The reports of every step and arm. */
  reports: readonly StepReport[];
  /** The records of some steps. */
  records: readonly StepRecord[];
  /** What the arms answered to the run's pinned prompts; absent: they were not asked. */
  answers?: readonly ArmAnswers[];
}

/**
 * JSON text of a recording, without what follows from the rest of it; NaN becomes null, and 32-bit
 * floats take no more digits than needed, `digits` at most.
 */
export function recordingToJson({ run, reports, records, answers }: Recording, digits = 9): string {
  const pictures = new PictureList();
  const names = [...new Set(reports.flatMap(({ metrics }) => Object.keys(metrics)))];
  const reported = new Set(reports.map(({ arm, step }) => `${step} ${arm}`));
  const json = JSON.stringify(
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
      answers,
    },
    (_, value: unknown) =>
      typeof value === "number"
        ? shortest(value, digits)
        : typeof value === "string"
          ? pictures.refer(value)
          : value,
  );
  const { texts: listed } = pictures;
  return listed.length === 0 ? json : `${json.slice(0, -1)},"pictures":${JSON.stringify(listed)}}`;
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
  const root = withPictures(text);
  const run = object(root.run, "run") as unknown as RunConfig;
  const names = texts(root.metrics, "metrics");
  const reports = list(root.reports, "reports").map((each) => parseReport(each, names));
  const records = list(root.records, "records").map((each) => parseRecord(each, run, reports));
  if (root.answers === undefined) return { run, reports, records };
  return { run, reports, records, answers: list(root.answers, "answers").map(parseAnswers) };
}

/** The recording's JSON, with each picture where its number stands. */
function withPictures(json: string): Record<string, unknown> {
  const root = object(JSON.parse(json), "recording");
  if (root.pictures === undefined) return root;
  const pictures = texts(root.pictures, "pictures");
  return JSON.parse(json, (_, value: unknown) =>
    typeof value === "object" && value !== null && "$picture" in value
      ? text(referredText(value.$picture, pictures), "picture")
      : value,
  ) as Record<string, unknown>;
}

function parseAnswers(value: unknown): ArmAnswers {
  const json = object(value, "answers");
  return {
    arm: text(json.arm, "arm"),
    step: number(json.step, "step"),
    answers: list(json.answers, "answers").map(parseAnswer),
  };
}

function parseAnswer(value: unknown): Answer {
  const json = object(value, "answer");
  return {
    prompt: texts(json.prompt, "prompt"),
    completion: texts(json.completion, "completion"),
    ended: json.ended === true,
    right: texts(json.right, "right"),
    reward: number(json.reward, "reward"),
  };
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
  const told = (name: string): boolean => json[name] !== undefined;
  const shape = { rows, columns, ...(told("routing") && { routing: routingOf(json.routing) }) };
  const config = told("config") ? object(json.config, "config") : configOf(run, arm);
  const report = reports.find((each) => each.step === step && each.arm === arm);
  return wholeRecord({
    arm,
    level: text(json.level, "level") as StepRecord["level"],
    step,
    generation: number(json.generation, "generation"),
    innerStep: number(json.innerStep, "innerStep"),
    ...shape,
    ...quantities(json, shape),
    ...(told("slope") ? { slope: Float32Array.from(flat(json.slope, "slope")) } : {}),
    config: object(config, "config") as unknown as StepRecord["config"],
    ...(told("otherClip") ? { otherClip: otherClip(json.otherClip) } : {}),
    metrics: told("metrics") ? metricsOf(json.metrics) : (report?.metrics ?? {}),
    histograms: histograms(json.histograms),
  });
}

/** The quantities that a compact record holds. */
function quantities(
  json: Readonly<Record<string, unknown>>,
  shape: Pick<StepRecord, "rows" | "columns" | "routing">,
): PartQuantities {
  const from = (name: QuantityName): unknown => {
    const value = json[name];
    const { per, element, optional } = rowOf(name);
    if (value === null && optional === "null") return null;
    if (element === "text") return texts(value, name);
    if (per === "function and row")
      return list(value, name).map((each) => arrayOf(name, flat(each, name)));
    const [, ...inner] = dimensionsOf(name, shape);
    if (inner.length === 0) return arrayOf(name, flat(value, name));
    const width = inner.reduce((product, length) => product * length, 1);
    return arrayOf(name, matrix(value, name, width));
  };
  const held = QUANTITY_NAMES.filter((name) => json[name] !== undefined || !mayLack(name));
  return Object.fromEntries(held.map((name) => [name, from(name)])) as PartQuantities;
}

const mayLack = (name: QuantityName): boolean => {
  const { compact, optional } = rowOf(name);
  return compact !== undefined || optional === "absent";
};

/** Rows may be shorter than the matrix: zeros follow. */
const matrix = (value: unknown, name: string, width: number): number[] =>
  list(value, name).flatMap((row) => {
    const values = flat(row, name);
    return [...values, ...new Array<number>(width - values.length).fill(0)];
  });

function routingOf(value: unknown): RecordRouting {
  const json = object(value, "routing");
  return {
    layers: flat(json.layers, "routing.layers"),
    experts: number(json.experts, "routing.experts"),
    perToken: number(json.perToken, "routing.perToken"),
  };
}

function otherClip(value: unknown): OtherClip {
  const json = object(value, "otherClip");
  const optional = (name: keyof ClipBand) =>
    json[name] === null ? null : number(json[name], name);
  return {
    arm: text(json.arm, "otherClip.arm"),
    epsilon: number(json.epsilon, "epsilon"),
    epsilon_high: optional("epsilon_high"),
    delta: optional("delta"),
    ...(json.dual_clip === undefined ? {} : { dual_clip: optional("dual_clip") }),
    ...(json.cispo_floor === undefined
      ? {}
      : { cispo_floor: number(json.cispo_floor, "cispo_floor") }),
  };
}

function histograms(value: unknown): RatioHistograms {
  const json = object(value, "histograms");
  return {
    range: number(json.range, "range"),
    bins: number(json.bins, "bins"),
    ...histogramsOf((name) => Uint32Array.from(flat(json[name], name))),
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
    .flat(3)
    .map((each) => numberOrNaN(each, name));
