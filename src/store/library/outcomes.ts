import { create } from "zustand";
import { NEWEST_STEPS } from "../../analysis/arms-verdict.ts";
import { type ArmOutcome, armOutcomes } from "../../analysis/run-outcome.ts";
import { useRuns, withRuns } from "./runs.ts";

/** What stored runs have come to over their newest steps, by id, as far as they are read. */
export interface Outcome {
  /** When what is here was stored; a run that goes on is read again. */
  updatedAt: number;
  arms: readonly ArmOutcome[];
}

export const useOutcomes = create<Readonly<Record<string, Outcome>>>(() => ({}));

/** Reads the outcome of every run in the list, where it is not here or the run has gone on. */
export async function readOutcomes(): Promise<void> {
  for (const { id, updatedAt } of useRuns.getState().runs) {
    if (useOutcomes.getState()[id]?.updatedAt === updatedAt) continue;
    const reports = await withRuns((runs) => runs.newestReports(id, NEWEST_STEPS));
    if (reports === null) return;
    useOutcomes.setState({ [id]: { updatedAt, arms: armOutcomes(reports) } });
  }
}
