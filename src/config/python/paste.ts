import { task } from "../../engine/tasks/registry.ts";
import { parseLink } from "../link.ts";
import { formatValue } from "../parse-field.ts";
import { getField, setField } from "../run-fields.ts";
import { field, trlDefaults, unslothDefaults } from "../schema.ts";
import { armConfig, type ArmConfig, type GRPOConfig, type RunConfig } from "../types.ts";
import { currentNames } from "./current-names.ts";
import { readData } from "./read-data.ts";
import { readPython } from "./read-python.ts";
import { settings, settle, type Settled } from "./settle.ts";
import type { Format, Reading } from "./written.ts";

/** Longest text that is read. */
export const MAX_PASTE = 50_000;

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
  return { format, callee, defaults: whose, ...settleAll(reading, whose, base, marked(source)) };
}

/** Spaces as copied from web pages, line ends, and a common indentation. */
function tidy(text: string): string {
  const plain = text.replaceAll("\r\n", "\n").replaceAll("\u00a0", " ").replaceAll("\u200b", "");
  const [, indent = ""] = /^(?:[ \t]*\n)*([ \t]+)\S/.exec(plain) ?? [];
  return indent === "" ? plain : plain.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}

const known = ({ written }: Reading) =>
  written.some(({ name }) => settings.some((each) => each.name === name));

/** Whatever the text is, the first form in which it holds a configuration. */
function read(source: string): Reading | null {
  const data = /^\s*\{/.test(source) ? readData(source) : null;
  if (data?.format === "json") return data;
  const python = readPython(source);
  if (python) return python;
  const yaml = data ?? readData(source);
  if (yaml && known(yaml)) return yaml;
  // Arguments without the call around them; only the call could have one without a name.
  const bare = /\w\s*=/.test(source) ? readPython(`GRPOConfig(${source}\n)`) : null;
  const written = bare?.written.filter(({ name }) => source.includes(name)) ?? [];
  return bare && known({ ...bare, written })
    ? { ...bare, written, format: "arguments", callee: null }
    : null;
}

/** The run that this page noted in its own export: task, policy and data are taken from it. */
function marked(source: string): RunConfig | null {
  const [, link] = /^# Ratioscope: (\?\S{1,8000})$/m.exec(source) ?? [];
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
  for (const written of reading.written) {
    if (settled.some(({ name }) => name === written.name)) {
      notes.push(
        `Line ${written.line}: ${written.name.slice(0, 60)} is there twice; the first counts.`,
      );
      continue;
    }
    const setting = settle(written, (name) => getField(run, name), longest);
    settled.push(setting);
    if (setting.used !== undefined && setting.outcome !== "refused") {
      run = setField(run, setting.name, setting.used);
    }
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
  run = withMarked(withRewards(withWarmup(run, settled)), noted);
  return { settled, notes, run: { ...run, arms: [armOf(run)] } };
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

/** What the call cannot say comes from the note: TRL has no max_prompt_length any more. */
function withMarked(run: RunConfig, noted: RunConfig | null): RunConfig {
  const length = noted?.exportOnly?.max_prompt_length;
  return typeof length === "number" && run.exportOnly?.max_prompt_length === undefined
    ? setField(run, "max_prompt_length", length)
    : run;
}

const armOf = ({ grpo: { importance_sampling_level: name } }: RunConfig): ArmConfig => ({
  name,
  overrides: {},
});
