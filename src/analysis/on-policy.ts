import type { StepRecord } from "../record/record.ts";

/**
 * Whether the weights that score a record's tokens are those that wrote them: no update since the
 * rollout, and every ratio exactly 1. A log of another trainer that does not count its updates may
 * begin with ratios that have left 1.
 */
export const isOnPolicy = ({ innerStep, logRatio, mask }: StepRecord): boolean =>
  innerStep === 0 && logRatio.every((d, i) => d === 0 || mask[i] === 0);
