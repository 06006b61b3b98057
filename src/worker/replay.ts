import type { AnyRunCheckpoint } from "../engine/training/checkpoint.ts";
import { DivergedError } from "../engine/training/diverged.ts";
import type { Run } from "../engine/run/trainer.ts";
import type { StoredEvent } from "../runs/stored-run.ts";

/** What brings a run back to where it stands. */
export interface Standing {
  /** Null: from the initial weights. */
  checkpoint: AnyRunCheckpoint | null;
  /** What people changed since, in order. */
  changes: readonly StoredEvent[];
  /** Optimizer steps done. */
  step: number;
}

/**
 * Brings a run that was just set up to where it stood: from the checkpoint on, the same steps with
 * the same changes come to the same bits. Returns how many steps were taken again.
 */
export async function replay(
  run: Run,
  { checkpoint, changes, step }: Standing,
  progress: (done: number, total: number) => void,
): Promise<number> {
  if (checkpoint !== null) run.restore(checkpoint);
  const from = run.step;
  const waiting = [...changes];
  for (;;) {
    // A change holds from its step on: it was made when the step before had ended.
    while (waiting[0] !== undefined && waiting[0].step <= run.step + 1) {
      const { arm, fields } = waiting.shift()!;
      if (fields !== null) run.change(arm, fields);
    }
    if (run.step >= step) return run.step - from;
    progress(run.step - from, step - from);
    await run.advanceUnrecorded().catch((error: unknown) => {
      // It diverged the first time, too, and people went on from there.
      if (!(error instanceof DivergedError)) throw error;
    });
  }
}
