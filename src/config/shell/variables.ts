import { ask } from "./environment.ts";
import { asText, unknown, type Segment, type Value } from "./value.ts";
import type { Walk } from "./walk.ts";

/** What a variable holds; undefined: the script does not assign it, and nothing was told of it. */
export function heldBy(name: string, line: number, walk: Walk): Value | undefined {
  const found = walk.scope.variables.get(name);
  if (found && found === walk.told.get(name)) {
    ask(walk.environment, { name, line, default: false });
  }
  return found;
}

/** What a variable holds; one that the script does not assign is asked for. */
export function valueOf(name: string, shown: string, line: number, walk: Walk): Value {
  const found = heldBy(name, line, walk);
  if (found) return found;
  const position = /^\d$/.test(name) ? walk.positional?.[Number(name) - 1] : undefined;
  if (position) return { array: [position] };
  if (/^\d|^[@*#?$!-]$/.test(name)) {
    return unknown(shown, line, `is ${shown}, what is handed to the script`);
  }
  const by = walk.scope.sourced.at(-1);
  if (by !== undefined) {
    return unknown(shown, line, `is ${shown}, which ${by} or the environment sets`);
  }
  ask(walk.environment, { name, line, default: false });
  return unknown(
    shown,
    line,
    `is ${shown}, which is set outside of this text: write its value in its place`,
  );
}

/** What a variable holds as one text. */
export const textOfVariable = (
  name: string,
  shown: string,
  line: number,
  walk: Walk,
): readonly Segment[] => asText(valueOf(name, shown, line, walk));
