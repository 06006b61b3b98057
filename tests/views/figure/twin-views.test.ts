import { expect, test } from "vitest";
import { divergingScale } from "../../../src/views/colour.ts";
import { twinViews } from "../../../src/views/figure/twin-views.ts";
import { DIGITS, workedExample } from "../../support/example-record.ts";

const scale = divergingScale(Array.from({ length: 9 }, () => "#808080"));
const moved = { ...workedExample(), innerStep: 3 };
const still = {
  ...moved,
  innerStep: 0,
  logRatio: moved.logRatio.map(() => 0),
  tokenRatio: moved.tokenRatio.map(() => 1),
  sequenceRatio: moved.sequenceRatio.map(() => 1),
};
const half = {
  ...moved,
  innerStep: 1,
  logRatio: moved.logRatio.map((each) => each / 2),
  tokenRatio: moved.tokenRatio.map(Math.sqrt),
  sequenceRatio: moved.sequenceRatio.map(Math.sqrt),
};

test.each([1, 2, 3, 4] as const)("stage %i has one colour domain for all inner steps", (stage) => {
  const domains = [still, half, moved].map(
    (record) =>
      twinViews({
        record,
        rollout: [still, half, moved],
        rows: [0, 1, 2, 3],
        columns: record.columns,
        stage,
        normalised: false,
        scale,
        vocabulary: DIGITS,
        compare: "side",
        effect: null,
        asked: null,
      }).domain,
  );
  expect(new Set(domains).size).toBe(1);
  // As far as the farthest reaches: the stand-in of k = 0 would be 1.
  if (stage === 1) expect(domains[0]).toBeLessThan(0.4);
  if (stage === 1) expect(domains[0]).toBeGreaterThan(0.3);
});
