import type { RunState } from "./run.ts";

/** What a stored run that is looked at takes the place of on screen. */
export type Aside = Pick<
  RunState,
  "source" | "recordedRun" | "stepsPerGeneration" | "history" | "kept" | "marks" | "counterfactual"
>;

export const asideOf = (state: RunState): Aside => {
  const { source, recordedRun, stepsPerGeneration, history, kept, marks, counterfactual } = state;
  return { source, recordedRun, stepsPerGeneration, history, kept, marks, counterfactual };
};

/** The state with the page's own run on screen again. */
export const backToOwn = (state: RunState): RunState =>
  state.aside === null ? state : { ...state, ...state.aside, opened: null, aside: null };
