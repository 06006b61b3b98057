import { withFields, withFork } from "../../config/live-change.ts";
import type { RunConfig } from "../../config/types.ts";
import type { WorkerEvent } from "../../worker/protocol.ts";
import { withChange, withMark, type Mark } from "./marks.ts";
import type { Failure, RunState } from "./run.ts";

// What befalls the run on the page while it lasts.

/** The run stands at an earlier step: what came after it is not on the page any longer. */
export function rewound(
  state: RunState,
  { step, arms, bytes }: Extract<WorkerEvent, { type: "rewound" }>,
): RunState {
  const names = new Set(arms.map(({ name }) => name));
  const { loaded } = state;
  return {
    ...state,
    run: loaded && { ...loaded, arms },
    loaded: loaded && { ...loaded, arms: loaded.arms.filter(({ name }) => names.has(name)) },
    history: state.history.filter((point) => point.step <= step),
    kept: state.kept.filter((each) => each.step <= step),
    film: state.film.filter((answer) => answer.step <= step && names.has(answer.arm)),
    // A change made when so many steps were done holds from the next one on.
    marks: state.marks.filter(
      (mark) => mark.step <= step && (mark.arm === null || names.has(mark.arm)),
    ),
    status: "paused",
    step,
    pace: [],
    bytes,
    failure: null,
    counterfactual: null,
    replaying: null,
  };
}

export function changed(
  state: RunState,
  change: Extract<WorkerEvent, { type: "changed" }>,
): RunState {
  if (state.run === null) return state;
  const { arm, fields } = change;
  return {
    ...state,
    marks: withChange(state.marks, state.run, change),
    run: withFields(state.run, arm, fields),
    // What befell the run is read by now: the reader has gone on with it.
    notice: null,
  };
}

/** The run with the new arm; it has its parent's live changes as well. */
export function forked(state: RunState, event: Extract<WorkerEvent, { type: "forked" }>): RunState {
  const { of, arm, step, bytes, text } = event;
  const forkIn = (run: RunConfig | null) => (run === null ? null : withFork(run, of, arm));
  const mark: Mark = { kind: "fork", step, arm: arm.name, text };
  const base = { ...state, run: forkIn(state.run), loaded: forkIn(state.loaded), bytes };
  return withMark({ ...base, replaying: null }, mark);
}

export function failed(state: RunState, event: Extract<WorkerEvent, { type: "failed" }>): RunState {
  const { kind, message, remedy, fields, step, arm } = event;
  const failure: Failure = { kind, message, remedy, fields, step, arm };
  // A refused change leaves the run as it was.
  const refused = kind === "config" && state.loaded !== null && state.status !== "loading";
  const mark: Mark = { kind: "failure", step: step ?? state.step, arm, text: message };
  return {
    ...state,
    status: refused ? state.status : "failed",
    progress: null,
    replaying: null,
    failure,
    // One thing at a time: why it stands still is what matters.
    notice: refused ? state.notice : null,
    marks: step === null ? state.marks : withMark(state, mark).marks,
  };
}
