import fc from "fast-check";
import { expect } from "vitest";

/**
 * How many inputs a fuzz test makes: `short`, as many as find what it is known to find, or those of
 * `npm run soak -- fuzz`.
 */
export const fuzzRuns = (short: number): number => Number(process.env.FUZZ_RUNS ?? short);

// The same inputs every time: a fault that they show is shown at once and to everybody. The soak's
// are new ones.
if (process.env.FUZZ_RUNS === undefined) fc.configureGlobal({ seed: 20_260 });

/**
 * Milliseconds of work for one input, at the most: fifteen times what the slowest takes on two cores.
 * What takes time with the square of its length takes ten thousand and more. Closer bounds fail by
 * chance: a collection of the garbage of earlier inputs is work of this process, too.
 */
const HANG_MS = 2_000;

/**
 * Starts a clock of this process's own work (the wall's counts what other processes do meanwhile);
 * the function that it gives fails when more than `most` milliseconds of it have gone by.
 */
export function hangWatch(most = HANG_MS): () => void {
  const began = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000, "milliseconds of work").toBeLessThan(most);
  };
}

export { fc };
