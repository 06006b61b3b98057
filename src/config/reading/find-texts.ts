import { foundCommands } from "./command.ts";
import { foundData } from "./data.ts";
import type { FoundText } from "./found-text.ts";
import { withoutJsonComments } from "./jsonc.ts";
import { blocksOf, isPython, proseOf, stretchesOf } from "./stretches.ts";
import { foundToml } from "./toml.ts";
import { isJson, YAML } from "./yaml-text.ts";

/**
 * The settings of a text in every format but Python's, whoever's they are, as maps by the keys that
 * lead to them; those with most settings first. Empty where there are none.
 * @param cells Lines, from 0, that the cells of a notebook begin in.
 * @param given Values of variables that the text takes from its environment.
 */
export function findTexts(
  source: string,
  cells: readonly number[] = [0],
  given: Readonly<Record<string, string>> = {},
): FoundText[] {
  const blocks = blocksOf(source);
  const parts = blocks.length > 0 ? blocks : [stretchesOf(source, cells)?.shell ?? source];
  return parts.flatMap((part) => foundIn(part, given)).toSorted((a, b) => sizeOf(b) - sizeOf(a));
}

const sizeOf = ({ maps }: FoundText): number =>
  maps.reduce((sum, { written }) => sum + written.length, 0);

function foundIn(source: string, given: Readonly<Record<string, string>>): FoundText[] {
  if (isJson(withoutJsonComments(source))) return foundData(source);
  const toml = foundToml(source);
  if (toml) return [toml];
  if (isPython(source)) return foundCommands(proseOf(source), given);
  const data = YAML.test(source) ? foundData(source) : [];
  return data.length > 0 ? data : foundCommands(source, given);
}
