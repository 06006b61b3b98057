import type { GRPOConfig } from "../../config/types.ts";
import type { ArmStanding } from "../training/standing.ts";

/** An arm as its run hands it out: steps, changes and checkpoints are the run's, for all arms. */
export interface RunArm {
  readonly name: string;
  /** What its last step was taken with, or its next one will be; `state.pending` is still to come. */
  readonly config: Readonly<GRPOConfig>;
  /** Bytes that it holds on the GPU. */
  readonly bytes: number;
  /** Where it stands between two steps. */
  readonly state: Readonly<ArmStanding>;
  /**
   * The weights as they are now, as the kernels read them: flat, tensor after tensor, padded. With
   * names and shapes the run has them.
   */
  weights(): Promise<Float32Array<ArrayBuffer>>;
}
