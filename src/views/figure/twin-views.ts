import type { CellsView } from "./cells.ts";
import { compared } from "./compare.ts";
import type { TwinFigureProps } from "./props.ts";
import { askedOf } from "../../store/lesson/asked.ts";
import { reservedName, tokenText } from "../../analysis/rows.ts";
import { colourDomain, stageValues } from "../../analysis/stage.ts";

interface Shown extends Pick<
  TwinFigureProps,
  "record" | "rollout" | "vocabulary" | "stage" | "compare" | "effect" | "asked"
> {
  rows: readonly number[];
  columns: number;
  normalised: boolean;
  scale: CellsView["scale"];
}

/** One colour domain for all inner steps of a rollout, so that what moves is the policy alone. */
function rolloutDomain({ record, rollout, rows, stage, normalised }: Shown): number {
  // At k = 0 no ratio has moved: there is nothing to colour them by but what comes after.
  const moved = rollout.filter(({ innerStep }) => innerStep > 0);
  const domains = (moved.length > 0 ? moved : [record]).map((each) =>
    colourDomain(each, rows, stage, stageValues(each, rows, stage, normalised)),
  );
  return Math.max(...domains);
}

/**
 * What the cells of Figure 3 and of Figure 4 hold, in one colour domain; `legend`: what they compare,
 * null where each shows its own numbers.
 */
export function twinViews(shown: Shown) {
  const { record, rows, columns, stage, normalised, scale, vocabulary, compare, effect, asked } =
    shown;
  const values = stageValues(record, rows, stage, normalised);
  const text = (index: number) => tokenText(vocabulary, record.tokens[index]!);
  const reserved = (index: number) => reservedName(record.tokens[index]!);
  const other = compared({ record, rows, stage, values, compare, effect });
  const of = <V extends Omit<CellsView, "figure">>(
    view: V,
    three = view.values,
    four = view.values,
  ) => ({
    three: { ...view, figure: 3, values: three, asked: askedOf(asked, 3) } satisfies CellsView,
    four: { ...view, figure: 4, values: four, asked: askedOf(asked, 4) } satisfies CellsView,
    domain: view.domain,
  });
  if (other === null) {
    const domain = rolloutDomain(shown);
    const reach = stage <= 2 ? domain : null;
    const view = {
      record,
      rows,
      columns,
      stage,
      values,
      domain,
      scale,
      text,
      reserved,
      reach,
      asked,
    };
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
    reserved,
    reach: null,
    asked,
    comparison,
  };
  return { ...of(view, other.three, other.four), legend: comparison };
}
