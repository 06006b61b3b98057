import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type YAMLMap } from "yaml";
import { excerpt, type Literal, type PlainValue, type Written } from "../python/written.ts";
import { isConfiguration, isSetting, likeness } from "./recognise.ts";

const MAX_DEPTH = 12;
/** How deep a configuration is looked for within other maps. */
const MAX_NESTING = 4;

/** A map of a YAML or JSON text, and the keys that lead to it. */
export interface FoundMap {
  path: readonly string[];
  written: Written[];
}

/** Where a map stands in its text. */
export interface Place {
  text: string;
  lineOf(position: number): number;
  /** Whose anchors it refers to. */
  document: Document;
}

/** Every map of a document down to some depth, the outermost first. */
export function mapsOf(map: YAMLMap, place: Place, path: readonly string[] = []): FoundMap[] {
  const own = { path, written: unwrapped(entriesOf(map, place)) };
  if (path.length >= MAX_NESTING) return [own];
  const inner = map.items.flatMap(({ key, value }) =>
    isScalar(key) && typeof key.value === "string" && isMap(value)
      ? mapsOf(value, place, [...path, key.value])
      : [],
  );
  return [own, ...inner];
}

/** A map's own entries over those that it merges in by `<<: *defaults`. */
function entriesOf(map: YAMLMap, place: Place, depth = 0): Written[] {
  const own = ownEntries(map, place);
  const merges = map.items.filter(({ key }) => isScalar(key) && key.value === MERGE);
  if (merges.length === 0 || depth > MAX_NESTING) return own;
  const merged = merges
    .flatMap(({ value }) => (isSeq(value) ? value.items : [value]))
    .flatMap((value) => {
      const source = isAlias(value) ? value.resolve(place.document) : value;
      return isMap(source) ? entriesOf(source, place, depth + 1) : [];
    });
  // Of several the first counts.
  const seen = new Set(own.map(({ name }) => name));
  const added = merged.filter(({ name }) => !seen.has(name) && seen.add(name));
  return [...added, ...own];
}

const MERGE = "<<";

function ownEntries(map: YAMLMap, { text, lineOf }: Place): Written[] {
  return map.items.flatMap(({ key, value }): Written[] => {
    if (isScalar(key) && key.value === MERGE) return [];
    if (!isScalar(key) || typeof key.value !== "string") return [];
    const [from, to] = rangeOf(value) ?? [0, 0];
    return [
      {
        name: key.value,
        line: lineOf(key.range?.[0] ?? 0),
        text: excerpt(text.slice(from, to)),
        literal: literalOf(value),
      },
    ];
  });
}

/** A file of Weights & Biases has `learning_rate: {desc: null, value: 1e-6}`. */
function unwrapped(written: Written[]): Written[] {
  const valueOf = ({ literal }: Written): PlainValue | undefined => {
    if ("problem" in literal || literal.value === null) return undefined;
    const { value } = literal;
    return typeof value === "object" && !Array.isArray(value) && Object.hasOwn(value, "value")
      ? (Object.entries(value).find(([name]) => name === "value")?.[1] ?? null)
      : undefined;
  };
  const wrapped = written.filter((each) => valueOf(each) !== undefined);
  if (wrapped.length === 0 || 2 * wrapped.length < written.length) return written;
  return wrapped.map((each) => {
    const value = valueOf(each) ?? null;
    return { ...each, text: excerpt(JSON.stringify(value)), literal: { value } };
  });
}

/** The map that is a configuration: the outermost if it is one, else the likeliest. */
export function configurationOf(maps: readonly FoundMap[]): FoundMap | null {
  const names = ({ written }: FoundMap) => written.map(({ name }) => name);
  const candidates = maps.filter((each) => isConfiguration(names(each)));
  const [first] = candidates;
  if (first?.path.length === 0) return first;
  const best = Math.max(...candidates.map((each) => likeness(names(each))));
  return candidates.find((each) => likeness(names(each)) === best) ?? dotted(maps);
}

/** `trainer.num_generations: 4`: keys with one beginning, which is taken off. */
function dotted(maps: readonly FoundMap[]): FoundMap | null {
  const [outermost] = maps;
  if (!outermost) return null;
  const lastDot = ({ name }: Written) => name.lastIndexOf(".");
  const beginnings = new Set(
    outermost.written
      .filter((each) => isSetting(each.name.slice(lastDot(each) + 1)) && lastDot(each) > 0)
      .map((each) => each.name.slice(0, lastDot(each))),
  );
  const [beginning, ...others] = beginnings;
  if (beginning === undefined || others.length > 0) return null;
  const written = outermost.written
    .filter(({ name }) => name.startsWith(`${beginning}.`))
    .map((each) => ({ ...each, name: each.name.slice(beginning.length + 1) }));
  return isConfiguration(written.map(({ name }) => name)) ? { path: [beginning], written } : null;
}

const rangeOf = (node: unknown): readonly number[] | null | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) ? node.range : null;

function literalOf(node: unknown, depth = 0): Literal {
  if (node === null) return { value: null };
  if (isAlias(node) || depth > MAX_DEPTH) return { problem: "refers to another place" };
  if (isScalar(node)) return scalar(node.value);
  if (isSeq(node)) {
    const values: PlainValue[] = [];
    for (const item of node.items) {
      const read = literalOf(item, depth + 1);
      if ("problem" in read) return read;
      values.push(read.value);
    }
    return { value: values };
  }
  if (!isMap(node)) return { problem: "is not a plain value" };
  const entries: [string, PlainValue][] = [];
  for (const pair of node.items) {
    const { key, value } = isPair(pair) ? pair : { key: null, value: null };
    const read = literalOf(value, depth + 1);
    if ("problem" in read) return read;
    if (!isScalar(key) || typeof key.value !== "string" || key.value === "__proto__") {
      return { problem: "has a key that is not a name" };
    }
    entries.push([key.value, read.value]);
  }
  return { value: Object.fromEntries(entries) };
}

function scalar(value: unknown): Literal {
  if (typeof value === "number") {
    return Number.isFinite(value) ? { value } : { problem: "is not a finite number" };
  }
  // A template is filled in by another program.
  if (typeof value === "string" && /\$\{[^}]*\}|\{\{.*\}\}/.test(value)) {
    return { problem: `is ${excerpt(value, 40)}, which something else fills in` };
  }
  const plain = value === null || typeof value === "string" || typeof value === "boolean";
  return plain ? { value } : { problem: "is not a plain value" };
}
