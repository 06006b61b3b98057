import type { Finding } from "../finding.ts";
import { PROCESSES } from "../guard.ts";
import { findings } from "../findings/findings.ts";
import { formatValue } from "../parse-field.ts";
import type { Paste, PasteOptions } from "../python/paste.ts";
import type { Written } from "../python/written.ts";
import { excerpt, plainReading } from "../python/written.ts";
import { isProcessCount, processCount } from "../processes.ts";
import { resolve } from "../reading/resolve.ts";
import { scheduleLine } from "../reading/schedule.ts";
import { isSetting } from "../reading/recognise.ts";
import { environmentOf } from "../shell/environment.ts";
import { notebookCode } from "../reading/notebook.ts";
import type { FoundMap } from "../reading/maps.ts";
import { foreignText, type ForeignText } from "./find.ts";
import { assuming, renamed, statedIn } from "./keys.ts";
import { readSettings, tally, type ForeignReading, type Told } from "./read.ts";
import { findFramework } from "./registry.ts";
import { onThePage } from "./page-sizes.ts";
import type { Framework } from "./types.ts";

/** Another trainer's configuration, read by its table, and the run that the page makes of it. */
export interface ForeignPaste extends Paste {
  foreign: ForeignReading;
  /** "verl, Hydra overrides, 41 settings: 29 exact, 5 near, 3 not expressible, 4 elsewhere" */
  head: string;
}

/** Reads another trainer's configuration; null where the text is none that is known. */
export function readForeign(
  pasted: string,
  { base, processes = null, from = null, given = {} }: PasteOptions & { from?: string | null },
): ForeignPaste | null {
  const notebook = notebookCode(pasted);
  const source = (notebook?.code ?? pasted).replaceAll("\r\n", "\n");
  const environment = environmentOf(given);
  const text = foreignText(source, { from, cells: notebook?.cells }, environment);
  const framework = text && findFramework(text.id);
  if (!text || !framework) return null;
  const stated = renamed(assuming(statedIn(withProcesses(text, framework))), framework);
  const versions = (framework.versions ?? []).filter(({ shows }) => stated.some(shows));
  const open = [...text.open, ...versions.flatMap(({ opens, says }) => (opens ? [says] : []))];
  const reading = readSettings(stated, framework, open);
  // A name in a script whose settings could not be read is no configuration of defaults.
  if (reading.known === 0) return null;
  const sized = onThePage(reading.values, base);
  const told = Number(sized.values.num_processes ?? 1);
  const count = processes ?? (isProcessCount(told) ? told : 1);
  const written = writtenFor({ ...reading, values: sized.values });
  const resolved = resolve(
    {
      ...plainReading("yaml", written),
      open,
      notes: [
        ...text.notes,
        ...versions.flatMap(({ opens, says }) => (opens ? [] : [says])),
        ...sized.notes,
      ],
    },
    {
      defaults: "trl",
      base: sized.base,
      noted: null,
      ownWeights: null,
      longest: sized.longest,
      processes: count,
    },
  );
  const isSure = processes !== null || isProcessCount(told);
  const unread = isSure ? resolved.unread : new Set([...resolved.unread, PROCESSES]);
  const known = { unread };
  return {
    ...resolved,
    format: "yaml",
    callee: null,
    defaults: "trl",
    known,
    processes:
      Object.keys(reading.values).length === 0
        ? ""
        : sayProcesses(count, reading, sized.values !== reading.values && processes === null),
    schedule: Object.keys(reading.values).length === 0 ? "" : scheduleLine(resolved.run, known),
    source,
    asked: [...environment.asked.values()],
    foreign: reading,
    head: `${framework.name}, ${text.form}, ${tally(reading.told)}`,
  };
}

/** How many processes a launcher starts, as a setting among the others. */
function withProcesses(
  { maps, processes }: ForeignText,
  { rules }: Framework,
): readonly FoundMap[] {
  if (processes === null || !isProcessCount(processes.count)) return maps;
  // Another trainer's file may say of something else how many processes it has.
  if (!rules.some(({ keys }) => "num_processes" in keys)) return maps;
  const { count: value, line } = processes;
  const written = [{ name: "num_processes", line, text: `${value} processes`, literal: { value } }];
  return [...maps, { path: [], written }];
}

const sayProcesses = (
  count: number,
  { framework, values }: ForeignReading,
  isSmaller: boolean,
): string =>
  values.num_processes !== undefined && isSmaller
    ? `The smaller batch that the page loads is that of ${processCount(count)}.`
    : values.num_processes === undefined
      ? `${framework.name} counts the rows of all its processes, so the batch is written for one.`
      : `What follows holds for ${processCount(count)}, as the text says.`;

/** What the table made of the settings, under TRL's names and in the lines that they are from. */
function writtenFor({ told, values, hidden }: ForeignReading): Written[] {
  const source = (field: string): Told | undefined =>
    told.findLast(({ sets, line }) => line !== null && Object.hasOwn(sets, field)) ??
    told.find(({ sets }) => Object.hasOwn(sets, field));
  const known = Object.entries(values).flatMap(([name, value]): Written[] => {
    const of = source(name);
    if (!isSetting(name)) return [];
    return [
      {
        name,
        line: of?.line ?? 1,
        text: excerpt(of?.text ?? formatValue(value)),
        literal: { value: value as never },
        ...(of?.line == null ? { from: "their default" } : {}),
      },
    ];
  });
  const unknown = Object.keys(hidden).map((name) => ({
    name,
    line: 1,
    text: "",
    literal: { problem: "is not to be said in TRL's terms" },
  }));
  return [...known, ...unknown];
}

/** What a foreign configuration will do: its framework's own traps first, then what holds for any. */
export function foreignFindings({ foreign, run, known }: ForeignPaste): Finding[] {
  const own = foreign.framework.findings.flatMap((rule) => {
    const { result, problem } = foreign.given.watch(() => rule(foreign));
    return result === null || problem !== null ? [] : [{ ...result, patch: null, arm: null }];
  });
  if (Object.keys(foreign.values).length === 0) return own;
  const general = findings(run, known);
  // What is said already, in the framework's own words.
  const said = COVERED.filter(([ending]) => own.some(({ id }) => id.endsWith(ending)));
  const left = new Set<string>([
    ...OF_TRL,
    ...(ON_TRANSFORMERS.has(foreign.framework.id) ? [] : OF_TRANSFORMERS),
    ...said.map(([, id]) => id),
  ]);
  return [...own, ...general.filter(({ id }) => !left.has(id))];
}

const COVERED = [
  ["-on-policy", "ratio-always-one"],
  ["-band", "sequence-never-clips"],
  ["-by-length", "sequence-weighs-by-length"],
  ["-reduction", "sequence-weighs-by-length"],
] as const;

/** Frameworks that train with transformers' Trainer, and what is about its schedules alone. */
const ON_TRANSFORMERS: ReadonlySet<string> = new Set(["ms-swift", "axolotl"]);
const OF_TRANSFORMERS = ["first-step-is-zero"] as const;

/** What is about the two sets of defaults that scripts of TRL can have. */
const OF_TRL = ["defaults-differ", "unsloth-rewrites-dapo"] as const;
