import type { Progress } from "../../base/progress.ts";
import { DivergedError } from "../training/diverged.ts";

/** Steps that were taken before, from one moment of a run to a later one. */
export interface Course {
  /** Steps done where it begins. */
  from: number;
  /** Steps done where it ends. */
  to: number;
  /** Makes the changes again that were made when `at` steps were done. */
  change(at: number): void;
  /** Takes the step after `at` again. */
  take(at: number): Promise<unknown>;
}

/**
 * Takes steps again, with what was changed between them. A change belongs to the steps that were done
 * when it was made, and holds from the next one on: those made where the course ends came after it,
 * and are left to the caller. Random numbers are counted, so all of it comes to the same bits on the
 * same adapter. Returns how many steps were taken.
 */
export async function replay({ from, to, change, take }: Course, progress: Progress) {
  for (let at = from; at < to; at++) {
    change(at);
    try {
      await take(at);
    } catch (error) {
      // It diverged the first time as well, and training went on from there.
      if (!(error instanceof DivergedError)) throw error;
    }
    progress(at + 1 - from, to - from);
  }
  return Math.max(0, to - from);
}
