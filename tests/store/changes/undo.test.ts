import { beforeEach, describe, expect, test } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import { field } from "../../../src/config/schema.ts";
import { getField } from "../../../src/config/run-fields.ts";
import { change, commandsGoTo } from "../../../src/store/run/actions.ts";
import {
  applyPatch,
  commitField,
  nextRun,
  resetField,
} from "../../../src/store/changes/commit-field.ts";
import { useEditHistory } from "../../../src/store/config/edit-history.ts";
import { discardEdits, forgetEdits, useEdits } from "../../../src/store/config/edits.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import {
  loadAsEdit,
  redoEdit,
  resetAll,
  undoEdit,
  unlikePreset,
} from "../../../src/store/changes/undo.ts";

const sort = runFrom("sort");

/** A worker that takes every change at once. */
commandsGoTo({
  send: (command) => {
    if (command.type === "change") {
      const { arm, fields } = command;
      receive({ type: "changed", arm, fields, step: 1, text: "" });
    }
  },
  ask: async () => null as never, // a load, of which tests say themselves what comes
});

const loaded = (run = sort) =>
  receive({
    type: "loaded",
    run,
    adapter: { name: "test", software: true },
    parameters: 1,
    bytes: 1,
    totalSteps: 600,
    stepsPerGeneration: 4,
  });

/** Edits are one step of the history until the task that made them has ended. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve));

const value = (name: string, arm = "token") => getField(nextRun()!, name, arm);
const commit = async (name: string, to: string | number | null, arm: string | null = null) => {
  expect(commitField(field(name), arm, to)).toBeNull();
  await pause();
};

beforeEach(async () => {
  receive({ type: "loading", run: runFrom("count") });
  loaded();
  forgetEdits();
  await pause();
});

describe("undo and redo", () => {
  test("settings that were loaded together are one step; those of another preset are none", async () => {
    const next = runFrom("sort", {
      set: { temperature: "0.7", learning_rate: "0.004", layers: "1" },
    });
    loadAsEdit(next);
    loaded(next);
    await pause();
    const layers = getField(sort, "layers", "token");
    undoEdit();
    expect([value("temperature"), value("learning_rate"), value("layers")]).toEqual([
      getField(sort, "temperature", "token"),
      getField(sort, "learning_rate", "token"),
      layers,
    ]);
    expect(useEditHistory.getState().done).toEqual([]);
    redoEdit();
    expect([value("temperature"), value("layers")]).toEqual([0.7, 1]);

    loadAsEdit(runFrom("count"));
    expect(useEditHistory.getState().done).toEqual([]);
  });

  test("a live field goes back and forth", async () => {
    await commit("temperature", 0.7);
    await commit("temperature", 0.5);
    undoEdit();
    expect(value("temperature")).toBe(0.7);
    undoEdit();
    expect(value("temperature")).toBe(1);
    undoEdit();
    expect(value("temperature")).toBe(1);
    redoEdit();
    redoEdit();
    redoEdit();
    expect(value("temperature")).toBe(0.5);
  });

  test("a field that waits for a reset leaves the queue and comes back", async () => {
    await commit("num_generations", 8);
    expect(useEdits.getState().pending).toEqual({ num_generations: 8 });
    undoEdit();
    expect(useEdits.getState().pending).toEqual({});
    redoEdit();
    expect(value("num_generations")).toBe(8);
  });

  test("every arm gets back its own value", async () => {
    await commit("epsilon", 0.1);
    expect([value("epsilon"), value("epsilon", "sequence")]).toEqual([0.1, 0.1]);
    undoEdit();
    expect([value("epsilon"), value("epsilon", "sequence")]).toEqual([0.2, 0.03]);
  });

  test("what one press changed is one step", async () => {
    applyPatch({ temperature: 0.8, num_generations: 8 }, null);
    await pause();
    expect(useEditHistory.getState().done).toHaveLength(1);
    undoEdit();
    expect([value("temperature"), value("num_generations")]).toEqual([1, 16]);
    redoEdit();
    expect([value("temperature"), value("num_generations")]).toEqual([0.8, 8]);
  });

  test("a new edit leaves nothing to redo; one that changes nothing is none", async () => {
    await commit("temperature", 0.7);
    undoEdit();
    await commit("temperature", 1);
    expect(useEditHistory.getState()).toMatchObject({ done: [], undone: [{}] });
    await commit("beta", 0.1);
    expect(useEditHistory.getState().undone).toEqual([]);
    redoEdit();
    expect([value("temperature"), value("beta")]).toEqual([1, 0.1]);
  });

  test("a flipped level and discarded changes can be undone", async () => {
    change("token", { importance_sampling_level: "sequence" });
    await pause();
    undoEdit();
    expect(value("importance_sampling_level")).toBe("token");
    await commit("num_generations", 8);
    discardEdits(useRun.getState().run!);
    await pause();
    undoEdit();
    expect(value("num_generations")).toBe(8);
  });

  test("what cannot be is refused, says why, and stays in the history", async () => {
    await commit("reward_weights", null);
    await commit("temperature", 0.7);
    // Behind the history's back the run has come to refuse what was there.
    useRun.setState(({ run }) => ({
      run: { ...run!, grpo: { ...run!.grpo, reward_weights: [1] } },
    }));
    useEditHistory.setState(({ done }) => ({
      done: [
        ...done,
        { before: [{ name: "reward_weights", arm: null, value: [1, 2, 3, 4] }], after: [] },
      ],
    }));
    undoEdit();
    expect(useEditHistory.getState().problem).toContain("reward_weights");
    expect(useEditHistory.getState().done.length).toBeGreaterThan(0);
  });

  test("another preset begins a history of its own; a reset with changes does not", async () => {
    await commit("num_generations", 8);
    const next = nextRun()!;
    receive({ type: "loading", run: next });
    loaded(next);
    forgetEdits();
    undoEdit();
    expect(useEdits.getState().pending).toEqual({ num_generations: 16 });
    loaded(runFrom("parity"));
    expect(useEditHistory.getState().done).toEqual([]);
  });
});

describe("reset", () => {
  test("one field goes back to the preset in every arm", async () => {
    await commit("epsilon", 0.1);
    resetField(field("epsilon"));
    expect([value("epsilon"), value("epsilon", "sequence")]).toEqual([0.2, 0.03]);
  });

  test("all fields go back at once, as one step", async () => {
    await commit("epsilon", 0.1);
    await commit("num_generations", 8);
    await commit("temperature", 0.7);
    expect(unlikePreset(nextRun()!).map(({ name }) => name)).toEqual([
      "temperature",
      "epsilon",
      "num_generations",
    ]);
    resetAll();
    await pause();
    expect(unlikePreset(nextRun()!)).toEqual([]);
    undoEdit();
    expect([value("epsilon"), value("num_generations"), value("temperature")]).toEqual([
      0.1, 8, 0.7,
    ]);
  });
});
