import type { Paste } from "../python/paste.ts";
import type { Asked } from "../shell/environment.ts";
import { isForeign } from "./values.ts";

/** Variables of the environment that a text takes. */
export interface AskedFor {
  /** What is said rests on them: without their values settings are not known. */
  deciding: readonly Asked[];
  /** Paths, names of models and the like. */
  others: readonly Asked[];
}

/**
 * The variables that only running a text would tell, those first that settings wait for. One with a
 * default in the text is not asked for, nor is what was told and decides nothing more asked again.
 */
export function askedFor(paste: Paste, told: ReadonlySet<string>): AskedFor {
  const said = waiting(paste);
  const rests = ({ name, line, isLookedUp }: Asked): boolean =>
    told.has(name) ||
    isLookedUp === true ||
    said.some(
      (text) =>
        new RegExp(`(?:\\$\\{?|variable )${escaped(name)}(?!\\w)`).test(text) ||
        new RegExp(`\\bline ${line}\\b.*(?:decides|processes)`, "i").test(text),
    );
  const open = paste.asked.filter((each) => !each.default || told.has(each.name));
  return { deciding: open.filter(rests), others: open.filter((each) => !rests(each)) };
}

/** Sentences about what could not be read, and of a number of processes that a line hides. */
function waiting(paste: Paste): string[] {
  const settings = isForeign(paste)
    ? paste.foreign.told.flatMap(({ mark, line, says }) =>
        mark === "none" && line !== null ? [says] : [],
      )
    : paste.settled.flatMap(({ outcome, note }) => (outcome === "unread" ? [note] : []));
  return [...settings, paste.processes];
}

/** A name as it stands in an expression: those of a script of Python may be any text. */
const escaped = (name: string): string => name.replaceAll(/\W/g, String.raw`\$&`);
