// How numbers are written: fixed decimals by kind, real minus, the sign always shown on signed
// quantities. Nothing trims zeros and nothing changes precision while a run is going on.

import { upperEpsilon } from "../config/clip-band.ts";

const MINUS = "\u2212";
const FIGURE_SPACE = "\u2007";
const NARROW_SPACE = "\u202f";
/** From here on a plain number no longer fits its column. */
const WIDEST = 1e5;

/** `1.50`, `−0.30`, `NaN`; no sign on what rounds to zero. */
export function fixed(value: number, decimals: number): string {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? MINUS : "";
  return sign + magnitude(value, decimals);
}

/** `+1.50`, `−0.30`, and a space as wide as the sign before zero. */
export function signed(value: number, decimals: number): string {
  if (Number.isNaN(value)) return `${FIGURE_SPACE}NaN`;
  const zero = Number(value.toFixed(decimals)) === 0;
  return (zero ? FIGURE_SPACE : value < 0 ? MINUS : "+") + magnitude(value, decimals);
}

function magnitude(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size === Infinity) return "∞";
  return size >= WIDEST ? scientific(size) : size.toFixed(decimals);
}

/** `1e−3`, `2.5e5`: as people type it, with a real minus. */
export const scientific = (value: number): string =>
  Number(value.toPrecision(2)).toExponential().replace("e+", "e").replaceAll("-", MINUS);

/** A share in [−1, 1] as `12.5 %`. */
export const percent = (share: number, decimals = 1): string =>
  `${fixed(100 * share, decimals)}${NARROW_SPACE}%`;

export const signedPercent = (share: number, decimals = 1): string =>
  `${signed(100 * share, decimals)}${NARROW_SPACE}%`;

/** A setting such as ε: short, but never rounded away. 0.2 → `0.2`, 0.0003 → `3e−4`. */
export const setting = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? scientific(value) : String(value).replace("-", MINUS);

/** A band's ε, or both where they differ: `0.2`, `3e−4 / 4e−4`. */
export const band = (low: number, high: number): string =>
  low === high ? setting(low) : `${setting(low)} / ${setting(high)}`;

/** A clip limit such as 1 − ε: two decimals, or as many as ε needs. 0.8 → `0.80`, 1.0004. */
export function limit(value: number): string {
  const exact = (decimals: number) => Math.abs(Number(value.toFixed(decimals)) - value) < 1e-9;
  return fixed(value, [2, 4].find(exact) ?? 6);
}

/** More would be noise of 32-bit numbers. */
const MOST_DECIMALS = 7;

/**
 * Decimals that tell a ratio from the clip limits beside it: two digits of the smaller ε, three at
 * least. ε 0.2 → 3, 3e−4 → 5. They depend on ε alone, so numbers stand still while a run goes on.
 */
export function ratioDecimals(band: { epsilon: number; epsilon_high: number | null }): number {
  const least = Math.min(band.epsilon, upperEpsilon(band));
  if (!(least > 0)) return 3;
  return Math.min(MOST_DECIMALS, Math.max(3, 1 + Math.ceil(-Math.log10(least))));
}

/**
 * Decimals, `least` or more, with which a number is not written like a limit that it is not at: 1.0302
 * is no 1.030 beside 1.03. Where 32 bits do not tell them apart, `least`.
 */
export function decimalsApart(value: number, limits: readonly number[], least: number): number {
  for (let decimals = least; decimals <= MOST_DECIMALS; decimals++) {
    const written = value.toFixed(decimals);
    if (limits.every((limit) => limit.toFixed(decimals) !== written)) return decimals;
  }
  return least;
}

/** A number of any size with four digits: `0.7512`, `12.50`, `8e−4`, `1.25e6`. */
export function general(value: number): string {
  if (!Number.isFinite(value)) return fixed(value, 0);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < WIDEST) return fixed(value, 0);
  if (size >= WIDEST || size < 1e-3) return magnified(value);
  return fixed(value, Math.max(0, 3 - Math.floor(Math.log10(size))));
}

const magnified = (value: number): string =>
  Number(value.toPrecision(4)).toExponential().replace("e+", "e").replaceAll("-", MINUS);

/** A number on an axis, short: `0.5`, `20k`, `1.5M`, `1e−3`. */
export function tick(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size >= 1e6) return `${sign}${Number((size / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${sign}${Number((size / 1e3).toPrecision(3))}k`;
  if (size !== 0 && size < 1e-3) return scientific(value);
  return `${sign}${Number(size.toPrecision(6))}`;
}

/** Seconds as `0:06`, `12:40`, `1:02:05`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const two = (part: number): string => String(part).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** How long ago, in words: `just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the date. */
export function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / (24 * 60));
  return days < 8 ? `${plural(days, "day")} ago` : new Date(at).toISOString().slice(0, 10);
}

/** `decimals` as from `ratioDecimals`. */
export const ratio = (value: number, decimals = 3): string => fixed(value, decimals);
export const advantage = (value: number): string => signed(value, 2);
export const coefficient = (value: number): string => signed(value, 2);
/** A dash where there is none: an imported log may hold advantages only. */
export const reward = (value: number): string => (Number.isNaN(value) ? "—" : fixed(value, 3));

/** Why a record has no rewards. */
export const NO_REWARDS = "the log holds advantages and no rewards";
export const logProb = (value: number): string => fixed(value, 4);
export const loss = (value: number): string => fixed(value, 4);
export const deviation = (value: number): string => fixed(value, 3);

/** `1 token`, `2 tokens`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** The same text as other programs read it: ASCII minus and plain spaces. */
export const ascii = (text: string): string =>
  text.replaceAll(MINUS, "-").replaceAll(FIGURE_SPACE, "").replaceAll(NARROW_SPACE, " ");
