import { requestDevice } from "../engine/gpu/device.ts";
import { byteSize } from "../base/byte-size.ts";
import { newStoredRun } from "./new-stored-run.ts";
import { decodeText, decoderFor } from "../base/decode-text.ts";
import { UserError } from "../base/user-error.ts";
import type { CompletionsLog } from "../runs/logs/completions-log.ts";
import { beginsTokenLog, type ForeignLog, readForeign } from "../runs/logs/foreign-log.ts";
import { METRICS_LIMITS, type MetricsLog } from "../runs/logs/metrics-log.ts";
import { createLogReader } from "../runs/logs/training-log.ts";
import { isZip } from "../runs/formats/zip.ts";
import { foreignRecording } from "../runs/logs/foreign-run.ts";
import { type LogRecording, logToRecording } from "../runs/logs/log-run.ts";
import type { StoredRun, WholeRun } from "../runs/stored-run.ts";
import type { GivenFile, Imported } from "./files-protocol.ts";
import type { ImportHost } from "./import-files.ts";

/** Enough of a file to see what it begins with. */
const HEAD_BYTES = 2 ** 16;

/**
 * The run that a trainer's logs tell of: a log of tokens, else its metrics and its completions
 * together. Null: no log is among the files, and one may be of a policy.
 *
 * @throws UserError that names the kind of a single file that is no log, or its fault.
 */
export async function importLogs(
  files: readonly GivenFile[],
  host: ImportHost,
): Promise<Imported | null> {
  const heads = await Promise.all(files.map(headOf));
  const tokens = heads.findIndex((head) => beginsTokenLog(decodeText(head)));
  const log = files[tokens];
  if (log !== undefined) return importTokens(log, without(files, [log]), host);
  const [first] = heads;
  if (files.length === 1 && first !== undefined && isZip(first)) return null;
  const read: { given: GivenFile; foreign: ForeignLog }[] = [];
  let refused: UserError | null = null;
  for (const [i, given] of files.entries()) {
    try {
      read.push({ given, foreign: await foreignOf(given) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused ??= error;
    }
    host.progress(i + 1, files.length);
  }
  if (read.length === 0) {
    const policy = files.length > 1 && files.some(({ path }) => /(^|\/)config\.json$/.test(path));
    if (policy || refused === null) return null;
    throw refused;
  }
  const { recording, used } = together(read);
  const own = read.filter(({ foreign }) => used.includes(foreign)).map(({ given }) => given);
  return store(nameOf(own[0]!.path), "", withUnread(recording, without(files, own)), host);
}

const headOf = async ({ file }: GivenFile): Promise<Uint8Array> =>
  new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());

async function foreignOf({ path, file }: GivenFile): Promise<ForeignLog> {
  if (file.size > METRICS_LIMITS.bytes) {
    throw new UserError(
      `${path} has ${file.size} bytes; of a file without tokens' log-probabilities ${METRICS_LIMITS.bytes} are read at most.`,
      "Import a part of it.",
    );
  }
  return readForeign(path, new Uint8Array(await file.arrayBuffer()));
}

/** The longest of the metrics and all completions, which trainers write a file a step. */
function together(read: readonly { foreign: ForeignLog }[]): {
  recording: LogRecording;
  used: readonly ForeignLog[];
} {
  const all = read.map(({ foreign }) => foreign);
  const tables = all.filter((each) => each.what === "completions");
  const histories = all.filter((each) => each.what === "metrics");
  const longest = histories.reduce<{ what: "metrics"; log: MetricsLog } | null>(
    (most, each) => (most && most.log.lines.length >= each.log.lines.length ? most : each),
    null,
  );
  const completions =
    tables.length === 0 ? null : foreignRecording({ what: "completions", log: joined(tables) });
  if (longest === null) return { recording: completions!, used: tables };
  const metrics = foreignRecording(longest);
  if (completions === null) return { recording: metrics, used: [longest] };
  const { records } = completions;
  const notes = [...metrics.notes, ...completions.notes];
  return { recording: { ...metrics, records, notes }, used: [longest, ...tables] };
}

function joined(tables: readonly { log: CompletionsLog }[]): CompletionsLog {
  const [first] = tables;
  return {
    kind: first!.log.kind,
    rows: tables.flatMap(({ log }) => log.rows),
    notes: [...new Set(tables.flatMap(({ log }) => log.notes))],
  };
}

const without = (files: readonly GivenFile[], used: readonly GivenFile[]): GivenFile[] =>
  files.filter((each) => !used.includes(each));

function withUnread(recording: LogRecording, left: readonly GivenFile[]): LogRecording {
  if (left.length === 0) return recording;
  const names = left.map(({ path }) => path.slice(-100)).join(", ");
  return { ...recording, notes: [...recording.notes, `Not read of the files: ${names}.`] };
}

const nameOf = (path: string): string => path.replace(/^.*\//, "").replace(/\.\w+$/, "");

async function importTokens(
  { path, file }: GivenFile,
  left: readonly GivenFile[],
  host: ImportHost,
): Promise<Imported> {
  const reader = createLogReader();
  let read = 0;
  const decoder = decoderFor(await headOf({ path, file }));
  for await (const piece of piecesOf(file)) {
    reader.push(decoder.decode(piece, { stream: true }));
    read += piece.length;
    host.progress(read, 2 * file.size);
  }
  const log = reader.finish();
  // Every number of the figures comes from the kernels that train; without a GPU there are none.
  const { device, name: adapter } = await requestDevice(host.gpu);
  try {
    const recording = await logToRecording(device, log, (done, total) =>
      host.progress(total + done, 2 * total),
    );
    return await store(nameOf(path), adapter, withUnread(recording, left), host);
  } finally {
    device.destroy();
  }
}

async function store(
  name: string,
  adapter: string,
  { notes, ...recording }: LogRecording,
  host: ImportHost,
): Promise<Imported> {
  const database = await host.database();
  const id = await database.add(wholeLog({ name, adapter, note: notes.join(" ") }, recording));
  return { what: "log", id, name, recording, canGoOn: false, notes };
}

async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    if (value) yield value;
  }
}

function wholeLog(
  about: Pick<StoredRun, "name" | "adapter" | "note">,
  { run, reports, records }: Omit<LogRecording, "notes">,
): WholeRun {
  const steps = [...new Set(reports.map(({ step }) => step))].toSorted((a, b) => a - b);
  const last = steps.at(-1) ?? 0;
  const recorded = [...new Set(records.map(({ step }) => step))];
  const tokens = records.reduce(
    (sum, { mask }) => sum + mask.reduce((counted, each) => counted + each, 0),
    0,
  );
  return {
    run: {
      ...newStoredRun(run, { build: "", adapter: about.adapter, parameters: 0, totalSteps: last }),
      ...about,
      id: "",
      origin: "imported-log",
      status: "finished",
      step: last,
      tokens,
    },
    events: [],
    metrics: [{ run: "", from: steps[0] ?? 0, reports }],
    records: recorded.map((step) => {
      const own = records.filter((record) => record.step === step);
      return {
        ...{ run: "", step, generation: own[0]?.generation ?? 0 },
        ...{ bytes: byteSize(own), records: own },
      };
    }),
    checkpoints: [],
  };
}
