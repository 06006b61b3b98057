import type { RunConfig } from "../config/types.ts";
import { requestDevice } from "../engine/gpu/device.ts";
import { UserError } from "../engine/user-error.ts";
import { readPolicy } from "../runs/formats/policy-import.ts";
import { readRunFile } from "../runs/formats/run-file.ts";
import { createLogReader } from "../runs/formats/training-log.ts";
import { isZip, zipNames } from "../runs/formats/zip.ts";
import { keepWeights } from "../runs/imported-weights.ts";
import { logToRecording } from "../runs/log-run.ts";
import type { Recording } from "../runs/recording.ts";
import type { RunDatabase, StoredRun, WholeRun } from "../runs/stored-run.ts";
import type { GivenFile, Imported } from "./files-protocol.ts";

/** Bytes of a file that are read at most, and of all files of a folder. */
const MOST_BYTES = 2 ** 29;

export interface ImportHost {
  gpu: GPU | undefined;
  database(): Promise<RunDatabase>;
  progress(done: number, total: number): void;
}

/**
 * A run file, a training log or a policy, whichever it is; nothing is kept of one that is refused.
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
  if (/\.jsonl?$|\.ndjson$/i.test(first.path) && files.length === 1) {
    return importLog(first, host);
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

async function importLog({ path, file }: GivenFile, host: ImportHost): Promise<Imported> {
  const reader = createLogReader();
  let read = 0;
  const decoder = new TextDecoder();
  for await (const piece of piecesOf(file)) {
    reader.push(decoder.decode(piece, { stream: true }));
    read += piece.length;
    host.progress(read, 2 * file.size);
  }
  const log = reader.finish();
  // Every number of the figures comes from the kernels that train; without a GPU there are none.
  const { device, name: adapter } = await requestDevice(host.gpu);
  try {
    const { notes, ...recording } = await logToRecording(device, log, (done, total) =>
      host.progress(total + done, 2 * total),
    );
    const name = path.replace(/^.*\//, "").replace(/\.\w+$/, "");
    const database = await host.database();
    const id = await database.add(wholeLog({ name, adapter, note: notes.join(" ") }, recording));
    return { what: "log", id, name, recording, canGoOn: false, notes };
  } finally {
    device.destroy();
  }
}

async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    if (value) yield value;
  }
}

function wholeLog(
  about: Pick<StoredRun, "name" | "adapter" | "note">,
  { run, reports, records }: Recording,
): WholeRun {
  const now = Date.now();
  const steps = [...new Set(records.map(({ step }) => step))];
  const tokens = records.reduce(
    (sum, { mask }) => sum + mask.reduce((counted, each) => counted + each, 0),
    0,
  );
  return {
    run: {
      ...about,
      id: "",
      colour: null,
      seedGroup: null,
      parent: null,
      origin: "imported-log",
      run,
      build: "",
      parameters: 0,
      createdAt: now,
      updatedAt: now,
      status: "finished",
      step: steps.at(-1) ?? 0,
      totalSteps: steps.at(-1) ?? 0,
      tokens,
      elapsedMs: 0,
      bytes: 0,
      thinned: null,
      deletedAt: null,
    },
    events: [],
    metrics: [{ run: "", from: steps[0] ?? 0, reports }],
    records: steps.map((step) => {
      const own = records.filter((record) => record.step === step);
      const bytes = own.reduce((sum, { rows, columns }) => sum + 13 * 4 * rows * columns, 0);
      return { run: "", step, generation: own[0]?.generation ?? 0, bytes, records: own };
    }),
    checkpoints: [],
  };
}
