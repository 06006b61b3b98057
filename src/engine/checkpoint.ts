import type { ArmConfig, GRPOConfig, RunConfig } from "../config/types.ts";
import type { Generation } from "./rollouts.ts";
import type { EntropyControllerState } from "./entropy-controller.ts";
import type { Family } from "./gpu/family.ts";
import type { PlateauState } from "./optimizer/plateau.ts";

/** Where one arm stands between two optimizer steps, as plain data: all that its next steps depend on. */
export interface ArmCheckpoint {
  arm: ArmConfig;
  /** Live changes included. */
  config: GRPOConfig;
  /** Changes that wait for the next rollout. */
  pending: Partial<GRPOConfig>;
  /** step, micro, microInEpoch, innerStep, generations, numTokens */
  counters: readonly number[];
  /** The rollout that the next steps learn from; null when one is due. */
  generation: Generation | null;
  histogramRange: number;
  entropyController: EntropyControllerState;
  plateau: PlateauState;
  /** Bytes of weights, optimizer state and reference, in the order of the arm's buffers. */
  buffers: readonly ArrayBuffer[];
  /** The micro-batches on the GPU: their bytes, and what is known of each slot. */
  held: {
    buffers: readonly ArrayBuffer[];
    known: readonly {
      logpOld: boolean;
      logpRef: boolean;
      numItemsInBatch: number;
      sampled: boolean;
    }[];
  };
}

/**
 * A whole run between two optimizer steps. Structured-cloneable. A run that is created from `run`
 * and restored from this continues as the one that it was taken from, bit for bit on the same
 * adapter.
 */
export interface RunCheckpoint {
  /** As it was set up, forks included. */
  run: RunConfig;
  step: number;
  /** How its products are computed; absent: "register". */
  family?: Family;
  arms: readonly ArmCheckpoint[];
}
