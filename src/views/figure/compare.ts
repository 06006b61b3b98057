import type { Compare } from "../../store/view/view.ts";
import type { StepRecord } from "../../record/record.ts";
import type { UpdateEffect } from "./props.ts";
import { colourDomain, type Stage, STAGES, type StageValues } from "../../analysis/stage.ts";

/** What the figures hold where they are set against each other in another way than side by side. */
export interface Comparison {
  /** The stage whose units the values have; never 2, whose colours are those of a logarithm. */
  stage: Stage;
  three: StageValues;
  four: StageValues;
  domain: number;
  comparison: { quantity: string; decimals: number; up: string; down: string };
}

interface Compared {
  record: StepRecord;
  rows: readonly number[];
  stage: Stage;
  values: StageValues;
  compare: Compare;
  effect: UpdateEffect | null;
}

/** The values of a comparison; null where the figures hold the stage's own. */
export function compared({
  record,
  rows,
  stage,
  values,
  compare,
  effect,
}: Compared): Comparison | null {
  if (compare === "difference") {
    const token = rows.map((row, i) =>
      values.token[i]!.map((value, t) =>
        values.merged && record.mask[row * record.columns + t] ? values.sequence[i]! - value : 0,
      ),
    );
    const units: Stage = stage === 5 ? 5 : 3;
    const all = perToken(token);
    return {
      stage: units,
      three: all,
      four: all,
      domain: colourDomain(record, rows, units, all),
      comparison: {
        quantity: "difference",
        decimals: STAGES[stage - 1]!.decimals,
        up: "Figure 4 is higher",
        down: "Figure 4 is lower",
      },
    };
  }
  if (compare === "effect" && effect !== null) {
    const of = (all: Float32Array) =>
      perToken(
        rows.map((row) =>
          Float64Array.from(all.subarray(row * record.columns, (row + 1) * record.columns)),
        ),
      );
    const [three, four] = [of(effect.token), of(effect.sequence)];
    const both = Math.max(
      colourDomain(record, rows, 3, three),
      colourDomain(record, rows, 3, four),
    );
    return {
      stage: 3,
      three,
      four,
      domain: both,
      comparison: {
        quantity: "Δ log π",
        decimals: 3,
        up: "made more likely",
        down: "made less likely",
      },
    };
  }
  return null;
}

/** Cells of their own in both figures; the rows' zeros widen no colour domain. */
const perToken = (token: readonly Float64Array[]): StageValues => ({
  token,
  sequence: new Float64Array(token.length),
  merged: false,
});
