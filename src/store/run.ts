import type { GRPOConfig, Level, RunConfig } from "../config/types.ts";
import { armConfig } from "../config/types.ts";
import type { Recording } from "../runs/recording.ts";
import type { Counterfactual } from "../engine/counterfactual.ts";
import type { AdapterFacts, WorkerEvent } from "../worker/protocol.ts";
import { formatValue } from "../config/parse-field.ts";
import { getField } from "../config/run-fields.ts";
import { appendHistory, historyOf, type HistoryPoint } from "./history.ts";
import { asideOf, backToOwn, type Aside } from "./opened.ts";
import { keepRecords, type KeptStep, RECORD_BYTES_LIMIT } from "./kept-records.ts";
import type { Verification } from "./verification.ts";

export type Status = "empty" | "loading" | "ready" | "playing" | "paused" | "finished" | "failed";

export type Failure = Omit<Extract<WorkerEvent, { type: "failed" }>, "type">;

/** Something that happened at a step and is marked on every chart and on the slider. */
export interface Mark {
  kind: "change" | "fork" | "failure";
  step: number;
  /** Null: every arm. */
  arm: string | null;
  /** What the mark says, e.g. "epsilon 0.2 → 0.03". */
  text: string;
}

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
  /** The stored run that is looked at in place of the page's own; null: none. */
  opened: { id: string; name: string } | null;
  /** What was on screen before a stored run was opened. */
  aside: Aside | null;
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
  /** At most RECORD_BYTES_LIMIT bytes. */
  kept: readonly KeptStep[];
  /** The step that the reader looks at: its generation is not thinned away. Null: the newest. */
  pinned: number | null;
  /** At most MARK_LIMIT, newest last. */
  marks: readonly Mark[];
  failure: Failure | null;
  /** What the other level would have done, of the step that was last asked about. */
  counterfactual: Counterfactual | null;
  /** The reference vectors on this adapter; no run changes it. */
  verification: Verification;
  /** Time spent training since step 0. */
  elapsedMs: number;
  /** Milliseconds of one optimizer step of every arm, lately. */
  stepMs: number;
}

export const MARK_LIMIT = 200;

export const emptyRun: RunState = {
  status: "empty",
  run: null,
  loaded: null,
  source: "none",
  recordedRun: null,
  opened: null,
  aside: null,
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
  failure: null,
  counterfactual: null,
  verification: { status: "idle" },
  elapsedMs: 0,
  stepMs: 0,
};

/** What only the page knows: a recorded run was opened, a load asked for, a step looked at. */
export type PageEvent =
  | { type: "recorded"; recording: Recording }
  /** A stored run is looked at, and is put away again. */
  | { type: "opened"; id: string; name: string; recording: Recording; marks: readonly Mark[] }
  | { type: "closed" }
  | { type: "loading"; run: RunConfig }
  | { type: "pinned"; step: number | null };

/** The meaning of every event, with no worker and no React. */
export function reduce(before: RunState, event: WorkerEvent | PageEvent): RunState {
  // Training and a new run have the screen for themselves.
  const state = TAKES_SCREEN.has(event.type) ? backToOwn(before) : before;
  switch (event.type) {
    case "recorded":
      return state.source === "live" ? state : showRecording(state, event.recording);
    case "opened": {
      const { id, name, recording, marks } = event;
      const aside = state.aside ?? asideOf(state);
      const shown = showRecording({ ...state, counterfactual: null }, recording);
      return { ...shown, opened: { id, name }, aside, marks: marks.slice(-MARK_LIMIT) };
    }
    case "closed":
      return backToOwn(state);
    case "loading": {
      const base = state.source === "live" ? { ...state, ...nothingShown } : state;
      return { ...base, status: "loading", progress: null, failure: null, step: 0, run: event.run };
    }
    case "pinned":
      return { ...state, pinned: event.step };
    case "progress": {
      const { what, done, total } = event;
      return { ...state, status: "loading", progress: { what, done, total } };
    }
    case "loaded": {
      const { run, adapter, parameters, bytes, totalSteps, stepsPerGeneration } = event;
      const facts = { run, loaded: run, adapter, parameters, bytes, totalSteps };
      const base = state.source === "live" ? { ...state, ...nothingShown } : state;
      return { ...base, ...facts, ...standing, stepsPerGeneration, status: "ready" };
    }
    case "playing":
      return { ...state, status: "playing", failure: null };
    case "idle":
      return idle(state, event.reason, event.step);
    case "stepped": {
      const { reports, records, elapsedMs, stepMs } = event;
      const base = state.source === "live" ? state : { ...state, ...nothingShown };
      return {
        ...base,
        source: "live",
        step: reports.reduce((most, { step }) => Math.max(most, step), base.step),
        history: appendHistory(base.history, reports, levelsOf(base.run)),
        kept: keepRecords(base.kept, records, RECORD_BYTES_LIMIT, base.pinned),
        elapsedMs: base.elapsedMs + elapsedMs,
        stepMs,
      };
    }
    case "counterfactual":
      return { ...state, counterfactual: event.result };
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
    case "forked":
      return forked(state, event);
    case "changed":
      return changed(state, event.arm, event.fields, event.step);
    case "failed":
      return failed(state, event);
    default:
      return event satisfies never;
  }
}

const TAKES_SCREEN: ReadonlySet<string> = new Set([
  "recorded",
  "loading",
  "loaded",
  "playing",
  "stepped",
  "forked",
  "changed",
]);

const nothingShown = {
  source: "none",
  recordedRun: null,
  history: [],
  kept: [],
  marks: [],
  counterfactual: null,
} as const;
const standing = { progress: null, failure: null, step: 0, elapsedMs: 0, stepMs: 0 } as const;

function showRecording(state: RunState, recording: Recording): RunState {
  return {
    ...state,
    source: "recorded",
    recordedRun: recording.run,
    stepsPerGeneration: recording.reports.reduce(
      (most, { innerStep }) => Math.max(most, innerStep + 1),
      1,
    ),
    history: historyOf(recording.reports, levelsOf(recording.run)),
    kept: keepRecords([], recording.records),
  };
}

function idle(
  state: RunState,
  reason: Extract<WorkerEvent, { type: "idle" }>["reason"],
  step: number,
): RunState {
  switch (reason) {
    case "reset":
      return {
        ...state,
        ...(state.source === "live" ? nothingShown : {}),
        ...standing,
        status: "ready",
      };
    case "finished":
      return { ...state, status: "finished", step };
    case "paused":
    case "stepped":
      // A run that failed stands still as well: its failure stays on screen.
      return { ...state, status: state.status === "failed" ? "failed" : "paused", step };
    default:
      return reason satisfies never;
  }
}

function changed(
  state: RunState,
  arm: string | null,
  fields: Partial<GRPOConfig>,
  step: number,
): RunState {
  if (state.run === null) return state;
  const mark: Mark = { kind: "change", step, arm, text: describeChange(state.run, arm, fields) };
  return {
    ...state,
    run: withFields(state.run, arm, fields),
    marks: [...state.marks, mark].slice(-MARK_LIMIT),
  };
}

/** The run with the new arm; it has its parent's live changes as well. */
function forked(state: RunState, event: Extract<WorkerEvent, { type: "forked" }>): RunState {
  const { of, arm, step, bytes } = event;
  const withFork = (run: RunConfig | null): RunConfig | null => {
    const parent = run?.arms.find(({ name }) => name === of);
    if (run === null || parent === undefined) return run;
    const fork = { ...arm, overrides: { ...parent.overrides, ...arm.overrides } };
    return { ...run, arms: [...run.arms, fork] };
  };
  const mark: Mark = { kind: "fork", step, arm: arm.name, text: `${arm.name} forked from ${of}` };
  return {
    ...state,
    run: withFork(state.run),
    loaded: withFork(state.loaded),
    bytes,
    marks: [...state.marks, mark].slice(-MARK_LIMIT),
  };
}

const levelsOf =
  (run: RunConfig | null) =>
  (name: string): Level => {
    const arm = run?.arms.find((each) => each.name === name);
    return run && arm ? armConfig(run, arm).importance_sampling_level : "token";
  };

/** The run with the fields set for one arm, or for every arm when `arm` is null. */
export function withFields(
  run: RunConfig,
  arm: string | null,
  fields: Partial<GRPOConfig>,
): RunConfig {
  if (arm !== null) {
    const arms = run.arms.map((each) =>
      each.name === arm ? { ...each, overrides: { ...each.overrides, ...fields } } : each,
    );
    return { ...run, arms };
  }
  const shared = new Set(Object.keys(fields));
  const arms = run.arms.map((each) => ({
    ...each,
    overrides: Object.fromEntries(
      Object.entries(each.overrides).filter(([name]) => !shared.has(name)),
    ),
  }));
  return { ...run, grpo: { ...run.grpo, ...fields }, arms };
}

function describeChange(run: RunConfig, arm: string | null, fields: Partial<GRPOConfig>): string {
  const subject = run.arms.find(({ name }) => name === arm) ?? run.arms[0];
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        `${name} ${formatValue(getField(run, name, subject?.name))} → ${formatValue(value)}`,
    )
    .join(", ");
}

function failed(state: RunState, event: Extract<WorkerEvent, { type: "failed" }>): RunState {
  const { kind, message, remedy, fields, step, arm } = event;
  const failure: Failure = { kind, message, remedy, fields, step, arm };
  // A refused change leaves the run as it was.
  const refused = kind === "config" && state.loaded !== null && state.status !== "loading";
  const mark: Mark = { kind: "failure", step: step ?? state.step, arm, text: message };
  return {
    ...state,
    status: refused ? state.status : "failed",
    progress: null,
    failure,
    marks: step === null ? state.marks : [...state.marks, mark].slice(-MARK_LIMIT),
  };
}
