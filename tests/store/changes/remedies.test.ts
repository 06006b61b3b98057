import { beforeEach, expect, test, vi } from "vitest";
import { getField } from "../../../src/config/run-fields.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { commandsGoTo } from "../../../src/store/run/actions.ts";
import { nextRun } from "../../../src/store/changes/commit-field.ts";
import { forgetEdits, useEdits } from "../../../src/store/config/edits.ts";
import { takeRemedy, undoRemedy, useRemedies, waits } from "../../../src/store/changes/remedies.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import type { Failure, Request } from "../../../src/worker/protocol.ts";
import { RefusedError } from "../../../src/worker/refused-error.ts";
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

/** Refuses the next load. */
let refuses: Failure | null = null;
/** What happens before the load that is asked for. */
let meanwhile = () => {};

commandsGoTo({
  send: () => undefined,
  ask: async <R>(request: Request): Promise<R> => {
    if (request.type !== "load") throw new Error("nothing else is asked");
    loads.push(request.run);
    meanwhile();
    if (refuses !== null) {
      receive({ type: "failed", ...refuses });
      throw new RefusedError(refuses);
    }
    loaded(request.run);
    return null as R;
  },
});

beforeEach(() => {
  loaded(sort);
  forgetEdits();
  useRemedies.setState({ taken: [] });
  loads.length = 0;
  refuses = null;
  meanwhile = () => {};
});

const failure: Failure = {
  kind: "config",
  message: "epsilon is fixed.",
  remedy: null,
  fields: [],
  step: null,
  arm: null,
};

const taken = () => useRemedies.getState().taken[0]!;
const patch = { steps_per_generation: 16 };

test("where nothing is trained a remedy is in force at once, and so is its undoing", async () => {
  const before = getField(sort, "steps_per_generation");
  takeRemedy(patch, null);
  expect(loads).toHaveLength(1);
  expect(getField(useRun.getState().run!, "steps_per_generation")).toBe(16);
  expect(useEdits.getState().pending).toEqual({});
  await vi.waitFor(() => expect(taken().loaded).toBe(useRun.getState().loaded));
  expect(waits(taken(), useEdits.getState().pending)).toBe(false);
  undoRemedy(taken());
  expect(loads).toHaveLength(2);
  expect(getField(useRun.getState().run!, "steps_per_generation")).toBe(before);
});

test("a change that is refused meanwhile is not taken for the end of the remedy's load", async () => {
  let during: RunConfig | null = null;
  meanwhile = () => {
    receive({ type: "failed", ...failure });
    during = taken().loaded;
  };
  takeRemedy(patch, null);
  const before = during;
  await vi.waitFor(() => expect(taken().loaded).not.toBe(before));
  expect(taken().loaded).toBe(useRun.getState().loaded);
  expect(getField(taken().loaded!, "steps_per_generation")).toBe(16);
});

test("where the remedy's load is refused, the run before it can be undone to", async () => {
  refuses = { ...failure, kind: "limits" };
  const before = useRun.getState().loaded;
  takeRemedy(patch, null);
  await vi.waitFor(() => expect(useRun.getState().status).toBe("failed"));
  expect(taken().loaded).toBe(before);
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
