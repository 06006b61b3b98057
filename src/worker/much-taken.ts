import type { MemoryPlan } from "../engine/run/memory-plan.ts";

/** What is said of a run's memory when it is lost. */
export interface Taken {
  bytes: number;
  /** What makes it smaller, what does most first. */
  fields: readonly string[];
}

/**
 * What a run takes, where that may be why it is lost before its first step: from 64 MiB on. Nothing
 * sets such a run up again by itself; on a phone that would close the page time and again.
 */
export const muchTaken = ({ bytes, largest: { fields } }: MemoryPlan): Taken | null =>
  bytes < 64 * 2 ** 20 ? null : { bytes, fields };
