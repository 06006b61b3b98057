import { stepPlan } from "../../config/step-plan.ts";
import type { ArmConfig, RunConfig } from "../../config/types.ts";
import type { Family } from "../gpu/family.ts";
import type { SlotFlags } from "./batch-slots.ts";
import type { ArmStanding } from "./standing.ts";

/** All that an arm's next steps depend on, as plain data. */
export interface ArmCheckpoint extends Readonly<ArmStanding> {
  arm: ArmConfig;
  /** Bytes of weights, optimizer state and reference, in the order of the arm's buffers. */
  buffers: readonly ArrayBuffer[];
  /** The micro-batches on the GPU: their bytes, and each slot's flags. Stored files have these names. */
  held: {
    buffers: readonly ArrayBuffer[];
    known: readonly Readonly<SlotFlags>[];
  };
}

/**
 * A whole run between two optimizer steps. Structured-cloneable. A run that is created from `run`
 * and restored from this continues as the one that it was taken from, bit for bit on the same
 * adapter.
 */
export interface RunCheckpoint {
  version: typeof CHECKPOINT_VERSION;
  /** As it was set up, forks included. */
  run: RunConfig;
  step: number;
  /** How its products are computed; absent: "register". */
  family?: Family;
  arms: readonly ArmCheckpoint[];
}

/** Rises with every change of what a checkpoint holds; `upgradeCheckpoint` takes those before. */
export const CHECKPOINT_VERSION = 2;

/** Buffers of the micro-batches on the GPU in version 2. The oldest of version 1 have two more before them. */
const HELD_BUFFERS = 6;

/** As version 1 had it, which did not say its version. */
export interface RunCheckpoint1 extends Omit<RunCheckpoint, "version" | "arms"> {
  version?: undefined;
  arms: readonly ArmCheckpoint1[];
}
/** As version 1 had an arm. */
export interface ArmCheckpoint1 extends Omit<ArmCheckpoint, "microIndex" | "numTokens"> {
  /**
   * Optimizer steps, micro-steps since the rollout, micro-steps of the epoch, inner steps, rollouts,
   * tokens.
   */
  counters: readonly number[];
}

/** A checkpoint of any version. */
export type AnyRunCheckpoint = RunCheckpoint | RunCheckpoint1;

/** The same moment of the run, as this version writes it. */
export function upgradeCheckpoint(stored: AnyRunCheckpoint): RunCheckpoint {
  if (stored.version === CHECKPOINT_VERSION) return stored;
  const { datasetSize } = stored.run;
  return {
    ...stored,
    version: CHECKPOINT_VERSION,
    arms: stored.arms.map(({ counters, held, ...arm }) => {
      const { microStepsPerGeneration } = stepPlan(arm.config, datasetSize);
      const [, sinceRollout = 0, , , rollouts = 0, numTokens = 0] = counters;
      const before = Math.max(0, rollouts - 1) * microStepsPerGeneration;
      const buffers = held.buffers.slice(-HELD_BUFFERS);
      const now = { ...held, buffers };
      return { ...arm, held: now, microIndex: before + sinceRollout, numTokens };
    }),
  };
}
