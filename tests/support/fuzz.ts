/**
 * Inputs of a property that is fuzzed: enough for the faults that were planted; FUZZ_RUNS=10000 for
 * a long look.
 */
export const fuzzRuns = (usual: number): number => Number(process.env.FUZZ_RUNS ?? usual);

/** Milliseconds of the processor that a piece of work takes: the wall's clock counts others' work too. */
export function processorMs(work: () => unknown): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}
