import type { KeptExperiment } from "../runs/kept-experiments.ts";

/** Page → worker of experiments. */
export type ExperimentCommand =
  /**
   * Runs an experiment, or goes on with it after its last finished seed where this browser has begun
   * the same on the same adapter. `base`: where the page lies, to find `checkpoints/` beside it.
   */
  | { type: "run"; experiment: string; seeds: number; steps: number; base: string }
  /** Stands still after the step in progress, and goes on. */
  | { type: "hold" }
  | { type: "go" }
  /** No more of it; finished seeds stay. */
  | { type: "stop" };

/** Worker of experiments → page. */
export type ExperimentEvent =
  /** Steps done of all seeds' steps; `leftMs`: what the rest takes at this pace, null at first. */
  | { type: "progress"; done: number; total: number; leftMs: number | null }
  /** A seed is done, and kept in this browser where `notKept` is null; else why it is not. */
  | { type: "seed"; kept: KeptExperiment; notKept: string | null }
  /** All seeds are done, or no more was wanted. */
  | { type: "ended" }
  | { type: "failed"; message: string; remedy: string | null };
