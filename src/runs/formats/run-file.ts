import { z } from "./zod.ts";
import { checkConfig } from "../../config/check.ts";
import { families } from "../../engine/gpu/family.ts";
import { UserError } from "../../base/user-error.ts";
import type { StoredRun, WholeRun } from "../stored-run.ts";
import { checkpointSchema } from "./checkpoint-schema.ts";
import { pack, unpack } from "./plain-data.ts";
import { numbers, recordSchema } from "./record-schema.ts";
import { PictureList } from "../picture-list.ts";
import { count, picture, promptTokens, runSchema, someFields, text } from "./run-schema.ts";
import { type Files, isZip, readZip, writeZip } from "./zip.ts";

/**
 * Rises when the meaning of a part changes; older versions are read. Version 2 has a list of pictures: a
 * file without pictures is still one of version 1, which older pages read.
 */
export const RUN_FILE_VERSION = 2;
const FORMAT = "ratioscope-run";

const LIMITS = { entries: 40_000, bytes: 2 ** 30 };

const manifestSchema = z.strictObject({ format: z.literal(FORMAT), version: z.number().int() });

/** Of the stored run what means the same in another browser. */
type About = Omit<StoredRun, "id" | "updatedAt" | "bytes" | "deletedAt" | "origin"> & {
  origin: "trained" | "log";
};
const aboutSchema: z.ZodType<About> = z.strictObject({
  name: text(1000),
  note: text(100_000),
  colour: count(7).nullable(),
  seedGroup: text(1000).nullable(),
  parent: z.strictObject({ run: text(100), step: count() }).nullable(),
  origin: z.enum(["trained", "log"]),
  run: runSchema,
  build: text(200),
  adapter: text(200),
  family: z.enum(families).optional(),
  parameters: count(),
  createdAt: count(1e15),
  status: z.enum(["unfinished", "finished", "failed"]),
  step: count(),
  totalSteps: count(),
  tokens: count(1e15),
  elapsedMs: z.number().min(0),
  thinned: text(10_000).nullable(),
});

const picturesSchema = z.array(picture).max(1e6);

const answerTokens = z.array(text(200)).max(65_536);

const answerSchema = z.strictObject({
  prompt: promptTokens,
  completion: answerTokens,
  ended: z.boolean(),
  right: answerTokens,
  reward: z.number(),
});

const eventSchema = z.strictObject({
  at: count(),
  step: count(),
  kind: z.enum(["change", "fork", "failure", "resumed", "warning", "answers"]),
  arm: text(100).nullable(),
  text: text(10_000),
  fields: someFields.nullable(),
  finding: text(100).optional(),
  answers: z.array(answerSchema).max(64).optional(),
});

const metricsSchema = z.strictObject({
  from: count(),
  reports: z.array(
    z.strictObject({
      arm: text(100),
      step: count(),
      generation: count(),
      innerStep: count(),
      metrics: numbers,
    }),
  ),
});

const recordsSchema = z.strictObject({
  step: count(),
  generation: count(),
  bytes: count(),
  records: z.array(recordSchema).max(16),
});

const storedCheckpointSchema = z.strictObject({
  step: count(),
  bytes: count(),
  events: count().optional(),
  checkpoint: checkpointSchema,
});

/**
 * A whole run as one file: a zip archive that holds
 *
 *   manifest.json            { "format": "ratioscope-run", "version": 1 }
 *   run.json                 name, note, configuration, counts; no id: the reader gives one
 *   events.json              live changes, forks, failures, in order
 *   metrics.json             the reports of every step and arm
 *   records/STEP.json .bin   the step records; typed arrays lie in .bin (see plain-data.ts)
 *   checkpoints/STEP.json .bin
 *   pictures.json            the pictures of prompts, each once; left out where there are none
 *
 * The same run gives the same bytes, also after it went through `readRunFile`.
 */
export function writeRunFile(whole: WholeRun): Uint8Array<ArrayBuffer> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const pictures = new PictureList();
  const write = (name: string, value: unknown) => {
    const { text: json, block } = pack(value, pictures);
    files.set(`${name}.json`, new TextEncoder().encode(json));
    if (block.length > 0) files.set(`${name}.bin`, block);
  };
  write("run", aboutOf(whole));
  write("events", whole.events.map(withoutRun));
  write("metrics", whole.metrics.map(withoutRun));
  for (const records of whole.records)
    write(`records/${nameOf(records.step)}`, withoutRun(records));
  for (const each of whole.checkpoints) write(`checkpoints/${nameOf(each.step)}`, withoutRun(each));
  const some = pictures.texts.length > 0;
  const encoded = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const manifest = encoded({ format: FORMAT, version: some ? RUN_FILE_VERSION : 1 });
  const listed = some ? [["pictures.json", encoded(pictures.texts)] as const] : [];
  return writeZip(new Map([["manifest.json", manifest], ...files, ...listed]));
}

/**
 * The run in a file, under an id that is to be replaced. Every part is checked before any is
 * returned.
 *
 * @throws UserError that names the part and the reason.
 */
export function readRunFile(file: Uint8Array, now: number): WholeRun {
  if (!isZip(file)) throw unfit("it does not begin as a zip archive does");
  const files = readZip(file, LIMITS);
  const { version } = readPart(files, "manifest", manifestSchema, []);
  if (version < 1 || version > RUN_FILE_VERSION) {
    throw new UserError(
      `The run file has version ${version}; this page reads versions 1 to ${RUN_FILE_VERSION}.`,
      "Open it with a newer page.",
    );
  }
  const pictures = version === 1 ? [] : readPart(files, "pictures", picturesSchema, []);
  const part = <T>(name: string, schema: z.ZodType<T>) => readPart(files, name, schema, pictures);
  const { origin, ...about } = part("run", aboutSchema);
  if (origin === "trained") refuseUnrunnable(about);
  const run = "";
  const events = part("events", z.array(eventSchema)).map((each) => ({ run, ...each }));
  const metrics = part("metrics", z.array(metricsSchema)).map((each) => ({ run, ...each }));
  const partsIn = <T>(folder: string, schema: z.ZodType<T>) =>
    namesIn(files, folder).map((name) => ({ run, ...part(name, schema) }));
  const records = partsIn("records", recordsSchema);
  const checkpoints = partsIn("checkpoints", storedCheckpointSchema);
  const stored = {
    id: run,
    ...about,
    origin: origin === "log" ? ("imported-log" as const) : ("imported-run" as const),
    updatedAt: now,
    bytes: [...files.values()].reduce((sum, { length }) => sum + length, 0),
    deletedAt: null,
  };
  return { run: stored, events, metrics, records, checkpoints };
}

function aboutOf({ run }: WholeRun): About {
  const { id: _, updatedAt: __, bytes: ___, deletedAt: ____, origin, ...about } = run;
  return { ...about, origin: origin === "imported-log" ? "log" : "trained" };
}

const withoutRun = <T extends { run: string }>({ run: _, ...rest }: T): Omit<T, "run"> => rest;

/** Digits enough that names sort as steps do. */
const nameOf = (step: number): string => String(step).padStart(8, "0");

/** The parts in a folder, by their names without an ending. */
const namesIn = (files: Files, folder: string): string[] =>
  [...files.keys()]
    .filter((name) => name.startsWith(`${folder}/`) && name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length));

/** What was read, not what the schema made of it: its keys keep their order. */
function readPart<T>(
  files: Files,
  name: string,
  schema: z.ZodType<T>,
  pictures: readonly string[],
): T {
  const file = files.get(`${name}.json`);
  if (file === undefined) throw unfit(`${name}.json is not in it`);
  const block = files.get(`${name}.bin`) ?? new Uint8Array();
  const value = plainPart(name, file, block, pictures);
  const checked = schema.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const place = issue?.path.map(String).join(".");
    throw unfit(`${name}.json${place ? `, ${place}` : ""}: ${issue?.message ?? "not valid"}`);
  }
  return value as T;
}

function plainPart(
  name: string,
  file: Uint8Array,
  block: Uint8Array<ArrayBuffer>,
  pictures: readonly string[],
): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(file);
    return unpack({ text, block }, pictures);
  } catch (error) {
    const why = error instanceof TypeError ? error.message : "it is not JSON";
    throw unfit(`${name}.json: ${why}`);
  }
}

/** A run that cannot start may still be looked at only where it came from a log. */
function refuseUnrunnable({ run }: Pick<About, "run">): void {
  if (run.vocabulary !== undefined)
    throw unfit("run.json: a log's tokens in a run that was trained");
  const problem = checkConfig(run).find(({ severity }) => severity === "error");
  if (problem) throw unfit(`run.json: ${problem.message}`);
}

const unfit = (why: string) =>
  new UserError(
    `This is not a run file that can be opened: ${why}.`,
    "Export the run again, from the page that has it.",
  );
