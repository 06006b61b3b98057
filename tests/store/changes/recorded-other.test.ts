import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { sameRun } from "../../../src/config/link.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { field } from "../../../src/config/schema.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { commitField } from "../../../src/store/changes/commit-field.ts";
import { unlikeRecorded } from "../../../src/store/changes/recorded-other.ts";
import { presetOfOtherArms, resetAll } from "../../../src/store/changes/undo.ts";
import { forgetEdits, useEdits } from "../../../src/store/config/edits.ts";
import {
  askOtherLevel,
  commandsGoTo,
  openRecording,
  whenLoaded,
} from "../../../src/store/run/actions.ts";
import { canAskOtherLevel } from "../../../src/store/run/readiness.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import type { Command, Request } from "../../../src/worker/protocol.ts";
import { emptyRun } from "../../../src/store/run/run.ts";
import { makeRecord, report } from "../../support/make-record.ts";

const json = readFileSync(
  new URL("../../../public/recordings/default.json", import.meta.url),
  "utf8",
);
const others = readFileSync(
  new URL("../../../public/recordings/default.other-level.json", import.meta.url),
  "utf8",
);
const loads: RunConfig[] = [];

commandsGoTo({
  send: (command: Command) => {
    if (command.type === "change") receive({ ...command, type: "changed", step: 0, text: "" });
  },
  ask: async <R>(request: Request): Promise<R> => {
    if (request.type !== "load") throw new Error("nothing else is asked");
    loads.push(request.run);
    receive({
      type: "loaded",
      run: structuredClone(request.run),
      adapter: { name: "test", software: true },
      parameters: 1,
      bytes: 1,
      totalSteps: 600,
      stepsPerGeneration: 4,
    });
    return null as R;
  },
});

const source = () => useRun.getState().source;
const unlike = () => unlikeRecorded(useRun.getState(), useEdits.getState().pending);

/** As the page opens: the default run is loaded and its recording shown. */
beforeEach(async () => {
  useRun.setState(emptyRun, true);
  forgetEdits();
  vi.stubGlobal("fetch", async (address: string) => {
    const file = address.includes("other-level") ? others : json;
    return new Response(file, { headers: { "content-type": "application/json" } });
  });
  await whenLoaded(runFrom());
  await openRecording("./recordings/default.json");
  loads.length = 0;
});

test("the recorded run is the default preset's", () => {
  expect(sameRun(useRun.getState().recordedRun!, runFrom())).toBe(true);
  expect(source()).toBe("recorded");
  expect(unlike()).toEqual([]);
});

test("another preset puts the recorded run away, and the first one brings it back", async () => {
  await whenLoaded(runFrom("count"));
  expect(source()).toBe("none");
  expect(useRun.getState().kept).toEqual([]);
  await whenLoaded(runFrom());
  expect(source()).toBe("recorded");
  expect(useRun.getState().kept.length).toBeGreaterThan(0);
});

test("a recording that comes late does not show where another run was chosen meanwhile", async () => {
  useRun.setState(emptyRun, true);
  await whenLoaded(runFrom("count"));
  await openRecording("./recordings/default.json");
  expect(source()).toBe("none");
});

test("a changed field is named, with what was recorded and what was chosen, until it is taken back", () => {
  const [arm] = runFrom().arms;
  commitField(field("epsilon"), arm!.name, 0.11);
  expect(unlike()).toEqual([
    { name: "epsilon", recorded: String(arm!.overrides.epsilon), chosen: "0.11" },
  ]);
  commitField(field("epsilon"), arm!.name, arm!.overrides.epsilon!);
  expect(unlike()).toEqual([]);
  // This one waits for a reset.
  commitField(field("num_iterations"), null, 3);
  expect(unlike().map(({ name, chosen }) => `${name} ${chosen}`)).toEqual(["num_iterations 3"]);
});

describe("a seed", () => {
  test("is in force at once where nothing is trained", () => {
    commitField(field("seed"), null, 7);
    expect(loads.map(({ grpo }) => grpo.seed)).toEqual([7]);
    expect(useEdits.getState().pending).toEqual({});
    expect(source()).toBe("none");
    commitField(field("seed"), null, runFrom().grpo.seed);
    expect(source()).toBe("recorded");
  });

  test("waits for a reset where steps are done", () => {
    receive({
      type: "stepped",
      reports: [report(1)],
      records: [makeRecord()],
      elapsedMs: 1,
      stepMs: 1,
    });
    commitField(field("seed"), null, 7);
    expect(loads).toEqual([]);
    expect(useEdits.getState().pending).toEqual({ seed: 7 });
  });
});

test("“To preset” brings back the arms that an import took away", async () => {
  const preset = runFrom();
  await whenLoaded({ ...preset, arms: preset.arms.slice(0, 1) });
  expect(presetOfOtherArms(useRun.getState().run!)).not.toBeNull();
  loads.length = 0;
  resetAll();
  expect(loads).toHaveLength(1);
  expect(sameRun(loads[0]!, preset)).toBe(true);
  expect(presetOfOtherArms(useRun.getState().run!)).toBeNull();
  expect(source()).toBe("recorded");
});

test("what the other level would have done in a recorded step is read, not asked of a GPU", async () => {
  const [record] = Object.values(useRun.getState().kept.at(-1)!.records);
  expect(canAskOtherLevel(useRun.getState())).toBeNull();
  askOtherLevel(record!.arm, record!.step);
  await vi.waitFor(() => expect(useRun.getState().counterfactual).not.toBeNull());
  const found = useRun.getState().counterfactual!;
  expect([found.arm, found.step, found.own.level]).toEqual([
    record!.arm,
    record!.step,
    record!.level,
  ]);
  expect(found.own.coefficient).toEqual(record!.coefficient);
});
