import { describe, expect, test } from "vitest";
import { retainRecords } from "../../src/record/retained-records.ts";
import { walk, type Place } from "../../src/analysis/walk.ts";
import { makeRecord } from "../support/make-record.ts";

// Two generations of three inner steps each; the last inner step of the first was not kept.
const kept = retainRecords(
  [],
  [
    [1, 0, 0],
    [2, 0, 1],
    [4, 1, 0],
    [5, 1, 1],
    [6, 1, 2],
  ].map(([step, generation, innerStep]) => makeRecord({ step, generation, innerStep })),
);

const whole = (step: number): Place => ({ step, phase: null });

describe("by stage", () => {
  test("every phase of a rollout's first step, then only those that run again", () => {
    const seen: Place[] = [];
    for (let at: Place | null = whole(4); at !== null; at = walk(kept, at, "stage", 1)) {
      seen.push(at);
    }
    expect(seen.slice(1).map(({ step, phase }) => `${step} ${phase}`)).toEqual([
      ...[
        "generate",
        "reward",
        "advantage",
        "ratio",
        "clip",
        "aggregate",
        "backward",
        "optimizer",
      ].map((phase) => `4 ${phase}`),
      ...[5, 6].flatMap((step) =>
        ["ratio", "clip", "aggregate", "backward", "optimizer"].map((phase) => `${step} ${phase}`),
      ),
    ]);
  });

  test("backwards takes the same way", () => {
    expect(walk(kept, whole(4), "stage", -1)).toEqual({ step: 4, phase: "optimizer" });
    expect(walk(kept, { step: 5, phase: "ratio" }, "stage", -1)).toEqual({
      step: 4,
      phase: "optimizer",
    });
    expect(walk(kept, { step: 1, phase: "generate" }, "stage", -1)).toBeNull();
  });
});

test("by inner step the lit phase stays where it runs again", () => {
  expect(walk(kept, { step: 4, phase: "clip" }, "inner-step", 1)).toEqual({
    step: 5,
    phase: "clip",
  });
  expect(walk(kept, { step: 4, phase: "reward" }, "inner-step", 1)).toEqual(whole(5));
  expect(walk(kept, whole(6), "inner-step", 1)).toBeNull();
  expect(walk(kept, whole(4), "inner-step", -1)).toEqual(whole(2));
});

test("by generation k stays, or the first kept step is taken", () => {
  expect(walk(kept, whole(2), "generation", 1)).toEqual(whole(5));
  expect(walk(kept, whole(6), "generation", -1)).toEqual(whole(1));
  expect(walk(kept, whole(6), "generation", 1)).toBeNull();
  expect(walk([], whole(6), "generation", 1)).toBeNull();
});
