import { readFile } from "node:fs/promises";
import { findings } from "../config/findings/findings.ts";
import { exportArm, type Form } from "../config/python/export.ts";
import { readPaste, type Paste } from "../config/python/paste.ts";
import type { Outcome } from "../config/python/settle.ts";
import { toyRun } from "../config/processes.ts";
import { notAConfiguration } from "../runs/logs/no-configuration.ts";
import { runFrom } from "../config/run-from.ts";
import { decodeText } from "../base/decode-text.ts";
import { UserError } from "../base/user-error.ts";
import { errorCode } from "./error-code.ts";
import { parseFiles } from "./options.ts";

const USAGE = "Usage: npm run -s convert -- FILE [--from trl|unsloth] [--to trl|yaml|json]";

/** Whose configurations are read: whose defaults fill what is left out. */
const SOURCES = ["trl", "unsloth"] as const;
const TARGETS: Readonly<Record<string, Form>> = { trl: "config", yaml: "yaml", json: "json" };

type Mark = "exact" | "near" | "none";
const MARKS: Readonly<Record<Outcome, Mark>> = {
  applied: "exact",
  kept: "exact",
  limited: "near",
  unknown: "none",
  refused: "none",
  unread: "none",
};

/** Reads a configuration as the import panel does, and prints one JSON object. */
export async function main(args: readonly string[]): Promise<number> {
  const options = { from: { type: "string" }, to: { type: "string" } } as const;
  const { files, from, to } = parseFiles(args, options, USAGE);
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) {
    throw new UserError("There is not one file to read.", USAGE);
  }
  const source = SOURCES.find((each) => each === from);
  if (from !== undefined && source === undefined) {
    throw new UserError(`--from is ${from}; there are ${SOURCES.join(" and ")}.`, USAGE);
  }
  const form = to === undefined ? null : TARGETS[to];
  if (form === undefined) {
    throw new UserError(`--to is ${to}; there are ${Object.keys(TARGETS).join(", ")}.`, USAGE);
  }
  const result = await readConfiguration(file, source ?? null);
  console.log(JSON.stringify(report(result, form)));
  return 0;
}

/** @throws UserError that says what the file is where it holds no configuration. */
async function readConfiguration(file: string, defaults: Paste["defaults"] | null): Promise<Paste> {
  const bytes = await bytesOf(file);
  const text = decodeText(bytes);
  const binary = text.includes("\0");
  const result = binary ? null : readPaste(text, { base: runFrom(), defaults });
  if (result !== null && !("problem" in result)) return result;
  if (result?.recognised !== true) {
    const other = await notAConfiguration(file, bytes);
    if (other !== null) throw other;
  }
  throw new UserError(result?.problem ?? `${file} is a binary file.`, "Nothing was converted.");
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = errorCode(error);
    if (why === "EISDIR") throw new UserError(`${file} is a folder.`, "Name one file of it.");
    throw new UserError(`${file} cannot be read (${why}).`, USAGE);
  }
}

function report(paste: Paste, form: Form | null) {
  const { settled, notes, known, run } = paste;
  const values = settled.flatMap(({ name, outcome, used, large, line }): [string, unknown][] =>
    line !== null && (MARKS[outcome] === "exact" || outcome === "limited")
      ? [[name, large ?? used]]
      : [],
  );
  const loaded = toyRun(run, known.processes);
  const [arm] = loaded.arms;
  return {
    from: paste.defaults,
    values: Object.fromEntries(values),
    notes: [
      ...settled
        .filter(({ outcome, note }) => note !== "" || MARKS[outcome] !== "exact")
        .map(({ name, outcome, note }) => ({ field: name, mark: MARKS[outcome], says: note })),
      ...[...notes, paste.processes, paste.schedule].map((says) => ({
        field: null,
        mark: null,
        says,
      })),
    ],
    findings: findings(run, known).map(({ id, message, reason, remedy, fields }) => ({
      id,
      says: [message, reason, remedy].filter((text) => text !== "").join(" "),
      fields,
    })),
    output: form === null || arm === undefined ? null : exportArm(loaded, arm, form),
  };
}
