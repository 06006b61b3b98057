import { readFile } from "node:fs/promises";
import { UserError } from "../engine/user-error.ts";
import { openGpu } from "./gpu.ts";
import { runAdam8bit } from "../vectors/adam8bit.ts";
import type { Adam8bitFile } from "../vectors/adam8bit-file.ts";
import { decode } from "../vectors/decode.ts";
import { type LlamaFile, runLlama } from "../vectors/llama.ts";
import { runOptimizer, type OptimizerFile } from "../vectors/optimizer.ts";
import { runSchedules, type SchedulesFile } from "../vectors/schedules.ts";
import { runTrlTrace, type TraceFile } from "../vectors/trl-trace.ts";
import { runTrlLoss, type TrlLossFile } from "../vectors/trl-loss.ts";
import { Tally, type VectorReport } from "../vectors/report.ts";

/** A parsed file of reference vectors; its `kind` decides what else is in it. */
interface VectorFile {
  kind: string;
  cases?: unknown;
}

type Runner = (device: GPUDevice, file: VectorFile) => Promise<VectorReport>;

// The kind is what says that the cast is right.
const runners: Readonly<Record<string, Runner>> = {
  llama: (device, file) => runLlama(device, file as VectorFile & LlamaFile, decode),
  optimizer: (device, file) => runOptimizer(device, file as VectorFile & OptimizerFile),
  "trl-loss": (device, file) => runTrlLoss(device, file as VectorFile & TrlLossFile),
  "trl-trace": (device, file) => runTrlTrace(device, file as VectorFile & TraceFile),
  schedules: (_, file) => runSchedules(file as VectorFile & SchedulesFile),
  adam8bit: (device, file) => runAdam8bit(device, file as VectorFile & Adam8bitFile),
  moe: (_, file) => unsupported(file, "there are no mixture-of-experts policies here"),
  "hf-folder": (_, file) => unsupported(file, "whole folders are not read here"),
};

/** Counts every case of a known kind that nothing here can run. */
function unsupported({ kind, cases }: VectorFile, why: string): Promise<VectorReport> {
  const tally = new Tally(kind);
  const count = Array.isArray(cases) ? cases.length : 1;
  for (let i = 0; i < count; i++) tally.unsupported(`case ${i}`, why);
  return Promise.resolve(tally.report());
}

/** Runs each file's cases on the GPU; one JSON line a file, and a sentence on stderr per failure. */
export async function main(files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    throw new UserError(
      "No file of reference vectors was named.",
      "Name them: npm run -s vectors -- FILE.json …",
    );
  }
  const { device } = await openGpu();
  const errors: string[] = [];
  device.addEventListener("uncapturederror", (event) => errors.push(event.error.message));

  let failed = 0;
  for (const path of files) {
    const file = await parse(path);
    const runner = runners[file.kind];
    if (!runner) {
      throw new UserError(
        `${path} is of kind "${file.kind}", which is not one of ${Object.keys(runners).join(", ")}.`,
        "Give files in the formats of the reference vectors.",
      );
    }
    const { failures, ...report } = await runner(device, file);
    for (const sentence of failures) console.error(`${path}: ${sentence}`);
    console.log(JSON.stringify({ file: path, ...report }));
    failed += report.failed;
  }
  for (const message of errors) console.error(message);
  return failed > 0 || errors.length > 0 ? 1 : 0;
}

async function parse(path: string): Promise<VectorFile> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new UserError(`There is no file ${path}.`, "Check the path.");
  });
  const problem = new UserError(
    `${path} is not a file of reference vectors.`,
    'It has to be JSON with a "kind".',
  );
  try {
    const file: unknown = JSON.parse(text);
    if (isVectorFile(file)) return file;
  } catch {
    throw problem;
  }
  throw problem;
}

const isVectorFile = (value: unknown): value is VectorFile =>
  typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
