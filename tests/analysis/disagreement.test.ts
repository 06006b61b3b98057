import { expect, test } from "vitest";
import { disagreement } from "../../src/analysis/disagreement.ts";
import { workedExample } from "../support/example-record.ts";

const example = workedExample();
const none = {
  ...example,
  tokenClipped: example.tokenClipped.map(() => 0),
  sequenceClipped: example.sequenceClipped.map(() => 0),
};

test("the share of tokens that one level clips and the other keeps, of those in the loss", () => {
  expect(disagreement(none)).toBe(0);
  // A row that GSPO drops whole, of which GRPO drops one token of six.
  const sequenceClipped = none.sequenceClipped.map((_, row) => (row === 0 ? 1 : 0));
  const tokenClipped = none.tokenClipped.map((_, i) => (i === 3 ? 1 : 0));
  const parted = { ...none, sequenceClipped, tokenClipped };
  expect(disagreement(parted)).toBeCloseTo(5 / 24, 12);
  const mask = example.mask.map((one, i) => (i === 0 ? 0 : one));
  expect(disagreement({ ...parted, mask })).toBeCloseTo(4 / 23, 12);
});
