import { forEachChild, type Assignment, type SyntaxNode, type Word as ShellWord } from "unbash";
import { expand, expandText } from "./expand.ts";
import { appended, asText, textOf, wordOf, type Value } from "./value.ts";
import type { Walk } from "./walk.ts";

/** Sets what an assignment sets. */
export function assign(assignment: Assignment, walk: Walk): void {
  const { name, append, index } = assignment;
  const { variables } = walk.scope;
  const before = variables.get(name);
  if (index !== undefined) {
    const line = walk.lineOf(assignment.pos);
    const at = textOf(expandText(index, walk));
    const words = before && "array" in before ? [...before.array] : null;
    const value = valueFor(assignment.value, walk);
    if (words && at !== null && /^\d{1,3}$/.test(at) && Number(at) <= words.length) {
      words[Number(at)] = wordOf(asText(value), line);
      variables.set(name, { array: words });
    } else
      variables.set(name, {
        text: [{ text: `$${name}`, line, problem: `is set in parts in line ${line}` }],
      });
    return;
  }
  const value = valueFor(assignment.value, walk);
  variables.set(name, append === true && before !== undefined ? joined(before, value) : value);
}

const valueFor = (value: Assignment["value"], walk: Walk): Value =>
  value.type === "ArrayValue"
    ? { array: value.elements.flatMap((element: ShellWord) => expand(element, walk)) }
    : { text: expandText(value, walk) };

function joined(before: Value, after: Value): Value {
  if ("array" in after) {
    const first = "array" in before ? before.array : [wordOf(before.text, 1)];
    return { array: [...first, ...after.array] };
  }
  if ("array" in before) {
    const [first, ...rest] = before.array;
    const text = appended(first ? asText({ array: [first] }) : [], after.text);
    return { array: [wordOf(text, 1), ...rest] };
  }
  return { text: appended(before.text, after.text) };
}

/** The names that a part of a script may assign, what it substitutes left out. */
export function assignedNames(node: SyntaxNode): Set<string> {
  const names = new Set<string>();
  const visit = (each: SyntaxNode): void => {
    if (each.type === "Assignment") names.add(each.name);
    if (each.type === "For") names.add(each.name.value);
    if (each.type !== "Word") forEachChild(each, visit);
  };
  visit(node);
  return names;
}
