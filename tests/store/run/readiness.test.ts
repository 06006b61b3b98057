import { expect, test } from "vitest";
import { canReset, canTrain } from "../../../src/store/run/readiness.ts";
import { emptyRun, type RunState } from "../../../src/store/run/run.ts";

const state = (over: Partial<RunState>): RunState => ({ ...emptyRun, totalSteps: 8, ...over });
const failure = { message: "m", remedy: "r", fields: [], step: 1, arm: null };

test("a run at its end can be reset, as its text says, and not go on", () => {
  const run = state({ status: "finished", step: 8 });
  expect(canTrain(run)).toContain("reset");
  expect(canReset(run)).toBeNull();
});

test("a run that diverged can be reset, at its first step too", () => {
  const run = state({ status: "failed", failure: { ...failure, kind: "diverged" } });
  expect(canReset(run)).toBeNull();
  const other = state({ status: "failed", failure: { ...failure, kind: "config" } });
  expect(canReset(other)).toBe("m");
});

test("there is nothing to reset at step 0, or before a run is there", () => {
  expect(canReset(state({ status: "ready" }))).toBe("The run is at step 0.");
  expect(canReset(state({ status: "empty" }))).toBe("No run is loaded.");
  expect(canReset(state({ status: "paused", step: 1 }))).toBeNull();
  expect(canReset(state({ status: "playing" }))).toBeNull();
});
