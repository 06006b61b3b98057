import type { FieldValue } from "../field.ts";
import { formatValue } from "../parse-field.ts";
import type { Paste } from "../python/paste.ts";
import type { Outcome } from "../python/settle.ts";
import { fields } from "../schema.ts";
import type { ArmConfig, RunConfig } from "../types.ts";
import type { Origin, Side } from "./compare.ts";
import type { ForeignPaste } from "./foreign.ts";
import type { Mark } from "./mark.ts";
import type { Told } from "./read.ts";
import { isForeign, valuesOf } from "./values.ts";

/** TRL's defaults, those of fields that a configuration may leave out included. */
const usual: Readonly<Record<string, FieldValue>> = Object.fromEntries(
  fields.flatMap(({ name, scope, trlDefault }) => (scope === "grpo" ? [[name, trlDefault]] : [])),
);

/** A text that was read, of whichever trainer, to be compared. */
export const sideOfPaste = (paste: Paste): Side =>
  isForeign(paste) ? foreignSide(paste) : ownSide(paste);

/** One arm of the page's run, to be compared. */
export function sideOfRun(run: RunConfig, arm: ArmConfig): Side {
  const values = { ...usual, ...valuesOf({ ...run, arms: [arm] }) };
  const said = Object.fromEntries(
    // What is left at None says nothing.
    Object.entries(values).flatMap(([name, value]) =>
      value === null ? [] : [[name, written(`${name}=${formatValue(value)}`)]],
    ),
  );
  return { name: `this run, ${arm.name} arm`, values, said, alone: {} };
}

const written = (words: string): Origin => ({ words, line: null, mark: "exact", says: "" });

const OWN: Readonly<Record<Outcome, Mark>> = {
  applied: "exact",
  kept: "exact",
  limited: "exact",
  unknown: "none",
  refused: "none",
  unread: "none",
};

function ownSide({ run, settled, known, defaults }: Paste): Side {
  const values = without({ ...usual, ...valuesOf(run) }, known.unread);
  const said: Record<string, Origin> = {};
  const alone: Record<string, Origin> = {};
  for (const { name, line, text, outcome, note } of settled) {
    const origin = {
      words: outcome === "unknown" ? text : `${name}=${text}`,
      line,
      mark: OWN[outcome],
      // What the page makes of a large model's value is no difference of the configuration.
      says: OWN[outcome] === "none" ? note : "",
    };
    if (outcome === "unknown") alone[name] = origin;
    else said[name] = origin;
  }
  return { name: defaults === "unsloth" ? "Unsloth" : "TRL", values, said, alone };
}

function foreignSide({ foreign, known }: ForeignPaste): Side {
  const { framework, told, hidden } = foreign;
  // Where the text may set more than is here, TRL's default stands for nothing.
  const open = new Set([...known.unread, ...Object.keys(hidden)]);
  const values = without({ ...usual, ...foreign.values }, open);
  const said: Record<string, Origin> = {};
  const alone: Record<string, Origin> = {};
  for (const each of told) {
    const origin = originOf(each);
    for (const field of Object.keys(each.sets)) said[field] = origin;
    const { key, line, mark, sets } = each;
    const lost = mark === "none" && line !== null && Object.keys(sets).length === 0;
    if (lost && key !== null) alone[key] = origin;
  }
  for (const [field, says] of Object.entries(hidden)) {
    said[field] = { words: said[field]?.words ?? "", line: null, mark: "none", says };
  }
  return { name: framework.name, values, said, alone };
}

function originOf({ key, line, text, mark, says }: Told): Origin {
  const words = key === null ? "" : line === null ? `${key} ${text}` : text;
  return { words, line, mark, says };
}

const without = (
  values: Readonly<Record<string, FieldValue>>,
  names: ReadonlySet<string>,
): Readonly<Record<string, FieldValue>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
