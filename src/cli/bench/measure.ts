export interface Timing {
  /** Milliseconds: median, fastest, slowest of n runs. */
  ms: number;
  min: number;
  max: number;
  n: number;
  /** The very first run. */
  first_ms: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

/**
 * Times `run`, which must wait for the device: warm-up first, then n runs, or as many as half a
 * minute has and two at least.
 */
export async function measure(run: () => Promise<unknown>, n: number): Promise<Timing> {
  const timed = async () => {
    const began = performance.now();
    await run();
    return performance.now() - began;
  };
  const first = await timed();
  await timed();
  const times: number[] = [];
  const began = performance.now();
  while (times.length < n && (times.length < 2 || performance.now() - began < 30_000)) {
    times.push(await timed());
  }
  return {
    ms: median(times),
    min: Math.min(...times),
    max: Math.max(...times),
    n: times.length,
    first_ms: first,
  };
}
