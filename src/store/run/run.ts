import { sameRun } from "../../config/link.ts";
import { sentenceOf } from "../../base/user-error.ts";
import type { RunConfig } from "../../config/types.ts";
import type { Counterfactual } from "../../engine/training/counterfactual.ts";
import type { ArmAnswers } from "../../record/answers.ts";
import type { StepRecord } from "../../record/record.ts";
import type { Recording } from "../../runs/recording.ts";
import type { StoredEvent } from "../../runs/stored-run.ts";
import type {
  AdapterFacts,
  Failure,
  Replies,
  StorageFacts,
  WorkerEvent,
} from "../../worker/protocol.ts";
import { appendHistory, type HistoryPoint } from "./history.ts";
import { retainRecords, type RetainedStep, RECORD_BYTES } from "../../record/retained-records.ts";
import { withMark, type Mark } from "./marks.ts";
import { backToOwn, type Suspended } from "./suspended.ts";
import { stepTime, withPoint, type PacePoint } from "./pace.ts";
import { changed, failed, forked, rewound } from "./run-changes.ts";
import { levelsOf, nothingShown, opened, resumed, showRecording, takenOver } from "./shown-run.ts";
import { idle, keptNowhere, standing } from "./standing.ts";
import type { Verification } from "./verification.ts";

export type Status = "empty" | "loading" | "ready" | "playing" | "paused" | "finished" | "failed";

export type { Failure };

/** What the page knows of the run in the worker. Everything in it is bounded. */
export interface RunState {
  status: Status;
  /** What runs, live changes included; null before the first load. */
  run: RunConfig | null;
  /** The run as it was loaded: the arms' colours and "changed" are taken against it. */
  loaded: RunConfig | null;
  /** Where history and kept records come from. */
  source: "none" | "recorded" | "live";
  /** The run that the recording shows, while it is shown. */
  recordedRun: RunConfig | null;
  /** What was trained here has taken the recorded run's place, and nobody has read that yet. */
  putAway: boolean;
  /** The stored run that is looked at in place of the page's own; null: none. */
  viewedRun: { id: string; name: string } | null;
  /** What was on screen before a stored run was opened. */
  suspended: Suspended | null;
  adapter: AdapterFacts | null;
  parameters: number;
  bytes: number;
  totalSteps: number;
  stepsPerGeneration: number;
  progress: { what: string; done: number; total: number } | null;
  /** Optimizer steps done. */
  step: number;
  /** At most HISTORY_LIMIT points. */
  history: readonly HistoryPoint[];
  /** At most RECORD_BYTES bytes. */
  kept: readonly RetainedStep[];
  /** The step that the reader looks at: its generation is not thinned away. Null: the newest. */
  pinned: number | null;
  /** At most MARK_LIMIT, newest last. */
  marks: readonly Mark[];
  /** What the arms answered to the run's pinned prompts as they learned, oldest first. */
  film: readonly ArmAnswers[];
  failure: Failure | null;
  /** What the other level would have done, of the step that was last asked about. */
  counterfactual: Counterfactual | null;
  /** A past step is being reached again: steps of the way done. */
  replaying: { done: number; total: number } | null;
  /** The reference vectors on this adapter; no run changes it. */
  verification: Verification;
  /** What the browser's storage has of the run; null: nothing yet. */
  storage: StorageFacts | null;
  /** Where the run comes from or what befell it, in one line; null: nothing out of the ordinary. */
  notice: string | null;
  /** Time spent training since step 0. */
  elapsedMs: number;
  /** Where training stood lately; what `stepMs` is taken from. */
  pace: readonly PacePoint[];
  /** Milliseconds of one optimizer step of every arm, over the last seconds. */
  stepMs: number;
}

export const emptyRun: RunState = {
  status: "empty",
  run: null,
  loaded: null,
  source: "none",
  recordedRun: null,
  putAway: false,
  viewedRun: null,
  suspended: null,
  adapter: null,
  parameters: 0,
  bytes: 0,
  totalSteps: 0,
  stepsPerGeneration: 1,
  progress: null,
  step: 0,
  history: [],
  kept: [],
  pinned: null,
  marks: [],
  film: [],
  failure: null,
  counterfactual: null,
  replaying: null,
  verification: { status: "idle" },
  storage: null,
  notice: null,
  elapsedMs: 0,
  pace: [],
  stepMs: 0,
};

/** What only the page knows: a recorded run was opened, a load asked for, a step looked at. */
export type PageEvent =
  | { type: "recorded"; recording: Recording }
  /** A stored run is looked at, and is put away again; live changes are among the events. */
  | {
      type: "opened";
      id: string;
      name: string;
      recording: Recording;
      events: readonly StoredEvent[];
    }
  | { type: "closed" }
  | { type: "loading"; run: RunConfig }
  | { type: "pinned"; step: number | null }
  | { type: "warned"; step: number; arm: string | null; finding: string; text: string }
  /** The notice was read; that the recorded run was put away. */
  | { type: "dismissed" }
  | { type: "put-away-read" }
  /** Answers of the worker to what the page asked. */
  | { type: "counterfactual"; result: Counterfactual }
  /** A past step was reached again for an answer that is kept elsewhere. */
  | { type: "answered" }
  | ({ type: "verified" } & Replies["verify"])
  /** They could not be run at all; the run is as it was. */
  | { type: "verify-failed"; message: string; remedy: string | null }
  /** A request was not done; the run is as it was. */
  | { type: "refused"; failure: Failure };

/** The meaning of every event, with no worker and no React. */
export function reduce(before: RunState, event: WorkerEvent | PageEvent): RunState {
  // Training and a new run have the screen for themselves.
  const state = TAKES_SCREEN.has(event.type) ? backToOwn(before) : before;
  switch (event.type) {
    case "recorded": {
      const other = state.run !== null && !sameRun(state.run, event.recording.run);
      return state.source === "live" || other ? state : showRecording(state, event.recording);
    }
    case "opened":
      return opened(state, event);
    case "closed":
      return backToOwn(state);
    case "loading": {
      // A recorded run stands for the one that it was recorded of, and for no other.
      const gone = state.source === "live" || !isRecorded(state, event.run);
      const base = gone ? { ...state, ...nothingShown } : state;
      return { ...base, status: "loading", progress: null, failure: null, step: 0, run: event.run };
    }
    case "dismissed":
      return { ...state, notice: null };
    case "put-away-read":
      return { ...state, putAway: false };
    case "pinned":
      return { ...state, pinned: event.step };
    case "progress": {
      const { what, done, total } = event;
      return { ...state, status: "loading", progress: { what, done, total } };
    }
    case "planned": // memory-plan.ts keeps it
      return state;
    case "loaded": {
      const { run, adapter, parameters, bytes, totalSteps, stepsPerGeneration } = event;
      const facts = { run, loaded: run, adapter, parameters, bytes, totalSteps };
      const base = state.source === "live" ? { ...state, ...nothingShown } : state;
      const fresh = { ...standing, storage: keptNowhere(state), notice: null, stepsPerGeneration };
      return { ...base, ...facts, ...fresh, status: "ready" };
    }
    case "playing":
      return { ...state, status: "playing", failure: null };
    case "idle":
      return idle(state, event.reason, event.step);
    case "stepped": {
      const { reports, records, answers = [], elapsedMs, stepMs } = event;
      if (reports.length === 0) return withRecords(state, records);
      const base = state.source === "live" ? state : { ...state, ...takenOver(state) };
      const step = reports.reduce((most, report) => Math.max(most, report.step), base.step);
      const now = { step, elapsedMs: base.elapsedMs + elapsedMs };
      const pace = withPoint(base.pace.length === 0 ? [base] : base.pace, now);
      return {
        ...base,
        source: "live",
        step,
        history: appendHistory(base.history, reports, levelsOf(base.run)),
        kept: retainRecords(base.kept, records, RECORD_BYTES, base.pinned),
        film: answers.length === 0 ? base.film : [...base.film, ...answers],
        elapsedMs: now.elapsedMs,
        pace,
        stepMs: stepTime(pace, base.stepsPerGeneration) ?? stepMs,
      };
    }
    case "resumed":
      return resumed(state, event);
    case "storage":
      return { ...state, storage: event.facts };
    case "lost": {
      // In the place of what was said of an earlier loss; what comes of this one follows.
      const notice = `The GPU was lost at step ${event.step}; the page asks for another one.`;
      return { ...state, status: "loading", progress: null, failure: null, notice };
    }
    case "recovered": {
      const { step, text, bytes } = event;
      const status = step === 0 ? "ready" : step < state.totalSteps ? "paused" : "finished";
      const mark: Mark = { kind: "resumed", step, arm: null, text };
      const { marks } = step === 0 ? state : withMark(state, mark);
      return { ...state, status, progress: null, bytes, marks, notice: text };
    }
    case "counterfactual":
      return { ...state, counterfactual: event.result, replaying: null };
    case "answered":
      return { ...state, replaying: null };
    case "replaying":
      return { ...state, replaying: { done: event.done, total: event.total } };
    case "rewound":
      return rewound(state, event);
    case "warned": {
      const { step, arm, text, finding } = event;
      return withMark(state, { kind: "warning", step, arm, text, finding });
    }
    case "verifying": {
      const { done, total } = event;
      return { ...state, verification: { status: "running", done, total } };
    }
    case "verified": {
      const { adapter, reports, elapsedMs } = event;
      return { ...state, verification: { status: "done", adapter, reports, elapsedMs } };
    }
    case "verify-failed": {
      const { message, remedy } = event;
      return { ...state, verification: { status: "failed", message, remedy } };
    }
    case "refused": {
      return { ...state, replaying: null, notice: sentenceOf(event.failure) };
    }
    case "forked":
      return forked(state, event);
    case "changed":
      return changed(state, event);
    case "failed":
      return failed(state, event);
    default:
      return event satisfies never;
  }
}

/** Whether the recorded run on screen is one of this configuration. */
const isRecorded = ({ recordedRun }: RunState, run: RunConfig): boolean =>
  recordedRun !== null && sameRun(recordedRun, run);

/** Records of steps that were told of before. */
const withRecords = (state: RunState, records: readonly StepRecord[]): RunState =>
  state.source === "live"
    ? {
        ...state,
        kept: retainRecords(state.kept, records, RECORD_BYTES, state.pinned),
        replaying: null,
      }
    : state;

const TAKES_SCREEN: ReadonlySet<string> = new Set([
  "recorded",
  "loading",
  "loaded",
  "playing",
  "stepped",
  "resumed",
  "lost",
  "recovered",
  "rewound",
  "forked",
  "changed",
]);
