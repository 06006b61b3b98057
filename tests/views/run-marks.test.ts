import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RUN_COLOURS } from "../../src/store/library/run-colours.ts";
import { ARM_MARKERS } from "../../src/store/run/arms.ts";
import { EXPERT_SHAPES } from "../../src/views/experts/expert-marks.ts";
import { RUN_MARKS } from "../../src/views/controls/run-marks.ts";

type Triple = [number, number, number];

const tokens = readFileSync(new URL("../../src/views/tokens.css", import.meta.url), "utf8");

/** The colours of the light theme, then of the dark one, as linear light. */
const themes = tokens.split('[data-theme="dark"]').map((css) => {
  const value = (name: string): Triple => {
    const hex = new RegExp(`--${name}: #([0-9a-f]{6})`).exec(css)?.[1];
    if (hex === undefined) throw new Error(`${name} is not in tokens.css`);
    const linear = (at: number): number => {
      const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return [linear(0), linear(2), linear(4)];
  };
  const runs = Array.from({ length: RUN_COLOURS }, (_, index) => value(`run-${index}`));
  const arms = ["grpo", "gspo", 2, 3, 4, 5, 6, 7].map((name) => value(`arm-${name}`));
  const experts = EXPERT_SHAPES.map((_, index) => value(`expert-${index}`));
  return { runs, arms, experts, surface: value("surface-panel"), inverse: value("text-inverse") };
});

// Machado, Oliveira, Fernandes 2009, severity 1, on linear light; the first is normal vision.
const VISION: Readonly<Record<string, readonly number[]>> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [
    0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998,
  ],
  deutan: [
    0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881,
  ],
  tritan: [
    1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039,
  ],
};

const seen = ([r, g, b]: Triple, m: readonly number[]): Triple => {
  const row = (at: number): number =>
    Math.min(1, Math.max(0, m[at]! * r + m[at + 1]! * g + m[at + 2]! * b));
  return [row(0), row(3), row(6)];
};

/** OKLab, Ottosson 2020, from linear sRGB. */
const lab = ([r, g, b]: Triple): Triple => {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};

const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

describe.each([
  ["runs, light", themes[0]!.runs, themes[0]!.surface],
  ["runs, dark", themes[1]!.runs, themes[1]!.surface],
  ["arms, light", themes[0]!.arms, themes[0]!.surface],
  ["arms, dark", themes[1]!.arms, themes[1]!.surface],
  ["experts, light", themes[0]!.experts, themes[0]!.surface],
  ["experts, dark", themes[1]!.experts, themes[1]!.surface],
])("the colours of %s", (_, colours, surface) => {
  test("stand out from the card, 3 to 1", () => {
    for (const colour of colours) {
      const [low, high] = [luminance(colour), luminance(surface)].toSorted((a, b) => a - b);
      expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(Object.entries(VISION))("are told apart with %s vision", (_name, matrix) => {
    const labs = colours.map((colour) => lab(seen(colour, matrix)));
    for (const [i, a] of labs.entries()) {
      for (const b of labs.slice(0, i)) {
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        // The least difference that neighbouring lines show is about 0.02.
        expect(distance, `${i}`).toBeGreaterThan(0.08);
      }
    }
  });
});

test.each([
  ["light", themes[0]!],
  ["dark", themes[1]!],
])("an expert's number is read on its colour, %s", (_, theme) => {
  for (const colour of theme.experts) {
    const [low, high] = [luminance(colour), luminance(theme.inverse)].toSorted((a, b) => a - b);
    expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThan(4.5);
  }
});

test("each colour has a mark of its own, none of them an arm's", () => {
  expect(RUN_MARKS).toHaveLength(RUN_COLOURS);
  expect(new Set(RUN_MARKS.map(({ path }) => path)).size).toBe(RUN_COLOURS);
  const names = RUN_MARKS.map(({ name }) => name);
  for (const arm of ARM_MARKERS) expect(names).not.toContain(arm);
});
