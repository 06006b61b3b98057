import { parsePython, type Budget } from "../python/read-python.ts";
import { followerOf } from "../python/follow.ts";
import { entryAt } from "../python/context.ts";
import { parts, type Node } from "../python/python-literal.ts";
import { scriptOf } from "../python/script.ts";
import { textOf } from "../python/syntax.ts";
import { lineCounter, plainReading, type Reading, type Written } from "../python/written.ts";
import type { Environment } from "../shell/environment.ts";
import { isConfiguration } from "./recognise.ts";

/** Words of TOML that are names in Python. */
const TOML: Readonly<Record<string, boolean>> = { true: true, false: false };

/**
 * Lines of `name = value`, as in TOML or a configuration that is a Python file; null where they set
 * no configuration. The last of several counts, as in both.
 */
export function readAssignments(
  source: string,
  budget: Budget,
  environment: Environment,
): Reading | null {
  const tree = parsePython(source, budget);
  if (tree === null) return null;
  const context = followerOf(scriptOf(tree, source, lineCounter(source), environment));
  const written = new Map<string, Written>();
  let isToml = /^\s*\[\[?[\w.-]+\]\]?\s*$/m.test(source);
  // A semicolon, before which an INI file has its comments, makes a group of a line.
  const grouped = tree.getChildren("StatementGroup");
  const statements = [tree, ...grouped].flatMap((each) => each.getChildren("AssignStatement"));
  for (const statement of statements.toSorted((a, b) => a.from - b.from)) {
    const [target, sign, value, ...more] = parts(statement).filter(
      ({ name }) => name !== "TypeDef",
    );
    if (target?.name !== "VariableName" || sign?.name !== "AssignOp" || !value || more.length > 0)
      continue;
    const name = textOf(target, source);
    const word = tomlWord(value, source);
    isToml ||= word !== undefined;
    const read = entryAt(name, target, value, context);
    written.set(name, word === undefined ? read : { ...read, literal: { value: word } });
  }
  if (!isConfiguration([...written.keys()])) return null;
  return plainReading(isToml ? "toml" : "assignments", [...written.values()]);
}

const tomlWord = (value: Node, source: string): boolean | undefined =>
  value.name === "VariableName" ? TOML[textOf(value, source)] : undefined;
