import type { Binding } from "../gpu/kernel.ts";

/** A tensor of a decoder block, under transformers' name within its layer. */
export interface BlockTensor {
  name: string;
  /** [out, in] of a linear, [width] of a norm. */
  shape: readonly number[];
  /** Equal groups, each padded to a whole vec4, that each dimension is cut into. As `shape`. */
  groups: readonly number[];
  /** Lies right behind the one before, so that one product reads both. */
  contiguous?: boolean;
}

/** What binds a block's tensor, or those from a first to a last one. */
export type RangeOf = (first: string, last?: string) => Binding;
