import { findings } from "../config/findings/findings.ts";
import type { Finding } from "../config/finding.ts";
import { askedFor } from "../config/frameworks/asked-for.ts";
import { foreignFindings, type ForeignPaste } from "../config/frameworks/foreign.ts";
import { writeFor } from "../config/frameworks/targets.ts";
import { writeTRL } from "../config/frameworks/trl.ts";
import { isForeign, sourceOf, sourceValues } from "../config/frameworks/values.ts";
import { exportArm, type Form } from "../config/python/export.ts";
import {
  launchFacts,
  launchFile,
  precisionOf,
  type LaunchFacts,
} from "../config/python/launch-files.ts";
import type { Paste } from "../config/python/paste.ts";
import type { Outcome } from "../config/python/settle.ts";

/** What is written: one of TRL's forms, what launches it, or another framework's. */
export type To = { form: Form } | { launcher: string } | { framework: string };

type Mark = "exact" | "near" | "none";
const MARKS: Readonly<Record<Outcome, Mark>> = {
  applied: "exact",
  kept: "exact",
  limited: "near",
  unknown: "none",
  refused: "none",
  unread: "none",
};

interface Note {
  field: string | null;
  mark: Mark | null;
  says: string;
}

/** What only running the text tells, and how it is told here: a note a variable. */
const askedNotes = (paste: Paste): Note[] =>
  askedFor(paste, new Set()).deciding.map(({ name, line }) =>
    said(`${name} in line ${line} is set outside of the text: give it as --set ${name}=VALUE.`),
  );

/** The one object that the command prints. */
export function report(paste: Paste, to: To | null) {
  const foreign = isForeign(paste);
  const found = foreign ? foreignFindings(paste) : findings(paste.run, paste.known);
  return {
    from: foreign ? paste.foreign.framework.id : paste.defaults,
    values: foreign ? paste.foreign.values : ownValues(paste),
    notes: [...(foreign ? foreignNotes(paste) : ownNotes(paste)), ...askedNotes(paste)],
    findings: found.map(({ id, message, reason, remedy, fields }: Finding) => ({
      id,
      says: [message, reason, remedy].filter((text) => text !== "").join(" "),
      fields,
    })),
    output: to === null ? null : output(paste, to),
  };
}

function ownValues({ settled }: Paste): Record<string, unknown> {
  const values = settled.flatMap(({ name, outcome, used, large, line }): [string, unknown][] =>
    line !== null && (MARKS[outcome] === "exact" || outcome === "limited")
      ? [[name, large ?? used]]
      : [],
  );
  return Object.fromEntries(values);
}

const said = (says: string): Note => ({ field: null, mark: null, says });

const ownNotes = ({ settled, notes, processes, schedule }: Paste): Note[] => [
  ...settled
    .filter(({ outcome, note }) => note !== "" || MARKS[outcome] !== "exact")
    .map(({ name, outcome, note }) => ({ field: name, mark: MARKS[outcome], says: note })),
  ...[...notes, processes, schedule].map(said),
];

/** One note a field that a setting decides; of a setting that is no field, one under its own name. */
function foreignNotes({ foreign, head, notes, processes, schedule }: ForeignPaste): Note[] {
  const of = foreign.told.flatMap(({ key, line, mark, says, sets, text }): Note[] => {
    if (mark === "elsewhere") return [];
    const names = Object.keys(sets);
    const fields = names.length === 0 ? [key] : names;
    const from =
      line === null && key !== null
        ? `Not set: ${text} is ${foreign.framework.name}'s default.`
        : "";
    return fields.map((field) => ({
      field,
      mark,
      says: [key === null || key === field ? "" : `${key}.`, from, says].filter(Boolean).join(" "),
    }));
  });
  const rest = [...notes, processes, schedule].filter((text) => text !== "");
  return [said(head), ...of, ...rest.map(said)];
}

/** What a launch file says of a configuration: of another trainer's, as it is written for TRL. */
function factsOf(paste: Paste): LaunchFacts {
  const [arm] = paste.run.arms;
  if (!isForeign(paste) && arm !== undefined) return launchFacts(paste.run, arm);
  const values = sourceValues(paste);
  return {
    processes: Number(values.num_processes ?? 1),
    accumulation: Number(values.gradient_accumulation_steps ?? 1),
    precision: precisionOf((name) => values[name]),
  };
}

function output(paste: Paste, to: To): string | null {
  if ("framework" in to) {
    return writeFor(to.framework, sourceValues(paste), sourceOf(paste))?.text ?? null;
  }
  if ("launcher" in to) return launchFile(to.launcher, factsOf(paste), "train.py");
  if (isForeign(paste)) return writeTRL(paste.foreign, to.form);
  const [arm] = paste.run.arms;
  return arm === undefined ? null : exportArm(paste.run, arm, to.form);
}
