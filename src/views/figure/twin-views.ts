import type { CellsView } from "./cells.ts";
import { compared } from "./compare.ts";
import type { TwinFigureProps } from "./props.ts";
import { tokenText } from "../../analysis/rows.ts";
import { colourDomain, stageValues } from "../../analysis/stage.ts";

interface Shown extends Pick<
  TwinFigureProps,
  "record" | "vocabulary" | "stage" | "compare" | "effect"
> {
  rows: readonly number[];
  columns: number;
  normalised: boolean;
  scale: CellsView["scale"];
}

/**
 * What the cells of Figure 3 and of Figure 4 hold, in one colour domain; `legend`: what they compare,
 * null where each shows its own numbers.
 */
export function twinViews(shown: Shown) {
  const { record, rows, columns, stage, normalised, scale, vocabulary, compare, effect } = shown;
  const values = stageValues(record, rows, stage, normalised);
  const text = (index: number) => tokenText(vocabulary, record.tokens[index]!);
  const other = compared({ record, rows, stage, values, compare, effect });
  const of = <V extends Omit<CellsView, "figure">>(
    view: V,
    three = view.values,
    four = view.values,
  ) => ({
    three: { ...view, figure: 3, values: three } satisfies CellsView,
    four: { ...view, figure: 4, values: four } satisfies CellsView,
    domain: view.domain,
  });
  if (other === null) {
    const domain = colourDomain(record, rows, stage, values);
    const view = { record, rows, columns, stage, values, domain, scale, text };
    return { ...of(view), legend: null };
  }
  const { domain, comparison } = other;
  const view = {
    record,
    rows,
    columns,
    stage: other.stage,
    values,
    domain,
    scale,
    text,
    comparison,
  };
  return { ...of(view, other.three, other.four), legend: comparison };
}
