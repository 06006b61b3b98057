import type { PlainValue } from "../python/written.ts";
import { yamlFloat } from "../python/write-value.ts";

/** A number as command lines and Hydra take it. */
export const number = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential().replace("e+", "e") : String(value);

/** A value as Hydra's overrides have it. */
export function hydraValue(value: PlainValue): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return `[${value.map(hydraValue).join(",")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A word of a shell command, in quotes where it needs them. */
export const word = (text: string): string =>
  /^[\w.,:/@%+=[\]-]+$/.test(text) && !/[[\]]/.test(text)
    ? text
    : `'${text.replaceAll("'", "'\\''")}'`;

/** One scalar or list of YAML. PyYAML takes 3e-4 for a text and 3.0e-4 for a number. */
export function yamlValue(value: PlainValue): string {
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : yamlFloat(value);
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(", ")}]`;
  return typeof value === "string" && /^[A-Za-z][\w./-]*$/.test(value)
    ? value
    : JSON.stringify(value);
}

type Tree = { [name: string]: Tree | PlainValue };

const isTree = (value: Tree | PlainValue | undefined): value is Tree =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Settings by their whole names as the tree that they are. */
export function treeOf(settings: Readonly<Record<string, PlainValue>>): Tree {
  const tree: Tree = {};
  for (const [key, value] of Object.entries(settings)) {
    const path = key.split(".");
    const name = path.pop() ?? key;
    let at = tree;
    for (const step of path) {
      const next = at[step];
      at = isTree(next) ? next : ((at[step] = {}) as Tree);
    }
    at[name] = value;
  }
  return tree;
}

/** A tree as YAML. */
export function yamlTree(tree: Tree, indent = ""): string {
  return Object.entries(tree)
    .map(([name, value]) =>
      isTree(value)
        ? `${indent}${name}:\n${yamlTree(value, `${indent}  `)}`
        : `${indent}${name}: ${yamlValue(value as PlainValue)}`,
    )
    .join("\n");
}

/** Lines of a command: all but the last end with a backslash. */
export const continued = (lines: readonly string[]): string => lines.join(" \\\n    ");

/** Sentences as comments of a script or of YAML. */
export const comments = (says: readonly string[]): string =>
  says.map((each) => `# ${each}\n`).join("");
