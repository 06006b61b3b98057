import type { Counterfactual } from "../../engine/training/counterfactual.ts";
import type { StepRecord } from "../../record/record.ts";
import { useRun } from "../../store/run/run-store.ts";

/** The answer for the record on screen, or null. */
export function useCounterfactual(record: StepRecord): Counterfactual | null {
  const found = useRun((run) => run.counterfactual);
  return found?.arm === record.arm && found.step === record.step ? found : null;
}
