import fc from "fast-check";

/**
 * How many inputs a fuzz test makes: `short`, as many as find what it is known to find, or those of
 * `npm run soak -- fuzz`.
 */
export const fuzzRuns = (short: number): number => Number(process.env.FUZZ_RUNS ?? short);

// The same inputs every time: a fault that they show is shown at once and to everybody. The soak's
// are new ones.
if (process.env.FUZZ_RUNS === undefined) fc.configureGlobal({ seed: 20_260 });

/**
 * Starts a clock of this process's own work; it gives the milliseconds since. The wall's clock counts
 * what other processes do meanwhile, too.
 */
export function workClock(): () => number {
  const began = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  };
}

export { fc };
