import type { StoredEvent } from "../../runs/stored-run.ts";
import type { RunState } from "./run.ts";

/** Something that happened at a step and is marked on every chart and on the slider. */
export interface Mark {
  kind: StoredEvent["kind"];
  step: number;
  /** Null: every arm. */
  arm: string | null;
  /** What the mark says, e.g. "epsilon 0.2 → 0.03". */
  text: string;
  /** The finding that a warning is of. */
  finding?: string;
}

export const MARK_LIMIT = 200;

export const withMark = (state: RunState, mark: Mark): RunState => ({
  ...state,
  marks: [...state.marks, mark].slice(-MARK_LIMIT),
});

export const marksOf = (events: readonly StoredEvent[]): readonly Mark[] =>
  events
    .map(({ kind, step, arm, text, finding }) => ({
      kind,
      step,
      arm,
      text,
      ...(finding !== undefined && { finding }),
    }))
    .slice(-MARK_LIMIT);
