/** The two ways in which matrix products are computed; both are right, and their last digits differ. */
export const families = ["register", "workgroup"] as const;

/**
 * "register": tiles in registers, each operand read from memory by who needs it. "workgroup": slices
 * of both operands shared through workgroup memory, as real GPUs like it.
 */
export type Family = (typeof families)[number];

/** What a run was trained with that was stored before it was told. */
export const FORMER_FAMILY: Family = "register";
