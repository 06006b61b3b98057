// The diverging scale of the figures: nine stops from the design tokens, interpolated in OKLab.

/** Fill and text colour of a cell, by its value within a symmetric domain. */
export interface DivergingScale {
  /** `value` in [−1, 1]; beyond it saturates. */
  fill(value: number): string;
  /** Black or white, whichever contrasts more with that fill. */
  ink(value: number): string;
}

/** Steps from neutral to either end; finer than eight bits of lightness can show. */
const STEPS = 128;

/** `stops`: nine sRGB hex colours, most negative first. */
export function divergingScale(stops: readonly string[]): DivergingScale {
  if (stops.length !== 9) throw new RangeError(`9 stops are needed, not ${stops.length}`);
  const labs = stops.map((stop) => toOklab(parseHex(stop)));
  const fills: string[] = [];
  const inks: string[] = [];
  for (let i = 0; i <= 2 * STEPS; i++) {
    const at = (i / (2 * STEPS)) * 8;
    const from = Math.min(7, Math.floor(at));
    const a = labs[from]!;
    const b = labs[from + 1]!;
    const rgb = fromOklab(mix(a, b, at - from));
    fills.push(toHex(rgb));
    inks.push(contrastWithWhite(rgb) > contrastWithBlack(rgb) ? "#ffffff" : "#000000");
  }
  const index = (value: number) =>
    Math.round((Math.max(-1, Math.min(1, Number.isNaN(value) ? 0 : value)) + 1) * STEPS);
  return { fill: (value) => fills[index(value)]!, ink: (value) => inks[index(value)]! };
}

type Triple = readonly [number, number, number];

const mix = (a: Triple, b: Triple, t: number): Triple => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

/** `#rrggbb` to linear RGB in [0, 1]. */
function parseHex(hex: string): Triple {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex.trim());
  if (!digits) throw new RangeError(`"${hex}" is not a colour of the form #rrggbb`);
  const channel = (i: number) => toLinear(parseInt(digits[i]!, 16) / 255);
  return [channel(1), channel(2), channel(3)];
}

const toHex = (rgb: Triple): string =>
  "#" +
  rgb
    .map((c) =>
      Math.round(255 * toGamma(Math.max(0, Math.min(1, c))))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("");

// Björn Ottosson's OKLab: linear RGB → cone responses → cube root → lightness and two opponents.
function toOklab([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

// WCAG 2 contrast from relative luminance.
const luminance = ([r, g, b]: Triple) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrastWithWhite = (rgb: Triple) => 1.05 / (luminance(rgb) + 0.05);
const contrastWithBlack = (rgb: Triple) => (luminance(rgb) + 0.05) / 0.05;
