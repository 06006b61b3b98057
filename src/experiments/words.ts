import { fixed, general, plural, signed } from "../analysis/format.ts";
import { contains, type Interval } from "../analysis/statistics.ts";

/** Decimals that give `size` two significant digits. */
const decimalsFor = (size: number): number =>
  size > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(size)))) : 3;

const halfOf = ({ low, high }: Interval): number => (high - low) / 2;

/** Less is the rounding of 64-bit sums. */
const ROUNDING = 1e-9;

/** As many more that one reads off a difference whether its interval holds 0. */
function decimalsToTell(found: Interval): number {
  const least = decimalsFor(halfOf(found));
  for (let decimals = least; decimals <= 6; decimals++) {
    const holds =
      Math.abs(Number(found.mean.toFixed(decimals))) <= Number(halfOf(found).toFixed(decimals));
    if (holds === contains(found, 0)) return decimals;
  }
  return least;
}

/** `0.512 ± 0.019`. */
export function plusMinus(found: Interval, sign = false): string {
  if (halfOf(found) < ROUNDING) {
    return `${sign && found.mean > 0 ? "+" : ""}${general(Number(found.mean.toPrecision(6)))} ± 0`;
  }
  const decimals = sign ? decimalsToTell(found) : decimalsFor(halfOf(found));
  const written = sign ? signed(found.mean, decimals).trim() : fixed(found.mean, decimals);
  return `${written} ± ${fixed(halfOf(found), decimals)}`;
}

const inPercent = ({ mean, low, high, n }: Interval): Interval => ({
  mean: 100 * mean,
  low: 100 * low,
  high: 100 * high,
  n,
});

/** A share in percent: `12.4 ± 0.8 %`. */
export const sharePlusMinus = (found: Interval): string => `${plusMinus(inPercent(found))} %`;

/** A difference of shares: `+12.4 ± 0.8 percentage points`. */
export const pointsPlusMinus = (found: Interval): string =>
  `${plusMinus(inPercent(found), true)} percentage points`;

/** `5.1 times (4.6 to 5.6)`. */
export function times({ mean, low, high }: Interval): string {
  const decimals = decimalsFor(mean);
  const [middle, from, to] = [mean, low, high].map((value) => fixed(value, decimals));
  return `${middle} times (95 % interval ${from} to ${to})`;
}

/**
 * A difference with what it means: one whose interval holds 0 is none that these seeds can see, and
 * what they could not have seen is said with it.
 */
export function difference(
  what: string,
  found: Interval,
  { more, less }: { more: string; less: string },
): string {
  const written = `${what} ${plusMinus(found, true)}`;
  if (!contains(found, 0)) return `${written}: ${found.mean > 0 ? more : less}.`;
  const unseen = fixed(halfOf(found), decimalsFor(halfOf(found)));
  return halfOf(found) < ROUNDING
    ? `${written}: no difference at all.`
    : `${written}: no difference; over ${plural(found.n, "seed")} one below ${unseen} cannot be told from none.`;
}

export const seedsText = (n: number): string => `${plural(n, "seed")}, paired`;
