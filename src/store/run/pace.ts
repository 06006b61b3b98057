/** Where training stood: optimizer steps done, and milliseconds of training since step 0. */
export interface PacePoint {
  step: number;
  elapsedMs: number;
}

/** Milliseconds of training that the pace is taken over, at least. */
const OVER_MS = 3000;
/** Points that are remembered at most. */
const MOST = 200;

/** The newest points, this one included. */
export const withPoint = (
  points: readonly PacePoint[],
  { step, elapsedMs }: PacePoint,
): readonly PacePoint[] => [...points.slice(1 - MOST), { step, elapsedMs }];

/**
 * Milliseconds of a step over the last seconds, and over whole generations where it can be: a step
 * that rolls out takes much longer than the others. Null where no step was done.
 */
export function stepTime(points: readonly PacePoint[], stepsPerGeneration: number): number | null {
  const now = points.at(-1);
  if (now === undefined) return null;
  const long = points.filter(({ elapsedMs }) => now.elapsedMs - elapsedMs >= OVER_MS);
  const reach = long.length > 0 ? long : points.slice(0, 1);
  const whole = reach.findLast(
    ({ step }) => step < now.step && (now.step - step) % stepsPerGeneration === 0,
  );
  const from = whole ?? reach.at(-1);
  if (from === undefined || from.step >= now.step) return null;
  return (now.elapsedMs - from.elapsedMs) / (now.step - from.step);
}
