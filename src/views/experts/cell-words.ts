import { flips, type LayerChoice, type RoutedRecord } from "../../analysis/flips.ts";
import { type LayerRoutes, tokenRoutes } from "../../analysis/routes.ts";
import * as format from "../../analysis/format.ts";
import { rowName } from "../../analysis/selection.ts";
import type { CellsView } from "../figure/cells.ts";

/** `3 and 5`, `3`, `0, 1 and 6`. */
export const listed = (experts: readonly number[]): string =>
  experts.length < 2
    ? experts.join("")
    : `${experts.slice(0, -1).join(", ")} and ${experts.at(-1)}`;

const numbers = (routes: LayerRoutes["now"]): number[] => routes.map(({ expert }) => expert);

/** One layer's experts in words. */
export const routeWords = ({ layer, now, old, flipped }: LayerRoutes): string =>
  `layer ${layer}: experts ${listed(numbers(now))}` +
  (flipped ? `, under the rollout’s weights ${listed(numbers(old))}` : ", as in the rollout");

/** Layers that differ, of all. */
export const flipWords = (count: number, layers: number): string =>
  count === 0
    ? "the same experts in all layers"
    : `other experts in ${count} of ${format.plural(layers, "layer")}`;

/** A cell of the Experts figure, for screen readers. */
export function expertsLabel(
  view: Pick<CellsView, "rows" | "text" | "reserved">,
  record: RoutedRecord,
  line: number,
  token: number,
  layer: LayerChoice,
): string {
  const row = view.rows[line]!;
  const index = row * record.columns + token;
  const where = `row ${rowName(row)}, token ${token + 1}, ${view.reserved(index) ?? view.text(index)}`;
  if (!record.mask[index]) return `${where}, masked, not in the loss`;
  if (layer === "all") {
    return `${where}, ${flipWords(flips(record, index), record.routing.layers.length)}`;
  }
  return `${where}, ${tokenRoutes(record, index, layer).map(routeWords).join("; ")}`;
}
