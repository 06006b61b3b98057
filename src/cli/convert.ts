import { readFile } from "node:fs/promises";
import { readAny } from "../config/frameworks/read-any.ts";
import { frameworkIds } from "../config/frameworks/types.ts";
import { targets } from "../config/frameworks/targets.ts";
import type { Form } from "../config/python/export.ts";
import { isLauncher, launchers } from "../config/python/launch-files.ts";
import type { Paste } from "../config/python/paste.ts";
import { notAConfiguration } from "../runs/logs/no-configuration.ts";
import { runFrom } from "../config/run-from.ts";
import { decodeText } from "../base/decode-text.ts";
import { UserError } from "../base/user-error.ts";
import { report, type To } from "./convert-report.ts";
import { errorCode } from "./error-code.ts";
import { parseFiles } from "./options.ts";

/** Whose configurations are read: whose defaults fill what is left out. */
const SOURCES = ["trl", "unsloth", ...frameworkIds] as const;
const FORMS: Readonly<Record<string, Form>> = { trl: "config", yaml: "yaml", json: "json" };
const TARGETS = [...Object.keys(FORMS), ...Object.keys(targets), ...Object.keys(launchers)];

const USAGE = `Usage: npm run -s convert -- FILE [--from ${SOURCES.join("|")}] [--to ${TARGETS.join("|")}] [--set NAME=VALUE …]`;

/** Reads a configuration as the import panel does, and prints one JSON object. */
export async function main(args: readonly string[]): Promise<number> {
  const options = {
    from: { type: "string" },
    to: { type: "string" },
    set: { type: "string", multiple: true },
  } as const;
  const { files, from, to, set = [] } = parseFiles(args, options, USAGE);
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) {
    throw new UserError("There is not one file to read.", USAGE);
  }
  const source = SOURCES.find((each) => each === from) ?? null;
  if (from !== undefined && source === null) {
    throw new UserError(`--from is ${from}; there are ${SOURCES.join(", ")}.`, USAGE);
  }
  const target = targetOf(to);
  const result = await readConfiguration(file, source, givenBy(set));
  console.log(JSON.stringify(report(result, target)));
  return 0;
}

/** Values of variables that the text takes from its environment. */
function givenBy(set: readonly string[]): Readonly<Record<string, string>> {
  const pairs = set.map((each) => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(each) ?? [];
    if (name === undefined || value === undefined) {
      throw new UserError(`--set is ${each}, which is no NAME=VALUE of a variable.`, USAGE);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

function targetOf(to: string | undefined): To | null {
  if (to === undefined) return null;
  const form = Object.hasOwn(FORMS, to) ? FORMS[to] : undefined;
  if (form !== undefined) return { form };
  if (isLauncher(to)) return { launcher: to };
  if (Object.hasOwn(targets, to)) return { framework: to };
  throw new UserError(`--to is ${to}; there are ${TARGETS.join(", ")}.`, USAGE);
}

/** @throws UserError that says what the file is where it holds no configuration. */
async function readConfiguration(
  file: string,
  from: (typeof SOURCES)[number] | null,
  given: Readonly<Record<string, string>>,
): Promise<Paste> {
  const bytes = await bytesOf(file);
  const text = decodeText(bytes);
  const binary = text.includes("\0");
  const result = binary ? null : readAny(text, { base: runFrom(), from, given });
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
