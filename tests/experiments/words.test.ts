import { expect, test } from "vitest";
import { difference, plusMinus } from "../../src/experiments/words.ts";

const WORDS = { more: "more", less: "less" };

test("a difference has two digits of its half-width, and more where they would hide whether it holds 0", () => {
  expect(plusMinus({ mean: 0.0123, low: 0.0023, high: 0.0223, n: 8 }, true)).toBe("+0.012 ± 0.010");
  // 0.0114 beside 0.0111 would both be 0.011.
  const apart = { mean: -0.0114, low: -0.0225, high: -0.0003, n: 8 };
  expect(difference("Reward,", apart, WORDS)).toBe("Reward, −0.0114 ± 0.0111: less.");
  // And the other way round.
  const around = { mean: -0.0111, low: -0.0225, high: 0.0003, n: 8 };
  expect(plusMinus(around, true)).toBe("−0.011 ± 0.011");
});
