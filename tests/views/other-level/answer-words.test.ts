import { expect, test } from "vitest";
import {
  angleText,
  COSINE_SCALE,
  sharedWeightsText,
  stillText,
} from "../../../src/views/other-level/answer-words.ts";

test("a cosine is told as an angle, and what 1, 0.9 and 0 are", () => {
  expect(angleText(0.9)).toBe("25.8°");
  expect(angleText(0)).toBe("90.0°");
  expect(angleText(-1)).toBe("180.0°");
  expect(angleText(Math.SQRT1_2)).toBe("45.0°");
  // A sum of 32-bit products may be above 1.
  expect(angleText(1.0000001)).toBe("0.0°, the same direction");
  expect(COSINE_SCALE).toMatch(/^1 is the same direction, 0\.9 is 26° apart, 0 a right angle/);
});

const step = (level: "token" | "sequence", coefficient: number[], deltaLogp: number[]) => ({
  level,
  loss: 0,
  gradNorm: 1,
  coefficient: Float32Array.from(coefficient),
  deltaLogp: Float32Array.from(deltaLogp),
});

test("what clipped tokens move by is the mean over those that count and do not push", () => {
  const mask = Uint32Array.from([1, 1, 1, 0]);
  const own = step("token", [0, 1, 0, 0], [0.1, 5, -0.3, 7]);
  const other = step("sequence", [1, 1, 1, 0], [1, 1, 1, 7]);
  expect(sharedWeightsText({ own, other }, mask)).toBe(
    "Tokens that do not push, clipped ones among them, move all the same, by 0.2000 under GRPO on average: one set of weights predicts every token.",
  );
  const both = { own, other: step("sequence", [0, 0, 0, 0], [0.3, 0.3, 0, 7]) };
  expect(sharedWeightsText(both, mask)).toContain("by 0.2000 under GRPO and 0.2000 under GSPO on");
  expect(sharedWeightsText({ own: other, other }, mask)).toBeNull();
});

test("tokens of rows without an advantage are told from clipped ones", () => {
  const record = {
    advantage: Float32Array.from([0, 0.5]),
    mask: Uint32Array.from([1, 1, 0, 1, 1, 1]),
    columns: 3,
  };
  const still = [0, 0, 0, 0, 0, 0];
  const found = { own: step("token", still, still), other: step("sequence", still, still) };
  expect(stillText(found, record)).toBe(
    "2 tokens of rows with the advantage 0: no push at either level.",
  );
  const advantage = Float32Array.from([0.1, 0.5]);
  expect(stillText(found, { ...record, advantage })).toBeNull();
  // A KL term pushes them too, at one level or at both.
  const pushed = step("sequence", [1e-3, 0, 0, 0, 0, 0], still);
  expect(stillText({ ...found, other: pushed }, record)).toMatch(/^1 token /);
  expect(stillText({ ...found, own: pushed }, record)).toMatch(/^1 token /);
});
