import { literalOf, type Entries, type Entry } from "./entries.ts";
import type { Literal } from "./written.ts";

/** "line 3", "lines 3 and 7". */
export function linesOf(lines: readonly number[]): string {
  const each = [...new Set(lines)].toSorted((a, b) => a - b);
  return each.length === 1
    ? `line ${each[0]}`
    : `lines ${each.slice(0, -1).join(", ")} and ${each.at(-1)}`;
}

/** What entries are where certain branches are taken: one number for each condition. */
export interface Alternative {
  taken: readonly number[];
  entries: Entries;
}

/**
 * What alternatives agree on; where they differ, the entry names the conditions that decide, by
 * their lines.
 */
export function either(alternatives: readonly Alternative[], lines: readonly number[]): Entries {
  const names = new Set(alternatives.flatMap(({ entries }) => [...entries.written.keys()]));
  const written = new Map<string, Entry>();
  for (const name of names) {
    const found = alternatives.map(({ entries }) => entries.written.get(name));
    const first = found.find((each) => each !== undefined);
    if (first === undefined) continue;
    written.set(name, { ...first, ...agreed(found, alternatives, lines) });
  }
  return { written, open: [...new Set(alternatives.flatMap(({ entries }) => entries.open))] };
}

function agreed(
  found: readonly (Entry | undefined)[],
  alternatives: readonly Alternative[],
  lines: readonly number[],
): Pick<Entry, "literal" | "inner"> {
  const inner = found.flatMap((each, i): Alternative[] =>
    each?.inner ? [{ taken: alternatives[i]?.taken ?? [], entries: each.inner }] : [],
  );
  if (inner.length === found.length) {
    const both = either(inner, lines);
    return { literal: literalOf(both), inner: both };
  }
  const problem = found.find((each) => each !== undefined && "problem" in each.literal);
  if (problem) return { literal: problem.literal };
  const values = found.map((each) => JSON.stringify(each?.literal));
  const [first] = found;
  if (first && values.every((each) => each === values[0])) return { literal: first.literal };
  return { literal: dependsOn(deciding(values, alternatives, lines)) };
}

/** The lines of the conditions of which one alone makes a difference, the others being equal. */
function deciding(
  values: readonly (string | undefined)[],
  alternatives: readonly Alternative[],
  lines: readonly number[],
): number[] {
  const alone = lines.filter((_, at) => {
    const seen = new Map<string, string | undefined>();
    return alternatives.some(({ taken }, i) => {
      const others = taken.filter((_each, j) => j !== at).join();
      const before = seen.has(others) ? seen.get(others) : values[i];
      seen.set(others, before);
      return before !== values[i];
    });
  });
  return alone.length > 0 ? alone : [...lines];
}

/** What values agree on; null where one of them is not known. */
export function eitherLiteral(
  read: readonly (Literal | null)[],
  lines: readonly number[],
): Literal | null {
  const [first = null] = read;
  if (first === null || read.includes(null)) return null;
  const problem = read.find((each) => each !== null && "problem" in each);
  if (problem) return problem;
  const value = (each: Literal | null) => each && "value" in each && JSON.stringify(each.value);
  if (read.some((each) => value(each) !== value(first))) return dependsOn(lines);
  return read.find((each) => each && "from" in each && each.from !== undefined) ?? first;
}

const DEPENDS = "depends on the condition";

/** Whether a value is not known because a condition decides. */
export const isDepending = (literal: Literal): boolean =>
  "problem" in literal && literal.problem.startsWith(DEPENDS);

/** Said of a value that is not known as long as conditions are not. */
export function dependsOn(lines: readonly number[]): Literal {
  const several = new Set(lines).size > 1;
  return { problem: `${DEPENDS}${several ? "s" : ""} in ${linesOf(lines)}` };
}
