import type { GpuContext } from "../engine/gpu/context.ts";
import { runAdam8bit } from "./adam8bit.ts";
import type { Adam8bitFile } from "./adam8bit-file.ts";
import { type CausalLmFile, runCausalLm } from "./causal-lm.ts";
import { decode } from "./decode.ts";
import { type LlamaFile, runLlama } from "./llama.ts";
import { type MoeFile, runMoe } from "./moe.ts";
import { type OptimizerFile, runOptimizer } from "./optimizer.ts";
import { type OnCase, Tally, type VectorReport } from "./report.ts";
import { runSchedules, type SchedulesFile } from "./schedules.ts";
import { runTrlLoss, type TrlLossFile } from "./trl-loss.ts";
import { runTrlTrace, type TraceFile } from "./trl-trace.ts";
import { runVisionLm, type VisionLmFile } from "./vision-lm.ts";

/** A parsed file of reference vectors; its `kind` decides what else is in it. */
export interface VectorFile {
  kind: string;
  cases?: unknown;
}

export const isVectorFile = (value: unknown): value is VectorFile =>
  typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";

type Runner = (gpu: GpuContext, file: VectorFile, onCase?: OnCase) => Promise<VectorReport>;

/** What runs the cases of a file, by its kind. The kind is what says that the cast is right. */
export const runners: Readonly<Record<string, Runner>> = {
  llama: (gpu, file, onCase) => runLlama(gpu, file as VectorFile & LlamaFile, decode, onCase),
  "causal-lm": (gpu, file, onCase) =>
    runCausalLm(gpu, file as VectorFile & CausalLmFile, decode, onCase),
  optimizer: ({ device }, file, onCase) =>
    runOptimizer(device, file as VectorFile & OptimizerFile, onCase),
  "trl-loss": ({ device }, file, onCase) =>
    runTrlLoss(device, file as VectorFile & TrlLossFile, onCase),
  "trl-trace": (gpu, file, onCase) => runTrlTrace(gpu, file as VectorFile & TraceFile, onCase),
  schedules: (_, file, onCase) => runSchedules(file as VectorFile & SchedulesFile, onCase),
  adam8bit: ({ device }, file, onCase) =>
    runAdam8bit(device, file as VectorFile & Adam8bitFile, onCase),
  "vision-lm": (gpu, file, onCase) =>
    runVisionLm(gpu, file as VectorFile & VisionLmFile, decode, onCase),
  moe: (gpu, file, onCase) => runMoe(gpu, file as VectorFile & MoeFile, onCase),
  "hf-folder": (_, file) => unsupported(file, "whole folders are not read here"),
};

/** Counts every case of a known kind that nothing here can run. */
function unsupported({ kind, cases }: VectorFile, why: string): Promise<VectorReport> {
  const tally = new Tally(kind);
  const count = Array.isArray(cases) ? cases.length : 1;
  for (let i = 0; i < count; i++) tally.unsupported(`case ${i}`, why);
  return Promise.resolve(tally.report());
}
