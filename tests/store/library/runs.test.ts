import * as fake from "fake-indexeddb";
import { beforeEach, describe, expect, test } from "vitest";
import { configDiff } from "../../../src/runs/config-diff.ts";
import { openRuns, type TrainingDatabase } from "../../../src/runs/database.ts";
import { commandsGoTo } from "../../../src/store/run/actions.ts";
import { closeStoredRun, openStoredRun } from "../../../src/store/library/open-run.ts";
import { overlay, readOverlays, useOverlays } from "../../../src/store/library/overlays.ts";
import { freeColour, keepColours, runColour } from "../../../src/store/library/run-colours.ts";
import {
  duplicateRun,
  editRun,
  initialRuns,
  refreshRuns,
  removeRun,
  runsComeFrom,
  undoRemove,
  useRuns,
} from "../../../src/store/library/runs.ts";
import { emptyRun } from "../../../src/store/run/run.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import { progress, storedRun } from "../../support/stored-run.ts";
import { makeRecord, report, run as config } from "../../support/make-record.ts";

// Node has no IndexedDB of its own.
Object.assign(globalThis, { ...fake, indexedDB: fake.indexedDB });

let database: TrainingDatabase;
const sent: string[] = [];
commandsGoTo({
  send: ({ type }) => sent.push(type),
  ask: () => Promise.reject(new Error("nothing is asked")),
});

beforeEach(async () => {
  database = await openRuns(`test ${crypto.randomUUID()}`);
  useRuns.setState(initialRuns, true);
  useRun.setState(emptyRun, true);
  useOverlays.setState({ on: [], read: {}, emphasised: null });
  sent.length = 0;
  for (const [createdAt, id] of [..."abc"].entries()) {
    await database.append(progress(storedRun({ id, name: id, createdAt }), 1, 8));
  }
  await runsComeFrom(Promise.resolve(database));
  return () => database.close();
});

const listed = (): string[] => useRuns.getState().runs.map(({ name }) => name);
const run = (id: string) => useRuns.getState().runs.find((each) => each.id === id)!;

describe("the list of runs", () => {
  test("is what the database holds, and changes with it", async () => {
    expect(listed()).toEqual(["c", "b", "a"]);
    await editRun("b", { name: "renamed", note: "why", colour: 6 });
    expect(run("b")).toMatchObject({ name: "renamed", note: "why", colour: 6 });
    expect(await database.get("b")).toMatchObject({ name: "renamed", colour: 6 });
    await duplicateRun("a");
    expect(listed()).toContain("a (copy)");
  });

  test("leaves a run that did not change the same object", async () => {
    const before = [run("a"), run("b")];
    await editRun("a", { name: "other" });
    expect(run("a")).not.toBe(before[0]);
    expect(run("b")).toBe(before[1]);
  });

  test("takes runs out and puts them back, the last first", async () => {
    await removeRun(run("a"));
    await removeRun(run("c"));
    expect(listed()).toEqual(["b"]);
    await undoRemove();
    expect(listed()).toEqual(["c", "b"]);
    await undoRemove();
    expect(listed()).toEqual(["c", "b", "a"]);
    expect(useRuns.getState().removed).toEqual([]);
  });

  test("says why a database cannot be opened, or what it refused", async () => {
    await editRun("gone", { name: "x" });
    expect(useRuns.getState().problem).toMatch(/gone|no run|not/i);
    expect(listed()).toEqual(["c", "b", "a"]);
    await runsComeFrom(Promise.reject(new Error("blocked")));
    expect(useRuns.getState()).toMatchObject({ status: "failed" });
    expect(useRuns.getState().problem).toContain("blocked");
  });
});

describe("runs on the charts", () => {
  test("are read, given a colour that no other has, and forgotten", async () => {
    await editRun("a", { colour: 1 });
    await overlay(["a", "b"], true);
    expect(Object.keys(useOverlays.getState().read)).toEqual(["b", "a"]);
    expect(useOverlays.getState().read.a?.arms.map(({ arm }) => arm)).toEqual([
      "token",
      "sequence",
    ]);
    // By its place b would have colour 1 as well.
    expect(run("b").colour).toBe(0);
    await overlay(["a", "b"], false);
    expect(useOverlays.getState().read).toEqual({});
  });

  test("are compared as their live changes left them", async () => {
    const at = { run: "a", at: 0, step: 4, kind: "change", arm: null } as const;
    const event = { ...at, text: "epsilon 0.2 → 0.1", fields: { epsilon: 0.1 } };
    await database.append({ ...progress(run("a"), 9, 12), events: [event] });
    await refreshRuns();
    await overlay(["a", "b"], true);
    const { read } = useOverlays.getState();
    expect(run("a").run.grpo.epsilon).not.toBe(0.1);
    const rows = configDiff([read.a!.run, read.b!.run]);
    expect(rows.map(({ field, values }) => [field, values[0]])).toEqual([["epsilon", "0.1"]]);
  });

  test("are read again when they have gone on", async () => {
    await overlay(["a"], true);
    await database.append(progress(storedRun({ ...run("a"), updatedAt: 9000 }), 9, 12));
    await refreshRuns();
    await readOverlays();
    expect(useOverlays.getState().read.a?.arms[0]?.steps.length).toBe(12);
  });

  test("have colours by their place until they have their own; the least used is the free one", () => {
    const runs = [..."jihgfedcba"].map((id) => storedRun({ id }));
    expect(runs.map((each) => runColour(runs, each))).toEqual([1, 0, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(freeColour(runs, runs[0]!, [runs[8]!])).toBe(0);
    expect(freeColour(runs, runs[0]!, [])).toBe(1);
  });

  test("keep their colours when another one is deleted, and give new runs the next", () => {
    const runs = ["c", "b", "a"].map((id) => storedRun({ id }));
    useRuns.setState({ runs });
    keepColours();
    const colours = () => {
      const { runs: now } = useRuns.getState();
      return now.map((each) => [each.id, runColour(now, each)]);
    };
    useRuns.setState({ runs: runs.filter(({ id }) => id !== "a") });
    expect(colours()).toEqual([
      ["c", 2],
      ["b", 1],
    ]);
    useRuns.setState({ runs: [storedRun({ id: "d" }), ...runs] });
    expect(colours().at(0)).toEqual(["d", 3]);
  });
});

describe("a stored run on screen", () => {
  const live = (step: number) => {
    const reports = [report(step, "token"), report(step, "sequence")];
    receive({ type: "stepped", reports, records: [makeRecord({ step })], elapsedMs: 1, stepMs: 1 });
  };
  const loaded = {
    type: "loaded",
    run: config,
    adapter: { name: "swiftshader", software: true },
    parameters: 1,
    bytes: 1,
    totalSteps: 100,
    stepsPerGeneration: 2,
  } as const;

  test("takes the place of the page's own, which comes back as it was", async () => {
    receive(loaded);
    live(1);
    live(2);
    receive({ type: "playing" });
    await openStoredRun(run("b"));
    expect(sent).toEqual(["pause"]);
    // A step was on its way.
    expect(useRun.getState().viewedRun).toBeNull();
    live(3);
    receive({ type: "idle", reason: "paused", step: 3 });
    const own = useRun.getState().suspended;
    expect(own?.kept.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(useRun.getState()).toMatchObject({
      viewedRun: { id: "b", name: "b" },
      source: "recorded",
      stepsPerGeneration: 4,
    });
    expect(useRun.getState().history.at(-1)?.step).toBe(8);
    expect(useRun.getState().kept.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    // Another one in its place: what comes back is still the page's own.
    await openStoredRun(run("c"));
    closeStoredRun();
    const back = { ...own, viewedRun: null, suspended: null, status: "paused", step: 3 };
    expect(useRun.getState()).toMatchObject(back);
  });

  test("makes way for training, which loses nothing", async () => {
    receive(loaded);
    live(1);
    await openStoredRun(run("b"));
    receive({ type: "playing" });
    live(2);
    expect(useRun.getState()).toMatchObject({
      viewedRun: null,
      source: "live",
      stepsPerGeneration: 2,
    });
    expect(useRun.getState().history.map(({ step }) => step)).toEqual([1, 2]);
  });

  test("does not hide a pause or a failure of the page's own", async () => {
    receive(loaded);
    live(1);
    receive({ type: "playing" });
    await openStoredRun(run("b"));
    receive({ type: "idle", step: 1, reason: "paused" });
    expect(useRun.getState()).toMatchObject({ status: "paused", viewedRun: { id: "b" } });
  });
});
