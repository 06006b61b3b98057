import { task } from "../../engine/tasks/registry.ts";
import { parseLink } from "../link.ts";
import { formatValue } from "../parse-field.ts";
import { getField, setField } from "../run-fields.ts";
import { field, findField, trlDefaults, unslothDefaults } from "../schema.ts";
import { armConfig, type ArmConfig, type GRPOConfig, type RunConfig } from "../types.ts";
import { currentNames } from "./current-names.ts";
import { readData } from "./read-data.ts";
import { readPython, type Budget } from "./read-python.ts";
import { settings, settle, type Settled } from "./settle.ts";
import { depthOf, excerpt, type Format, type Reading } from "./written.ts";

/** Longest text that is read. */
export const MAX_PASTE = 50_000;
/** Milliseconds that parsing may take; a script of 1,000 lines takes a fraction of it. */
const WORK = 30;
const MAX_DEPTH = 200;
/** Signs in a row nest as well; the rulers that some comments draw are shorter. */
const CHAIN = /(?:(?:[-+~]|not)\s{0,3}){600}/;
/** Longest call that is read where the script around it is not. */
const MAX_CALL = 6000;
const MAX_UNKNOWN = 20;
const MAX_NOTES = 20;

export interface PasteOptions {
  /** The run on the page: task, policy and lengths come from it. */
  base: RunConfig;
  /** Whose defaults fill what is left out; null: Unsloth's where the text names it, else TRL's. */
  defaults?: "trl" | "unsloth" | null;
}

/** What a pasted text holds, and the run that comes of it. */
export interface Paste {
  format: Format;
  callee: string | null;
  defaults: "trl" | "unsloth";
  settled: Settled[];
  notes: string[];
  run: RunConfig;
}

/** A paste, or why there is none in the text. */
export type PasteResult = Paste | { problem: string };

/** Reads a configuration out of Python, YAML or JSON; nothing in it is ever run. */
export function readPaste(text: string, { base, defaults = null }: PasteOptions): PasteResult {
  if (text.length > MAX_PASTE) {
    return {
      problem: `The text has ${text.length.toLocaleString("en")} characters; up to ${MAX_PASTE.toLocaleString("en")} are read. Paste only the configuration.`,
    };
  }
  const source = tidy(text);
  const reading = read(source);
  if (reading === null || reading.written.length === 0) {
    return {
      problem:
        "There is no configuration in this text: no GRPOConfig(…), no dict, YAML or JSON with fields of one.",
    };
  }
  const whose = defaults ?? (reading.unsloth ? "unsloth" : "trl");
  const { format, callee } = reading;
  return { format, callee, defaults: whose, ...settleAll(reading, whose, base, notedRun(source)) };
}

/** Spaces as copied from web pages, line ends, and a common indentation. */
function tidy(text: string): string {
  const plain = text.replaceAll("\r\n", "\n").replaceAll("\u00a0", " ").replaceAll("\u200b", "");
  const [, indent = ""] = /^(?:[ \t]*\n)*([ \t]+)\S/.exec(plain) ?? [];
  return indent === "" ? plain : plain.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}

const isSetting = (name: string) => settings.some((each) => each.name === name);
const known = ({ written }: Reading) => written.some(({ name }) => isSetting(name));

/** Whatever the text is, the first form in which it holds a configuration. */
function read(source: string): Reading | null {
  const budget: Budget = { left: WORK };
  const data = /^\s*\{/.test(source) ? readData(source) : null;
  if (data?.format === "json") return data;
  if (depthOf(source) > MAX_DEPTH || CHAIN.test(source)) return null;
  const call = /\b(?:Unsloth)?GRPOConfig\b/.exec(source);
  if (call || source.includes("{")) {
    const python = readPython(source, budget);
    if (python) return python;
  }
  if (call && budget.left <= 0) return readCallAlone(source, call.index);
  const yaml = data ?? readData(source);
  if (yaml && known(yaml)) return yaml;
  return call ? null : readArguments(source, budget);
}

/** Where parsing the whole took too long: the call by itself, in which no names are known. */
function readCallAlone(source: string, at: number): Reading | null {
  const blank = source.slice(0, at).replace(/[^\n]/g, "");
  return readPython(blank + source.slice(at, at + MAX_CALL), { left: WORK / 2 });
}

/** Arguments without the call around them; only the call could have one without a name. */
function readArguments(source: string, budget: Budget): Reading | null {
  const names = [...source.matchAll(/(\w{1,64})\s?=/g)].map(([, name = ""]) => name);
  if (!names.some(isSetting)) return null;
  const bare = readPython(`GRPOConfig(${source}\n)`, budget);
  const written = bare?.written.filter(({ name }) => names.includes(name)) ?? [];
  return bare && known({ ...bare, written })
    ? { ...bare, written, format: "arguments", callee: null }
    : null;
}

/** The run that this page noted in its own export: task, policy and data are taken from it. */
function notedRun(source: string): RunConfig | null {
  const [, link] = /^# Ratioscope: (\?\S{1,4000})$/m.exec(source) ?? [];
  return link === undefined ? null : parseLink(link).run;
}

function settleAll(
  reading: Reading,
  whose: "trl" | "unsloth",
  page: RunConfig,
  noted: RunConfig | null,
): Pick<Paste, "settled" | "notes" | "run"> {
  const base = noted ?? page;
  const notes = [...reading.notes];
  const defaults: GRPOConfig = { ...trlDefaults, ...(whose === "unsloth" ? unslothDefaults : {}) };
  const longest = longestCompletion(base);
  let run: RunConfig = {
    ...base,
    grpo: { ...defaults, max_completion_length: Math.min(defaults.max_completion_length, longest) },
    arms: [{ name: "token", overrides: {} }],
    exportOnly: {},
  };

  const settled: Settled[] = [];
  let strangers = 0;
  for (const written of reading.written) {
    if (settled.some(({ name }) => name === written.name)) {
      notes.push(
        `Line ${written.line}: ${excerpt(written.name)} is there twice; the first counts.`,
      );
      continue;
    }
    if (!isSetting(written.name) && ++strangers > MAX_UNKNOWN) continue;
    const setting = settle(written, (name) => getField(run, name), longest);
    settled.push(setting);
    if (setting.used !== undefined && setting.outcome !== "refused") {
      run = setField(run, setting.name, setting.used);
    }
  }
  if (strangers > MAX_UNKNOWN) {
    notes.push(`${strangers - MAX_UNKNOWN} more names are no fields of GRPOConfig.`);
  }
  const named = (name: string) => settled.some((each) => each.name === name);

  if (!named("max_completion_length") && defaults.max_completion_length > longest) {
    settled.push({
      name: "max_completion_length",
      line: null,
      text: String(defaults.max_completion_length),
      outcome: "limited",
      used: longest,
      note: `Left out, so ${defaults.max_completion_length}; here limited to ${longest}.`,
      patch: null,
    });
  }
  run = withNoted(withRewards(withWarmup(run, settled)), noted);
  return { settled, notes: notes.slice(0, MAX_NOTES), run: { ...run, arms: [armOf(run)] } };
}

/** What completions may take on this page's run: its own limit, or what the task's answers need. */
function longestCompletion(base: RunConfig): number {
  const own = base.arms.map((arm) => armConfig(base, arm).max_completion_length);
  const { type } = field("max_completion_length");
  const most = type.kind === "int" ? type.max : Infinity;
  return Math.min(most, Math.max(task(base.task).maxCompletionLength(base.difficulty), ...own));
}

/** A given share of warmup counts as if it were given under its name in transformers 5. */
function withWarmup(run: RunConfig, settled: readonly Settled[]): RunConfig {
  const taken = (name: string) =>
    settled.find((each) => each.name === name && each.outcome === "applied");
  const ratio = taken("warmup_ratio");
  if (!ratio) return run;
  if (taken("warmup_steps") && run.grpo.warmup_steps > 0) {
    ratio.note = "Not used: warmup_steps is given too and counts.";
    return setField(run, "warmup_ratio", 0);
  }
  const grpo = currentNames({ ...run.grpo, warmup_steps: 0 });
  if (grpo.warmup_steps > 0) {
    ratio.note = `Read as warmup_steps ${formatValue(grpo.warmup_steps)}, its name in transformers 5.`;
  }
  return { ...run, grpo };
}

/** The task's own weights, written out, are its own weights. */
function withRewards(run: RunConfig): RunConfig {
  const own = JSON.stringify(task(run.task).rewardWeights);
  return JSON.stringify(run.grpo.reward_weights) === own
    ? setField(run, "reward_weights", null)
    : run;
}

/**
 * What a script and its note say together: TRL's call has some fields no more, and a script writes
 * bf16=False where the run says nothing of it.
 */
function withNoted(run: RunConfig, noted: RunConfig | null): RunConfig {
  if (noted === null) return run;
  const { bf16, ...others } = { ...run.exportOnly };
  const added = bf16 === false && noted.exportOnly?.bf16 === undefined;
  const exportOnly = added || bf16 === undefined ? others : { bf16, ...others };
  const left = Object.entries(noted.exportOnly ?? {}).filter(
    ([name]) => findField(name)?.gone !== undefined,
  );
  return { ...run, exportOnly: { ...Object.fromEntries(left), ...exportOnly } };
}

const armOf = ({ grpo: { importance_sampling_level: name } }: RunConfig): ArmConfig => ({
  name,
  overrides: {},
});
