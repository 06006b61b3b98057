import { task } from "../../tasks/registry.ts";
import { PROCESSES, type Known } from "../guard.ts";
import { parseLink } from "../link.ts";
import { asDumped } from "../reading/dump.ts";
import { launchWithin } from "../reading/launch.ts";
import { notebookCode } from "../reading/notebook.ts";
import { readText } from "../reading/read-text.ts";
import { resolve, type Resolved } from "../reading/resolve.ts";
import { scheduleLine } from "../reading/schedule.ts";
import { unslothSign } from "../reading/unsloth.ts";
import { armConfig, type RunConfig } from "../types.ts";
import { environmentOf, type Asked } from "../shell/environment.ts";
import { isProcessCount, processCount } from "../processes.ts";
import { field } from "../schema.ts";
import { withBeyondNotes } from "./beyond-notes.ts";
import { OWN_WEIGHTS } from "./export.ts";
import type { Format, Processes } from "./written.ts";

/** Longest text that is read. */
export const MAX_PASTE = 50_000;
/** Longest file whose kind is still told, and of which a notebook's code is taken. */
const MAX_FILE = 5_000_000;

export interface PasteOptions {
  /** The run on the page: task, policy and lengths come from it. */
  base: RunConfig;
  /** Whose defaults fill what is left out; null: Unsloth's where the text names it, else TRL's. */
  defaults?: "trl" | "unsloth" | null;
  /** Processes that train together; null: what the text says, else 1. */
  processes?: number | null;
  /** Values of variables that the text takes from its environment. */
  given?: Readonly<Record<string, string>>;
}

/** What a pasted text holds, and the run that comes of it. */
export interface Paste extends Resolved {
  format: Format;
  callee: string | null;
  defaults: "trl" | "unsloth";
  /** What is not known of the run, and for how many processes it is. */
  known: Known;
  /** How many processes train, in a sentence: whether the text says so, and where. */
  processes: string;
  /** What a rollout is and what is made of it, in one line. */
  schedule: string;
  /** The text that lines are counted in. */
  source: string;
  /** Variables of the environment that it takes. */
  asked: readonly Asked[];
}

/** A paste, or what the text is instead; `recognised` where that is a kind of text and not just none. */
export type PasteResult = Paste | { problem: string; recognised: boolean };

const thousands = (value: number) => value.toLocaleString("en");

/** Reads a configuration out of whatever people have it in; nothing in it is ever run. */
export function readPaste(text: string, options: PasteOptions): PasteResult {
  const notebook = text.length > MAX_FILE ? null : notebookCode(text);
  const source = notebook ? plain(notebook.code) : tidy(text);
  if (source.length > MAX_PASTE) {
    return {
      problem: `The ${notebook === null ? "text" : "notebook's code"} has ${thousands(source.length)} characters; up to ${thousands(MAX_PASTE)} are read. Paste only the configuration.`,
      recognised: false,
    };
  }
  const environment = environmentOf(options.given);
  const reading = readText(source, notebook?.cells, environment);
  if (reading === null) {
    return notebook === null
      ? { problem: NOTHING, recognised: false }
      : { problem: NOTHING_IN_NOTEBOOK, recognised: true };
  }
  if ("is" in reading) return { problem: reading.is, recognised: reading.unsure !== true };
  if (reading.written.length === 0) return { problem: NOTHING, recognised: false };

  const sign = reading.callee?.startsWith("Unsloth")
    ? `it calls ${reading.callee}`
    : unslothSign(source);
  const defaults = options.defaults ?? (sign === null ? "trl" : "unsloth");
  const dumped = asDumped(reading);
  const made = dumped.processes === null ? null : { count: dumped.processes, line: 1 };
  const launch = reading.processes ?? launchWithin(source, environment) ?? made;
  const counts = launch !== null && isProcessCount(launch.count);
  const processes = options.processes ?? (counts ? launch.count : 1);
  const noted = notedRun(source);
  const resolved = resolve(
    { ...reading, written: dumped.written, notes: [...reading.notes, ...dumped.notes] },
    {
      defaults,
      base: noted ?? options.base,
      noted,
      ownWeights: notedWeights(source),
      longest: longestCompletion(noted ?? options.base),
      processes,
    },
  );
  const uncertain = options.processes == null && launch !== null && !counts;
  const unread = uncertain ? new Set([...resolved.unread, PROCESSES]) : resolved.unread;
  const notes = [
    ...(notebook === null
      ? []
      : ["This is a notebook: its code cells are read, one after the other."]),
    ...(sign === null || defaults === "trl"
      ? []
      : [
          `This is Unsloth's: ${sign}. Its defaults fill what is left out, and what it rewrites is rewritten.`,
        ]),
    ...resolved.notes,
  ];
  const { format, callee } = reading;
  const known = { unread };
  const said =
    launch === made && made !== null && options.processes == null
      ? `What follows holds for ${processCount(processes)}: the sizes are those of so many.`
      : sayProcesses(processes, launch, options.processes ?? null);
  const schedule = scheduleLine(resolved.run, known);
  const shown = source.replaceAll(SECRET, "$1…");
  const read = { format, callee, defaults, known, schedule };
  return {
    ...resolved,
    ...read,
    notes,
    processes: said,
    source: shown,
    asked: [...environment.asked.values()],
  };
}

/** A password in the text, which is not for showing around. */
const SECRET = /((?:hub_token|push_to_hub_token)["']?\s*[=:]\s*["']?)[^\s"',)}]+/g;

const NOTHING =
  "There is no configuration in this text: no GRPOConfig(…), no command with its fields, no dict, YAML, TOML, JSON or table with them.";
const NOTHING_IN_NOTEBOOK =
  "This is a notebook, and none of its code cells makes a GRPOConfig(…) or runs a command with its fields.";

function sayProcesses(count: number, launch: Processes | null, chosen: number | null): string {
  const held = processCount(count);
  if (chosen !== null) return `What follows holds for ${held}.`;
  if (launch === null)
    return `What follows holds for ${held}: the text does not say how many train together.`;
  return isProcessCount(launch.count)
    ? `What follows holds for ${held}, as line ${launch.line} says.`
    : `Line ${launch.line} does not say how many processes train together in a way that can be read: set the number.`;
}

/** Spaces as copied from web pages, and line ends. */
const plain = (text: string): string =>
  text.replaceAll("\r\n", "\n").replaceAll("\u00a0", " ").replaceAll("\u200b", "");

/** The same without an interpreter's prompts, a diff's marks and a common indentation. */
function tidy(text: string): string {
  const spaced = plain(text);
  const prompted = /^\s*>>> /m.test(spaced)
    ? spaced.replaceAll(/^[ \t]*(?:>>>|\.\.\.) ?/gm, "")
    : spaced;
  const patched = /^@@ -\d.* @@/m.test(prompted) ? afterPatch(prompted) : prompted;
  const [, indent = ""] = /^(?:[ \t]*\n)*([ \t]+)\S/.exec(patched) ?? [];
  return indent === "" ? patched : patched.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}

/** What a diff leaves, each line in its place: what it takes away and its own lines are blank. */
const afterPatch = (diff: string): string =>
  diff.replaceAll(/^(?:-|\+\+\+ |@@ |diff |index ).*$/gm, "").replaceAll(/^[+ ]/gm, "");

/** The run that this page noted in its own export: task, policy and data are taken from it. */
function notedRun(source: string): RunConfig | null {
  const [, link] = /^# Ratioscope: (\?\S{1,4000})$/m.exec(source) ?? [];
  if (link === undefined) return null;
  return withBeyondNotes(parseLink(link).run, source);
}

/** Weights of the reader's own reward functions that an export noted beside the task's. */
function notedWeights(source: string): readonly number[] | null {
  const [, list] =
    new RegExp(`^# ${OWN_WEIGHTS}: \\[([-\\d.,e+ ]{1,400})\\]$`, "m").exec(source) ?? [];
  const weights = list?.split(",").map(Number) ?? [];
  return weights.length > 0 && weights.every((each) => Number.isFinite(each)) ? weights : null;
}

/** What completions may take on this page's run: its own limit, or what the task's answers need. */
function longestCompletion(base: RunConfig): number {
  const own = base.arms.map((arm) => armConfig(base, arm).max_completion_length);
  const { type } = field("max_completion_length");
  const most = type.kind === "int" ? type.max : Infinity;
  return Math.min(most, Math.max(task(base.task).maxCompletionLength(base.difficulty), ...own));
}
