import { expect, test } from "vitest";
import { checkBatch } from "../../../src/engine/objective/check-batch.ts";
import type { ObjectiveBatch } from "../../../src/engine/objective/evaluate.ts";

const two = [
  [0, 0, 0],
  [0, 0, 0],
];
const batch: ObjectiveBatch = { logp: two, mask: two, advantage: [1, -1] };

test("a batch whose parts fit together passes", () => {
  expect(() => checkBatch({ ...batch, logpOld: null, logpRef: two }, { beta: 0.1 })).not.toThrow();
});

test.each<[string, Partial<ObjectiveBatch>, number, string]>([
  ["no row", { mask: [] }, 0, "The batch has no token."],
  ["no column", { mask: [[], []] }, 0, "The batch has no token."],
  ["a row too few", { logpOld: [[0, 0, 0]] }, 0, "logpOld has 1 rows; mask has 2."],
  [
    "a row too short",
    { entropy: [[0, 0, 0], [0]] },
    0,
    "Row 1 of entropy has 1 tokens; mask has 3 in its first row.",
  ],
  [
    "a ragged mask",
    { mask: [[1, 1, 1], [1]] },
    0,
    "Row 1 of mask has 1 tokens; mask has 3 in its first row.",
  ],
  [
    "an advantage too many",
    { advantage: [1, 2, 3] },
    0,
    "advantage has 3 numbers; mask has 2 rows.",
  ],
  ["no reference", {}, 0.04, "beta is 0.04, and the batch has no logpRef."],
])("%s is refused", (_, changes, beta, sentence) => {
  expect(() => checkBatch({ ...batch, ...changes }, { beta })).toThrow(sentence);
});
