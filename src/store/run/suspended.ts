import type { RunState } from "./run.ts";

/** What a stored run that is looked at takes the place of on screen. */
export type Suspended = Pick<
  RunState,
  | "source"
  | "recordedRun"
  | "stepsPerGeneration"
  | "history"
  | "kept"
  | "marks"
  | "film"
  | "counterfactual"
>;

export const suspendedOf = (state: RunState): Suspended => {
  const { source, recordedRun, stepsPerGeneration, history, kept, marks, film, counterfactual } =
    state;
  return { source, recordedRun, stepsPerGeneration, history, kept, marks, film, counterfactual };
};

/** The state with the page's own run on screen again. */
export const backToOwn = (state: RunState): RunState =>
  state.suspended === null
    ? state
    : { ...state, ...state.suspended, viewedRun: null, suspended: null };
