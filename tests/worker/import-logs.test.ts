import { beforeEach, expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import type { WholeRun } from "../../src/runs/stored-run.ts";
import { importFiles } from "../../src/worker/import-files.ts";
import type { Imported } from "../../src/worker/files-protocol.ts";

let stored: WholeRun[] = [];
beforeEach(() => {
  stored = [];
});
const host = {
  gpu: undefined,
  database: () =>
    Promise.resolve({
      add: (whole: WholeRun) => {
        stored.push(whole);
        return Promise.resolve("id");
      },
    } as never),
  progress: () => {},
};

const drop = (files: Record<string, string>): Promise<Imported> =>
  importFiles(
    Object.entries(files).map(([path, content]) => ({ path, file: new File([content], path) })),
    runFrom(),
    host,
  );

const state = JSON.stringify({
  log_history: [
    { step: 10, loss: 0.5, reward: 0.1 },
    { step: 20, loss: 0.4, reward: 0.2 },
  ],
});
const table = (step: number) =>
  JSON.stringify({ step, prompt: "2 + 2", completion: "4", exact: 1, advantage: 0.5 });

test("metrics alone are a stored run with charts, and say where they came from", async () => {
  const imported = await drop({ "out/trainer_state.json": state });
  expect(imported).toMatchObject({ what: "log", id: "id", name: "trainer_state", canGoOn: false });
  expect(stored[0]).toMatchObject({
    run: { origin: "imported-log", status: "finished", step: 20, totalSteps: 20, tokens: 0 },
    records: [],
  });
  expect(stored[0]?.run.note).toMatch(/^Read as trainer_state\.json of transformers: metrics of 2/);
});

test("a trainer's folder: its metrics, its completions of every step, and what was not read", async () => {
  const imported = await drop({
    "out/completions/completions_00010.jsonl": table(10),
    "out/completions/completions_00020.jsonl": table(20),
    "out/trainer_state.json": state,
    "out/checkpoint-10/trainer_state.json": JSON.stringify({
      log_history: [{ step: 10, loss: 1 }],
    }),
    "out/train.py": "import trl",
  });
  if (imported.what !== "log") throw new Error(imported.what);
  expect(imported.recording.reports.map(({ step, metrics }) => [step, metrics.loss])).toEqual([
    [10, 0.5],
    [20, 0.4],
  ]);
  expect(imported.recording.records.map(({ step, completion }) => [step, completion])).toEqual([
    [10, ["4"]],
    [20, ["4"]],
  ]);
  expect(imported.notes.at(-1)).toBe(
    "Not read of the files: out/checkpoint-10/trainer_state.json, out/train.py.",
  );
});

test("a log of tokens is known by what it begins with, not by its name", async () => {
  // Without a GPU it is read, and then there is nobody to compute its figures.
  await expect(drop({ "log.txt": '{"step": 1, "completion_ids": [[1]]}' })).rejects.toThrow(
    "Line 1: completion_mask",
  );
});

test("a lone file of another kind is named; a folder without weights is a policy's", async () => {
  await expect(drop({ "train.py": "x" })).rejects.toThrow("train.py is a Python script.");
  await expect(drop({ "a.png": "x", "b.py": "x" })).rejects.toThrow("a.png is a picture.");
  await expect(drop({ "p/config.json": "{}", "p/tokenizer.json": "{}" })).rejects.toThrow(
    "there is no model.safetensors",
  );
  expect(stored).toEqual([]);
});
