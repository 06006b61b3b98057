import type { LinearShape } from "./linear.ts";
import { rmsNormPartials } from "./rms-norm.ts";

/**
 * Partial sums of the gradient of a vector that every row has: a bias, a head's gain, sinks. 0 with
 * experts: it is added to undivided.
 */
export const vectorPartials = ({ R, experts }: Pick<LinearShape, "R" | "experts">): number =>
  experts ? 0 : rmsNormPartials({ R, C: 1 });
