import { isMap, isScalar, isSeq, visit, type YAMLMap, type YAMLSeq } from "yaml";
import type { Word } from "./flags.ts";
import type { Place } from "./yaml-values.ts";

/** A command that stands in a file as data, as in an editor's launch.json. */
export interface ListedCommand {
  words: readonly Word[];
  /** The key that its words stand under, and the line. */
  name: string;
  line: number;
}

/** A script that stands in a file as one text, as under `run:`. */
export interface EmbeddedScript {
  text: string;
  name: string;
  line: number;
}

/** Commands and scripts among the values of a document. */
export interface Embedded {
  commands: ListedCommand[];
  scripts: EmbeddedScript[];
}

/** Finds the lists of words with flags in them, and the texts that are scripts. */
export function embeddedIn({ document, lineOf }: Place): Embedded {
  const commands: ListedCommand[] = [];
  const scripts: EmbeddedScript[] = [];
  const lineAt = (node: { range?: readonly number[] | null }) => lineOf(node.range?.[0] ?? 0);
  visit(document, {
    Seq: (_, seq, ancestors) => {
      const words = wordsOf(seq, lineAt);
      if (!words.some(({ text }) => text.startsWith("--"))) return undefined;
      const pair = ancestors.findLast((each) => "key" in each);
      const name =
        pair && "key" in pair && isScalar(pair.key) ? String(pair.key.value) : "this list";
      const map = ancestors.findLast((each) => isMap(each));
      const before = map && isMap(map) ? programOf(map) : [];
      const line = lineAt(seq);
      commands.push({ words: [...before.map((text) => ({ text, line })), ...words], name, line });
      return undefined;
    },
    Scalar: (key, node, ancestors) => {
      if (key !== "value" || typeof node.value !== "string" || !isScript(node.value)) return;
      const pair = ancestors.findLast((each) => "key" in each);
      const name = pair && "key" in pair && isScalar(pair.key) ? String(pair.key.value) : "";
      // A block begins in the line after its mark.
      const isBlock = node.type?.startsWith("BLOCK") === true;
      scripts.push({ text: node.value, name, line: lineAt(node) + (isBlock ? 1 : 0) });
    },
  });
  return { commands, scripts };
}

const isScript = (text: string): boolean =>
  /(^|\s)--[A-Za-z]|[\w-]+\.[\w.-]+=/.test(text) && text.length < 20_000;

function wordsOf(
  seq: YAMLSeq,
  lineAt: (node: { range?: readonly number[] | null }) => number,
): Word[] {
  return seq.items.flatMap((item): Word[] => {
    const text = isScalar(item) ? textOf(item.value) : null;
    if (text === null || !isScalar(item)) return [];
    const template = /\$\{[^}]*\}|\{\{.*\}\}/.test(text);
    const problem = `is ${text}, which something else fills in`;
    return [{ text, line: lineAt(item), ...(template ? { problem } : {}) }];
  });
}

const textOf = (value: unknown): string | null =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;

/** The program that a map starts with its list of arguments, as words. */
function programOf(map: YAMLMap): string[] {
  const text = (name: string) => {
    const value = map.get(name, true);
    return isScalar(value) && typeof value.value === "string" ? value.value : null;
  };
  const module = text("module");
  if (module !== null) return ["python", "-m", module];
  const program = text("program");
  if (program !== null) return ["python", program];
  const command = map.get("command", true);
  return isSeq(command)
    ? command.items.flatMap((item) => (isScalar(item) ? (textOf(item.value) ?? []) : []))
    : [];
}
