import { isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap } from "yaml";
import { excerpt, type PlainValue, type Written } from "../python/written.ts";
import { isConfiguration, isSetting, likeness } from "./recognise.ts";
import { literalOf, type Place } from "./yaml-values.ts";

/** How deep a configuration is looked for within other maps: verl's and NeMo's go six deep. */
const MAX_NESTING = 8;

/** A map of a YAML or JSON text, and the keys that lead to it. */
export interface FoundMap {
  path: readonly string[];
  written: Written[];
}

/** Every map of a document down to some depth, the outermost first. */
export function mapsOf(map: YAMLMap, place: Place, path: readonly string[] = []): FoundMap[] {
  const pairs = pairsOf(map, place);
  const written = pairs.map((pair) => writtenOf(pair, place));
  const own = { path, written: unwrapped(written) };
  if (path.length >= MAX_NESTING || place.budget.left <= 0) return [own];
  const inner = pairs.flatMap(({ key, value }) => {
    const meant = isAlias(value) ? value.resolve(place.document) : value;
    return isMap(meant) ? mapsOf(meant, place, [...path, key.value]) : [];
  });
  return [own, ...inner];
}

interface NamedPair {
  key: Scalar<string>;
  value: unknown;
}

/** A map's own entries over those that it merges in by `<<: *defaults`. */
function pairsOf(map: YAMLMap, place: Place, depth = 0): NamedPair[] {
  const own: NamedPair[] = [];
  const merged: NamedPair[] = [];
  for (const { key, value } of map.items) {
    if (!isScalar(key) || typeof key.value !== "string") continue;
    if (key.value !== MERGE) own.push({ key: key as Scalar<string>, value });
    else if (depth <= MAX_NESTING) {
      for (const each of isSeq(value) ? value.items : [value]) {
        const source = isAlias(each) ? each.resolve(place.document) : each;
        if (isMap(source)) merged.push(...pairsOf(source, place, depth + 1));
      }
    }
  }
  // Of several the first counts.
  const seen = new Set(own.map(({ key }) => key.value));
  const added = merged.filter(({ key }) => !seen.has(key.value) && seen.add(key.value));
  return [...added, ...own];
}

const MERGE = "<<";

function writtenOf({ key, value }: NamedPair, place: Place): Written {
  const [from, to] = rangeOf(value) ?? [0, 0];
  const literal = literalOf(value, place);
  return {
    name: key.value,
    line: place.lineOf(key.range?.[0] ?? 0),
    text: excerpt(place.text.slice(from, to)),
    literal,
    ...("from" in literal && literal.from !== undefined ? { from: literal.from } : {}),
  };
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
  const candidates = besideLaunch(maps).filter((each) => isConfiguration(names(each)));
  const [first] = candidates;
  if (first?.path.length === 0) return first;
  const best = Math.max(...candidates.map((each) => likeness(names(each))));
  return candidates.find((each) => likeness(names(each)) === best) ?? dotted(maps);
}

const names = ({ written }: FoundMap): string[] => written.map(({ name }) => name);

/** The maps without accelerate's own file, some of whose keys are fields of TRL as well. */
function besideLaunch(maps: readonly FoundMap[]): readonly FoundMap[] {
  const launch = maps.filter(
    (each) =>
      each.path.length === 0 &&
      names(each).includes("distributed_type") &&
      !names(each).includes("num_generations"),
  );
  const within = new Set(launch.flatMap(names));
  return maps.filter((each) => !launch.includes(each) && !within.has(each.path[0] ?? ""));
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
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : null;
