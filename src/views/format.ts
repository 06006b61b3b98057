// How numbers are written: fixed decimals by kind, real minus, the sign always shown on signed
// quantities. Nothing trims zeros and nothing changes precision while a run is going on.

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

/** A clip limit such as 1 − ε: two decimals, or as many as ε needs. 0.8 → `0.80`, 1.0004. */
export function limit(value: number): string {
  const short = value.toFixed(2);
  return fixed(value, Math.abs(Number(short) - value) < 1e-9 ? 2 : 4);
}

export const ratio = (value: number): string => fixed(value, 3);
export const advantage = (value: number): string => signed(value, 2);
export const coefficient = (value: number): string => signed(value, 2);
export const reward = (value: number): string => fixed(value, 3);
export const logProb = (value: number): string => fixed(value, 4);
export const loss = (value: number): string => fixed(value, 4);
export const deviation = (value: number): string => fixed(value, 3);

/** `1 token`, `2 tokens`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** The same text as other programs read it: ASCII minus and plain spaces. */
export const ascii = (text: string): string =>
  text.replaceAll(MINUS, "-").replaceAll(FIGURE_SPACE, "").replaceAll(NARROW_SPACE, " ");
