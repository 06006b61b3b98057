import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { divergingScale } from "../../src/views/colour.ts";

const css = readFileSync(new URL("../../src/views/tokens.css", import.meta.url), "utf8");
const [light, dark] = css.split('[data-theme="dark"]').map((part) => {
  const stop = (name: string) => new RegExp(`--div-${name}: (#[0-9a-f]{6})`).exec(part)![1]!;
  return ["n4", "n3", "n2", "n1", "0", "p1", "p2", "p3", "p4"].map(stop);
});

const luminance = (hex: string): number =>
  [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i]!, 0);
const contrast = (a: string, b: string) => {
  const [x, y] = [luminance(a), luminance(b)].toSorted((p, q) => q - p);
  return (x! + 0.05) / (y! + 0.05);
};

describe.each([
  ["light", light!],
  ["dark", dark!],
])("the diverging scale, %s", (_, stops) => {
  const scale = divergingScale(stops);

  test("passes through its nine stops", () => {
    stops.forEach((stop, i) => expect(scale.fill((i - 4) / 4)).toBe(stop));
  });

  test("saturates beyond its domain", () => {
    expect(scale.fill(7)).toBe(stops[8]);
    expect(scale.fill(-7)).toBe(stops[0]);
  });

  test("cell text always has a contrast of 4.5", () => {
    for (let i = -128; i <= 128; i++) {
      expect(contrast(scale.fill(i / 128), scale.ink(i / 128))).toBeGreaterThan(4.5);
    }
  });
});

test("a stop that is no colour is refused", () => {
  expect(() => divergingScale(Array<string>(9).fill("blue"))).toThrow("#rrggbb");
});
