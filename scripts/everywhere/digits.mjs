// How far the numbers of one host's runs are another's.

/** @typedef {{ preset: string, arm: string, step: number, metrics: Record<string, number | null> }} StepLine */
/** @typedef {{ at: string, off: number }} Difference */

/** Beyond this, relative to the larger and absolutely, two numbers are not the same. */
const SAME = { relative: 1e-5, absolute: 1e-6 };

/**
 * The first number that is not the other's to the bit, the first that is beyond rounding, the largest
 * difference, and how many steps the other has more. A number that only one of them has is beyond.
 * @param {readonly StepLine[]} lines
 * @param {readonly StepLine[]} others
 */
export function compareRuns(lines, others) {
  /** @type {{ first: Difference | null, beyond: Difference | null, worst: number, missing: number }} */
  const found = {
    first: null,
    beyond: null,
    worst: 0,
    missing: Math.max(0, others.length - lines.length),
  };
  for (const [i, { preset, arm, step, metrics }] of lines.entries()) {
    const theirs = others[i]?.metrics ?? {};
    for (const name of new Set([...Object.keys(theirs), ...Object.keys(metrics)])) {
      const [value, other] = [metrics[name], theirs[name]];
      if (Object.is(value, other)) continue;
      const off = Math.abs(Number(value ?? NaN) - Number(other ?? NaN));
      const difference = {
        at: `${preset}, ${arm}, step ${step}, ${name}: ${value} for ${other}`,
        off,
      };
      found.first ??= difference;
      const scale = Math.max(Math.abs(Number(value)), Math.abs(Number(other)));
      if (!(off <= SAME.absolute + SAME.relative * scale)) found.beyond ??= difference;
      if (off > found.worst) found.worst = off;
    }
  }
  return found;
}

/** In words. @param {ReturnType<typeof compareRuns>} found @param {string} whose */
export function toldDifference({ first, beyond, worst, missing }, whose) {
  const short = missing > 0 ? `, steps missing: ${missing}` : "";
  if (beyond) return `not ${whose} numbers, first ${beyond.at}${short}`;
  if (first)
    return `${whose} numbers to ${worst.toExponential(1)}, first other digit ${first.at}${short}`;
  return `${whose} digits, every one${short}`;
}
