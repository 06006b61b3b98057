import { isConfiguration } from "../reading/recognise.ts";
import { applyEffects } from "./apply-effects.ts";
import { choicesOf, joinedWays, type Found } from "./choices.ts";
import type { Context } from "./context.ts";
import { linesOf } from "./either.ts";
import { followerOf } from "./follow.ts";
import type { FoundConfig } from "./found-config.ts";
import { readMapping } from "./mapping.ts";
import type { Node } from "./python-literal.ts";
import type { Script } from "./script.ts";
import { isWithin } from "./syntax.ts";

/** Dicts that are looked at. */
const MAX_DICTS = 50;

/** The first dict that is a configuration, or what those agree on of which conditions take one. */
export function dictConfig(tree: Node, script: Script): FoundConfig | null {
  const dicts = dictsOf(tree, followerOf(script));
  if (dicts.length === 0) return null;
  const choices = choicesOf(script, dicts);
  const found = (choices.ways ?? [{ taken: [], script }]).flatMap(({ taken, script: way }) => {
    const live = dicts.filter((each) => way.isLive(each));
    const [first] = live;
    return first ? [{ taken, ...readDict(first, live, followerOf(way)) }] : [];
  });
  if (found.length === 0) return null;
  const nodes = found.map(({ node }) => node);
  return { nodes, format: "dict", callee: null, ...joinedWays(found, choices, script) };
}

/** Dicts of fields, without those that stand in one of them. */
function dictsOf(tree: Node, context: Context): Node[] {
  const found: Node[] = [];
  let seen = 0;
  tree.cursor().iterate(({ name, node }) => {
    if (name !== "DictionaryExpression" || ++seen > MAX_DICTS || !context.script.isLive(node))
      return;
    const entries = readMapping(node, context);
    const names = [...(entries?.written.keys() ?? [])];
    if (isConfiguration(names) && !found.some((outer) => isWithin(node, outer))) found.push(node);
  });
  return found;
}

/** A dict with what the script changes in it. */
function readDict(node: Node, all: readonly Node[], context: Context): Omit<Found, "taken"> {
  const { script } = context;
  const entries = readMapping(node, context) ?? { written: new Map(), open: [] };
  const [name, binding] =
    [...script.bindings].flatMap(([each, [first]]) =>
      first?.value?.from === node.from ? [[each, first] as const] : [],
    )[0] ?? [];
  if (name !== undefined && binding) {
    const stretch = { after: binding.at, until: Infinity, block: binding.block };
    applyEffects(entries, script.effects.get(name) ?? [], stretch, context);
  }
  const lines = all.map(({ from }) => script.lineOf(from));
  const which =
    all.length === 1
      ? []
      : [
          `There are ${all.length} dicts with fields of GRPOConfig (${linesOf(lines)}); the first is read.`,
        ];
  return { node, entries, notes: [], which };
}
