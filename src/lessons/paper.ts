import type { Band } from "../analysis/epsilon.ts";

/** The GSPO paper's band, of sequence ratios. */
export const PAPER: Band = { low: 3e-4, high: 4e-4 };
