import { expect, test } from "vitest";
import { followRun, useDisplay } from "../../../src/store/screen/display.ts";
import type { RetainedStep } from "../../../src/record/retained-records.ts";
import { emptyRun } from "../../../src/store/run/run.ts";
import { useRun } from "../../../src/store/run/run-store.ts";

const kept = (step: number): readonly RetainedStep[] => [
  { step, generation: 1, innerStep: 0, bytes: 0, records: {} },
];

test("the first step of training takes the recorded run's place at once", () => {
  followRun();
  useRun.setState({ ...emptyRun, source: "recorded", kept: kept(40) });
  expect(useDisplay.getState().kept[0]?.step).toBe(40);
  useRun.setState({ source: "live", status: "playing", kept: kept(1) });
  expect(useDisplay.getState().kept[0]?.step).toBe(1);
});
