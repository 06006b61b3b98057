import type { Patch } from "./finding.ts";
import { formatValue } from "./parse-field.ts";

/** "Set num_generations to 8": what a button that applies the patch says. */
export const patchText = (patch: Patch): string =>
  `Set ${Object.entries(patch)
    .map(([name, value]) => `${name} to ${formatValue(value)}`)
    .join(", ")}`;
