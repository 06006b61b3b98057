import { beforeEach, expect, test } from "vitest";
import { getField } from "../../../src/config/run-fields.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { commandsGoTo } from "../../../src/store/run/actions.ts";
import { nextRun } from "../../../src/store/changes/commit-field.ts";
import { forgetEdits, useEdits } from "../../../src/store/config/edits.ts";
import { takeRemedy, undoRemedy, useRemedies, waits } from "../../../src/store/changes/remedies.ts";
import { receive, useRun } from "../../../src/store/run/session.ts";
import { makeRecord, report } from "../../support/make-record.ts";

const sort = runFrom("sort");
const loads: RunConfig[] = [];

const loaded = (run: RunConfig) =>
  receive({
    type: "loaded",
    run: structuredClone(run),
    adapter: { name: "test", software: true },
    parameters: 1,
    bytes: 1,
    totalSteps: 600,
    stepsPerGeneration: 4,
  });

commandsGoTo({
  send: (command) => {
    if (command.type !== "load") return;
    loads.push(command.run);
    loaded(command.run);
  },
  ask: () => Promise.reject(new Error("nothing is asked")),
});

beforeEach(() => {
  loaded(sort);
  forgetEdits();
  useRemedies.setState({ taken: [] });
  loads.length = 0;
});

const taken = () => useRemedies.getState().taken[0]!;
const patch = { steps_per_generation: 16 };

test("where nothing is trained a remedy is in force at once, and so is its undoing", () => {
  const before = getField(sort, "steps_per_generation");
  takeRemedy(patch, null);
  expect(loads).toHaveLength(1);
  expect(getField(useRun.getState().run!, "steps_per_generation")).toBe(16);
  expect(useEdits.getState().pending).toEqual({});
  expect(taken().loaded).toBe(useRun.getState().loaded);
  expect(waits(taken(), useEdits.getState().pending)).toBe(false);
  undoRemedy(taken());
  expect(loads).toHaveLength(2);
  expect(getField(useRun.getState().run!, "steps_per_generation")).toBe(before);
});

test("where steps are done it waits for the reset, and says so", () => {
  const reports = [report(1, "token"), report(1, "sequence")];
  const records = [makeRecord({ step: 1 })];
  receive({ type: "stepped", reports, records, elapsedMs: 1, stepMs: 1 });
  receive({ type: "idle", step: 1, reason: "paused" });
  takeRemedy(patch, null);
  expect(loads).toEqual([]);
  expect(waits(taken(), useEdits.getState().pending)).toBe(true);
  expect(getField(nextRun()!, "steps_per_generation")).toBe(16);
});

test("what could not run is not started", () => {
  takeRemedy({ num_generations: 7 }, null);
  expect(loads).toEqual([]);
  expect(waits(taken(), useEdits.getState().pending)).toBe(true);
});
