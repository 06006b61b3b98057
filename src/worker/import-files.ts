import type { Progress } from "../base/progress.ts";
import type { RunConfig } from "../config/types.ts";
import { UserError } from "../base/user-error.ts";
import { readPolicy } from "../runs/policies/policy-import.ts";
import { readRunFile } from "../runs/formats/run-file.ts";
import { isZip, zipNames } from "../runs/formats/zip.ts";
import { isOfPolicy } from "../runs/formats/file-kind.ts";
import { keepWeights } from "../runs/policies/imported-weights.ts";
import type { Recording } from "../runs/recording.ts";
import type { RunDatabase } from "../runs/stored-run.ts";
import type { GivenFile, Imported } from "./files-protocol.ts";
import { importLogs } from "./import-logs.ts";

/** Bytes of a file that are read at most, and of all files of a folder. */
const MOST_BYTES = 2 ** 29;

export interface ImportHost {
  gpu: GPU | undefined;
  database(): Promise<RunDatabase>;
  progress: Progress;
}

/**
 * A run file, a log or a policy, whichever it is; nothing is kept of one that is refused.
 *
 * @throws UserError that names the file's fault.
 */
export async function importFiles(
  files: readonly GivenFile[],
  base: RunConfig,
  host: ImportHost,
): Promise<Imported> {
  const [first] = files;
  if (first === undefined) throw new UserError("There is no file.", "Choose one.");
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  if (!files.some(({ path }) => isOfRunOrPolicy(path))) {
    const log = await importLogs(files, host);
    if (log !== null) return log;
  }
  if (total > MOST_BYTES) {
    throw new UserError(
      `The files have ${total} bytes; at most ${MOST_BYTES} are read.`,
      "Choose a smaller one, or a part of it.",
    );
  }
  const read = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const { path, file } of files) {
    read.set(path, new Uint8Array(await file.arrayBuffer()));
    host.progress(read.size, files.length);
  }
  const [bytes] = read.values();
  const single = files.length === 1 && bytes !== undefined;
  if (single && isRunFile(first.path, bytes)) {
    return importRun(bytes, host);
  }
  const { policy, task, file, name, others, widened } = readPolicy(read, base);
  const warmStart = await keepWeights(file);
  return { what: "policy", name, run: { ...base, policy, task, warmStart }, others, widened };
}

/** Weights and archives; what lies in a folder with them is read with them. */
const isOfRunOrPolicy = (path: string): boolean => /\.ratioscope$/i.test(path) || isOfPolicy(path);

const isRunFile = (path: string, bytes: Uint8Array): boolean =>
  /\.ratioscope$/i.test(path) ||
  (isZip(bytes) && zipNames(bytes, 40_000).includes("manifest.json"));

async function importRun(bytes: Uint8Array, host: ImportHost): Promise<Imported> {
  const whole = readRunFile(bytes, Date.now());
  const database = await host.database();
  const id = await database.add(whole);
  const recording: Recording = {
    run: whole.run.run,
    reports: whole.metrics.flatMap(({ reports }) => reports),
    records: whole.records.flatMap(({ records }) => records),
  };
  const canGoOn = whole.checkpoints.length > 0 && whole.run.status === "unfinished";
  return { what: "run", id, name: whole.run.name, recording, canGoOn, notes: [] };
}
