/** What a dispatch takes that is made again and again. */
export class Cost {
  /** Milliseconds; null before it was measured. */
  ms: number | null = null;
}

/** A small part of a millisecond, so that shares of a sum are defined. */
const LEAST_MS = 1e-3;

/**
 * Takes in that these dispatches, one submission, took so long together. Each had its share of what
 * was expected. An expectation falls by half at most: a busy host may hear of two submissions at once.
 */
export function learn(costs: readonly Cost[], ms: number): void {
  const expected = expectedMs(costs);
  for (const cost of costs) {
    const before = cost.ms ?? LEAST_MS;
    const share = (ms * before) / expected;
    cost.ms = Math.max(LEAST_MS, share, cost.ms === null ? 0 : before / 2);
  }
}

const expectedMs = (costs: readonly Cost[]): number =>
  costs.reduce((sum, { ms }) => sum + (ms ?? LEAST_MS), 0);

/** Queues work one after the other: since when it had nothing left that was timed. */
const idleSince = new WeakMap<GPUQueue, number>();

/**
 * Milliseconds that a submission occupied the queue, from when what came before it was done, told
 * when `done` is; null if the device was lost. Call right after submitting.
 */
export async function occupied(queue: GPUQueue, done: Promise<unknown>): Promise<number | null> {
  const submitted = performance.now();
  try {
    await done;
  } catch {
    return null;
  }
  const now = performance.now();
  const ms = now - Math.max(submitted, idleSince.get(queue) ?? 0);
  idleSince.set(queue, now);
  return Math.max(0, ms);
}
