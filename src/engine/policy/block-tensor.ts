import type { Binding } from "../gpu/kernel.ts";

/** Numbers of a tensor along one direction: how many, and how many floats apart in the flat buffer. */
export interface Axis {
  length: number;
  stride: number;
}

interface Tensor {
  name: string;
  /** [out, in] of a linear, [width] of a norm; as saved. */
  shape: readonly number[];
  /** Lies right behind the one before, so that one product reads both. */
  contiguous?: boolean;
  /** What fresh weights are: this number, or null or left out: normal, scaled by `inputs`. */
  starts?: 0 | 1;
  /** What a product sums over; the last dimension when left out. */
  inputs?: number;
  /** The product adds into the residual stream. */
  intoStream?: true;
  /** Weight decay applies; what transformers' parameter groups say of its name when left out. */
  decay?: boolean;
  /** It keeps its numbers: no weight decay in any case. */
  frozen?: true;
}

/** A tensor of a decoder block, under transformers' name within its layer. */
export type BlockTensor = Tensor &
  (
    | {
        /** Equal groups, each padded to a whole vec4, that each dimension is cut into. As `shape`. */
        groups: readonly number[];
      }
    | {
        /** Where its numbers lie, as saved, row-major: one axis a dimension or several. */
        axes: readonly Axis[];
        /** Floats that it takes, padding included. */
        size: number;
      }
  );

/** What binds a block's tensor, or those from a first to a last one; throws where there is none. */
export type RangeOf = (first: string, last?: string) => Binding;
