import { formatValue } from "../../config/parse-field.ts";
import { getField } from "../../config/run-fields.ts";
import { fields } from "../../config/schema.ts";
import type { RunConfig } from "../../config/types.ts";
import { equalValues } from "../config/field-values.ts";
import { withPending, type Edits } from "../config/edits.ts";
import type { RunState } from "../run/run.ts";

/** A field in which the recorded run on screen is not the run that is chosen. */
export interface Unlike {
  name: string;
  recorded: string;
  chosen: string;
}

/**
 * In what the recorded run on screen differs from the run that is chosen now, changes that wait for a
 * reset included. Empty where it does not, and where no recorded run stands for the page's own.
 */
export function unlikeRecorded(
  {
    source,
    run,
    recordedRun,
    viewedRun,
  }: Pick<RunState, "source" | "run" | "recordedRun" | "viewedRun">,
  pending: Edits["pending"],
): Unlike[] {
  if (source !== "recorded" || viewedRun !== null || run === null || recordedRun === null)
    return [];
  const chosen = withPending(run, pending);
  return fields.flatMap(({ name }) => {
    const unlike = chosen.arms.find(
      ({ name: arm }) =>
        !equalValues(getField(recordedRun, name, arm), getField(chosen, name, arm)),
    );
    if (unlike === undefined) return [];
    const text = (of: RunConfig): string => formatValue(getField(of, name, unlike.name));
    return [{ name, recorded: text(recordedRun), chosen: text(chosen) }];
  });
}
