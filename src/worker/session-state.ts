import type { Run } from "../engine/run/run.ts";
import type { RunJournal } from "./run-journal.ts";

/** A run that trains or stands still. */
export interface Ready {
  is: "ready";
  run: Run;
  journal: RunJournal;
}

/** A run whose GPU is gone, destroyed: what it remembers is left. */
export interface Lost {
  is: "lost";
  journal: RunJournal;
  run: Run;
}

/** A run that is being set up or taken up. */
export interface SettingUp {
  is: "setting-up";
  /** Done again when the GPU is lost in the middle of it. */
  work: () => Promise<Ready>;
  /** The request that waits for it since the GPU was lost; null: none. */
  id: number | null;
}

/** Where a session stands. */
export type SessionState =
  /** Nothing was loaded, or it could not be. */
  { is: "empty" } | SettingUp | Ready | Lost;

export const EMPTY: SessionState = { is: "empty" };

/** What is left of a run whose GPU is gone. */
export function lostOf({ run, journal }: Ready): Lost {
  run.destroy();
  return { is: "lost", journal, run };
}

/** The journal of the run in training, be its GPU there or not. */
export const logOf = (state: SessionState): RunJournal | null =>
  "journal" in state ? state.journal : null;
