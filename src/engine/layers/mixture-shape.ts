import { groups } from "./grid.ts";

/** At most R tokens, C channels (a multiple of 4), each token through `perToken` of `experts`. */
export interface MixtureShape {
  R: number;
  C: number;
  experts: number;
  perToken: number;
  /** The weights of a token's experts make 1. */
  normalised: boolean;
}

/** Tokens that one workgroup routes, and counts. */
export const CHUNK = 64;
/** 4-byte words of an expert's counts in a chunk. */
export const COUNT = 4;

/** Floats of the routers' counts of one layer; a multiple of 64, so that each layer's can be bound. */
export const countsLength = ({ R, experts }: Pick<MixtureShape, "R" | "experts">): number =>
  64 * groups(groups(R, CHUNK) * experts * COUNT, 64);
