import { withFields } from "../../config/live-change.ts";
import { armConfig, type Level, type RunConfig } from "../../config/types.ts";
import type { Recording } from "../../runs/recording.ts";
import type { StoredEvent } from "../../runs/stored-run.ts";
import type { ArmAnswers } from "../../record/answers.ts";
import { withChanges } from "../../runs/with-changes.ts";
import type { StepReport } from "../../record/record.ts";
import type { WorkerEvent } from "../../worker/protocol.ts";
import { appendAll, type HistoryPoint } from "./history.ts";
import { retainRecords } from "../../record/retained-records.ts";
import { marksOf } from "./marks.ts";
import { suspendedOf } from "./suspended.ts";
import type { PageEvent, RunState } from "./run.ts";

// A run that comes onto the page whole: the recorded one, a stored one, one that is continued.

export const nothingShown = {
  source: "none",
  recordedRun: null,
  history: [],
  kept: [],
  marks: [],
  film: [],
  counterfactual: null,
  putAway: false,
} as const;

/** What steps of the page's own run take the place of on screen: a recorded run is put away. */
export const takenOver = (state: RunState) => ({
  ...nothingShown,
  putAway: state.source === "recorded",
});

export function showRecording(state: RunState, recording: Recording): RunState {
  return {
    ...state,
    source: "recorded",
    recordedRun: recording.run,
    stepsPerGeneration: recording.reports.reduce(
      (most, { innerStep }) => Math.max(most, innerStep + 1),
      1,
    ),
    history: appendAll([], recording.reports, levelsOf(recording.run)),
    kept: retainRecords([], recording.records),
    film: recording.answers ?? [],
  };
}

/** A stored run is shown as it stood at its end; what was on screen waits. */
export function opened(
  state: RunState,
  { id, name, recording, events }: Extract<PageEvent, { type: "opened" }>,
): RunState {
  return {
    ...showRecording({ ...state, counterfactual: null }, recording),
    recordedRun: withChanges(recording.run, events),
    history: historyOf(recording.run, { reports: recording.reports, events }),
    viewedRun: { id, name },
    suspended: state.suspended ?? suspendedOf(state),
    film: recording.answers ?? filmOf(events),
    marks: marksOf(recording.run, events),
  };
}

/** A stored run takes the place of what was shown, as it stood when it stopped. */
export function resumed(
  state: RunState,
  event: Extract<WorkerEvent, { type: "resumed" }>,
): RunState {
  const { run, step, records, events, elapsedMs, note } = event;
  const again = `Continued at step ${step}, where the page left it.`;
  return {
    ...state,
    ...takenOver(state),
    source: "live",
    status: "paused",
    run,
    step,
    history: historyOf(state.run ?? run, event),
    kept: retainRecords([], records),
    film: filmOf(events),
    marks: marksOf(state.run ?? run, events),
    notice: note === null ? again : `${again} ${note}`,
    elapsedMs,
    pace: [],
  };
}

/** The answers among what befell a run. */
const filmOf = (events: readonly StoredEvent[]): ArmAnswers[] =>
  events.flatMap(({ arm, step, answers }) =>
    answers === undefined || arm === null ? [] : [{ arm, step, answers }],
  );

/** Every report under the level that its arm had at that step. */
function historyOf(
  config: RunConfig,
  { reports, events }: { reports: readonly StepReport[]; events: readonly StoredEvent[] },
): readonly HistoryPoint[] {
  const changes = events.filter(({ kind }) => kind === "change");
  let [run, history, from]: [RunConfig, readonly HistoryPoint[], number] = [config, [], 0];
  for (const { step, arm, fields } of [...changes, { step: Infinity, arm: null, fields: {} }]) {
    const until = reports.findIndex((report, at) => at >= from && report.step >= step);
    const end = until < 0 ? reports.length : until;
    history = appendAll(history, reports.slice(from, end), levelsOf(run));
    from = end;
    run = withFields(run, arm, fields ?? {});
  }
  return history;
}

export const levelsOf =
  (run: RunConfig | null) =>
  (name: string): Level => {
    const arm = run?.arms.find((each) => each.name === name);
    return run && arm ? armConfig(run, arm).importance_sampling_level : "token";
  };
