import type { FieldValue } from "./field.ts";
import { largeValues, parseLarge } from "./large-scale.ts";
import { nearest } from "./nearest.ts";
import { formatValue, parseField } from "./parse-field.ts";
import { armAt, DEFAULT_PRESET, findPreset, presets } from "./presets.ts";
import { currentRun, MOST_PROCESSES, shared } from "./processes.ts";
import { getField, setField, shareField } from "./run-fields.ts";
import { splitKey } from "./run-from.ts";
import { fields, findField } from "./schema.ts";
import { ARM_NAME, levels, type ArmConfig, type RunConfig } from "./types.ts";

/** Rises when the meaning of a part changes. */
export const LINK_VERSION = 1;

/** What is shown, by short name, e.g. `{ stage: "ratio" }`; the page says what the names mean. */
export type View = Readonly<Record<string, string>>;

/** A part of a link that was not taken as it stands. */
export interface LinkProblem {
  key: string;
  value: string;
  /** What is in force instead, as text; empty where there is nothing. */
  used: string;
  /** One sentence. */
  why: string;
  /** The name that was probably meant. */
  nearest?: string;
}

export interface ParsedLink {
  run: RunConfig;
  view: View;
  problems: LinkProblem[];
}

const MAX_PARTS = 200;
const MAX_ARMS = 8;
const VIEW = "view";
/** In older links: the processes whose rows the batch sizes are, in place of num_processes. */
const PROCESSES = "processes";
/** Before the name of a field whose value of a large model is kept for the exports. */
const KEPT = "kept-";
/** What an arm's field is set to where the preset's arm has its own value and this one has not. */
const SHARED = "shared";
const viewName = /^[a-zA-Z][\w-]{0,31}$/;
const viewValue = /^[^\p{C}]{0,600}$/u;

/** The query of a link to a run: its preset, and what differs from it. */
export function formatLink(given: RunConfig, view: View = {}): string {
  const run = currentRun(given);
  const preset = (findPreset(run.preset) ?? findPreset(DEFAULT_PRESET))?.run ?? run;
  const parts: [string, string][] = [
    ["preset", preset.preset],
    ["v", String(LINK_VERSION)],
  ];
  const names = run.arms.map(({ name }) => name);
  if (names.join() !== preset.arms.map(({ name }) => name).join()) {
    parts.push(["arms", names.join(",")]);
  }

  let rebuilt: RunConfig = { ...preset, arms: names.map((name) => armNamed(preset, name)) };
  for (const { name } of fields) {
    const value = getField(run, name);
    if (name !== "seed" && same(value, getField(rebuilt, name))) continue;
    parts.push([name, formatValue(value)]);
    rebuilt = same(value, getField(rebuilt, name)) ? rebuilt : setField(rebuilt, name, value);
  }
  run.arms.forEach((arm, i) => {
    const before: Readonly<Record<string, FieldValue>> = { ...rebuilt.arms[i]?.overrides };
    const after: Readonly<Record<string, FieldValue>> = { ...arm.overrides };
    for (const { name } of fields) {
      const value = after[name];
      if (value === undefined && before[name] !== undefined) {
        parts.push([`${arm.name}.${name}`, SHARED]);
      } else if (value !== undefined && !same(value, before[name])) {
        parts.push([`${arm.name}.${name}`, formatValue(value)]);
      }
    }
  });
  for (const [name, value] of largeValues(run)) parts.push([`${KEPT}${name}`, formatValue(value)]);
  for (const [name, value] of Object.entries(view)) parts.push([`${VIEW}.${name}`, value]);
  return `?${parts.map(([key, value]) => `${readable(key)}=${readable(value)}`).join("&")}`;
}

/** Reads a link's query. Each part is taken if its field takes it, and is reported if not. */
export function parseLink(search: string): ParsedLink {
  const problems: LinkProblem[] = [];
  const parts = distinctParts(search, problems);
  let run = startingRun(parts, problems);
  const view: [string, string][] = [];

  // Shared values before the arms' own: setting a shared value takes the arms' own ones away.
  const later: [string, string][] = [];
  const forExports: [string, string][] = [];
  for (const [key, text] of parts) {
    const [arm, name] = splitKey(key);
    if (key === PROCESSES || (arm === null && name.startsWith(KEPT))) forExports.push([key, text]);
    else if (arm === null) run = withPart(run, null, name, text, problems);
    else if (arm !== VIEW) later.push([key, text]);
    else if (viewName.test(name) && viewValue.test(text)) view.push([name, text]);
    else problems.push({ key, value: text, used: "", why: `${key} is no view.` });
  }
  for (const [key, text] of later) {
    const [arm, name] = splitKey(key);
    run = withPart(run, arm, name, text, problems);
  }
  return { run: withExports(run, forExports, problems), view: Object.fromEntries(view), problems };
}

/** The run with what a link says for its exports alone. */
function withExports(
  run: RunConfig,
  parts: readonly (readonly [key: string, text: string])[],
  problems: LinkProblem[],
): RunConfig {
  return parts.reduce((before, [key, text]): RunConfig => {
    if (key === PROCESSES) {
      const processes = Number(text);
      const valid = /^\d{1,5}$/.test(text) && processes >= 2 && processes <= MOST_PROCESSES;
      const run = valid ? shared(before, processes) : null;
      if (run !== null) return run;
      const why = valid
        ? `The batch sizes are no multiples of ${processes}; they are those of 1 process.`
        : `${PROCESSES} takes a whole number from 2 to ${MOST_PROCESSES}; 1 is used.`;
      problems.push({ key, value: text, used: "1", why });
      return before;
    }
    const name = key.slice(KEPT.length);
    const kept = parseLarge(name, text);
    if (kept !== undefined)
      return { ...before, exportOnly: { ...before.exportOnly, [name]: kept } };
    const why = `${key} is no value that is kept for exports; it is left out.`;
    problems.push({ key, value: text, used: "", why });
    return before;
  }, run);
}

/** The link's parts by key; the first of each counts. */
function distinctParts(search: string, problems: LinkProblem[]): Map<string, string> {
  const parts = new Map<string, string>();
  const all = [...new URLSearchParams(search)];
  for (const [key, value] of all.slice(0, MAX_PARTS)) {
    const first = parts.get(key);
    if (first === undefined) parts.set(key, value);
    else
      problems.push({ key, value, used: first, why: `${key} is there twice; the first counts.` });
  }
  if (all.length > MAX_PARTS) {
    const why = `The link has ${all.length} parts; the first ${MAX_PARTS} are read.`;
    problems.push({ key: "", value: "", used: "", why });
  }
  return parts;
}

/** Whether two runs train the same: what a link says of them is the same. */
export const sameRun = (one: RunConfig, other: RunConfig): boolean =>
  one === other || formatLink(one) === formatLink(other);

/** The preset with its arms; takes `preset`, `v` and `arms` from the parts. */
function startingRun(parts: Map<string, string>, problems: LinkProblem[]): RunConfig {
  const take = (key: string) => {
    const value = parts.get(key);
    parts.delete(key);
    return value;
  };

  const version = take("v");
  if (version !== undefined && version !== String(LINK_VERSION)) {
    const used = String(LINK_VERSION);
    const why = `The link has version ${version}; version ${used} is read, and the rest is reported.`;
    problems.push({ key: "v", value: version, used, why });
  }

  const id = take("preset") ?? DEFAULT_PRESET;
  const preset = findPreset(id) ?? findPreset(DEFAULT_PRESET);
  if (!preset) throw new RangeError(`no preset is named ${DEFAULT_PRESET}`);
  if (preset.id !== id) {
    const why = `There is no preset named "${id}"; ${preset.id} is used.`;
    const guess = nearest(
      id,
      presets.map((each) => each.id),
    );
    problems.push({
      key: "preset",
      value: id,
      used: preset.id,
      why,
      ...(guess && { nearest: guess }),
    });
  }

  const text = take("arms");
  if (text === undefined) return preset.run;
  const names = text.split(",");
  const valid =
    names.length <= MAX_ARMS &&
    new Set(names).size === names.length &&
    names.every((name) => ARM_NAME.test(name));
  if (valid) return { ...preset.run, arms: names.map((name) => armNamed(preset.run, name)) };
  const used = preset.run.arms.map(({ name }) => name).join(",");
  const why = `arms takes up to ${MAX_ARMS} different names, separated by commas; ${used} stay.`;
  problems.push({ key: "arms", value: text, used, why });
  return preset.run;
}

/** The preset's arm of this name, one of the level of this name, or one that shares everything. */
function armNamed(run: RunConfig, name: string): ArmConfig {
  const level = levels.find((each) => each === name);
  return (
    run.arms.find((arm) => arm.name === name) ?? (level ? armAt(level) : { name, overrides: {} })
  );
}

function withPart(
  run: RunConfig,
  arm: string | null,
  name: string,
  text: string,
  problems: LinkProblem[],
): RunConfig {
  const key = arm === null ? name : `${arm}.${name}`;
  const report = (why: string, used: string, guess?: string) => {
    problems.push({ key, value: text, used, why, ...(guess && { nearest: guess }) });
    return run;
  };

  const it = findField(name);
  if (!it) {
    const names = [...fields.map((each) => each.name), "preset", "arms"];
    return report(`There is no field named "${name}"; it is left out.`, "", nearest(name, names));
  }
  if (arm !== null && !run.arms.some((each) => each.name === arm)) {
    const names = run.arms.map((each) => each.name);
    return report(`The run has no arm named "${arm}".`, "", nearest(arm, names));
  }
  if (arm !== null && it.scope !== "grpo") {
    return report(`${name} is the same in all arms.`, formatValue(getField(run, name)));
  }
  if (arm !== null && text === SHARED) return shareField(run, name, arm);
  const inForce = getField(run, name, arm);
  const parsed = parseField(name, text, inForce);
  if ("error" in parsed) return report(parsed.error, formatValue(inForce));
  return setField(run, name, parsed.value, arm);
}

const same = (a: FieldValue | undefined, b: FieldValue | undefined) =>
  JSON.stringify(a) === JSON.stringify(b);

// Commas and dots may stand as they are in a query, and are easier to read.
const readable = (text: string) => encodeURIComponent(text).replaceAll("%2C", ",");
