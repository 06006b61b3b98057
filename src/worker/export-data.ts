import { completionsToJsonl } from "../runs/logs/completions-table.ts";
import { logFolder, type Logged } from "../runs/logs/log-folder.ts";
import { metricsToCsv, metricsToJsonl } from "../runs/logs/metrics-table.ts";
import { writeRunFile } from "../runs/formats/run-file.ts";
import { writeZip } from "../runs/formats/zip.ts";
import type { RunDatabase, WholeRun } from "../runs/stored-run.ts";
import { UserError } from "../base/user-error.ts";
import type { DataForm, FileJob } from "./files-protocol.ts";

type Export = Extract<FileJob, { type: "export" }>;

/** The bytes of a run in one of its forms, and the name of the file that they make. */
export async function exportData(
  { form, of }: Export,
  database: () => Promise<RunDatabase>,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  if (form === "run") {
    if (!("id" in of)) {
      throw new UserError("This run is not stored.", "Train it in a window that keeps its data.");
    }
    const whole = await (await database()).whole(of.id);
    return { name: `${fileName(whole.run.name)}.ratioscope`, bytes: writeRunFile(whole) };
  }
  const logged = "id" in of ? loggedOf(await (await database()).whole(of.id)) : of.logged;
  return { name: `${fileName(logged.name)}${ENDINGS[form]}`, bytes: bytesOf(form, logged) };
}

const ENDINGS: Readonly<Record<Exclude<DataForm, "run">, string>> = {
  csv: "-metrics.csv",
  jsonl: "-metrics.jsonl",
  completions: "-completions.jsonl",
  logs: "-logs.zip",
};

function bytesOf(form: Exclude<DataForm, "run">, logged: Logged): Uint8Array<ArrayBuffer> {
  const encode = (text: string) => new TextEncoder().encode(text);
  switch (form) {
    case "csv":
      return encode(metricsToCsv(logged.reports));
    case "jsonl":
      return encode(metricsToJsonl(logged.reports));
    case "completions":
      return encode(completionsToJsonl(logged.records));
    case "logs":
      return writeZip(logFolder(logged));
  }
}

const loggedOf = ({ run, metrics, records }: WholeRun): Logged => ({
  name: run.name,
  run: run.run,
  startedAt: run.createdAt,
  reports: metrics.flatMap(({ reports }) => reports),
  records: records.flatMap((each) => each.records),
});

/** What every file system takes. */
const fileName = (name: string): string =>
  name
    .replaceAll(/[^\p{L}\p{N}.-]+/gu, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, 80) || "run";
