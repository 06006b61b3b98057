import { environmentOf, type Environment } from "../shell/environment.ts";
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
 * @param environment What its reader has told of it; the variables that it asks for are put in.
 */
export function findTexts(
  source: string,
  cells: readonly number[] = [0],
  environment: Environment = environmentOf(),
): FoundText[] {
  const blocks = blocksOf(source);
  const parts = blocks.length > 0 ? blocks : [stretchesOf(source, cells)?.shell ?? source];
  return parts
    .flatMap((part) => foundIn(part, environment))
    .toSorted((a, b) => sizeOf(b) - sizeOf(a));
}

const sizeOf = ({ maps }: FoundText): number =>
  maps.reduce((sum, { written }) => sum + written.length, 0);

function foundIn(source: string, environment: Environment): FoundText[] {
  if (isJson(withoutJsonComments(source))) return foundData(source, environment);
  const toml = foundToml(source);
  if (toml) return [toml];
  if (isPython(source)) return foundCommands(proseOf(source), environment);
  const data = YAML.test(source) ? foundData(source, environment) : [];
  return data.length > 0 ? data : foundCommands(source, environment);
}
