import { expect, test } from "vitest";
import { readForeign } from "../../../src/runs/logs/foreign-log.ts";
import { foreignRecording } from "../../../src/runs/logs/foreign-run.ts";

const read = async (value: unknown) =>
  foreignRecording(await readForeign("log.json", new TextEncoder().encode(JSON.stringify(value))));

const lossesOf = ({ reports }: Awaited<ReturnType<typeof read>>) =>
  reports.map(({ step, metrics }) => [step, metrics.loss]);

const EXPECTED = [
  [10, 0.5],
  [20, 0.25],
];

test.each<[string, unknown]>([
  ["a list a name", { step: [10, 20], loss: [0.5, 0.25] }],
  ["pandas' to_json", { step: { 0: 10, 1: 20 }, loss: { 0: 0.5, 1: 0.25 } }],
  ["pandas' to_json(orient='split')", { columns: ["step", "loss"], index: [0, 1], data: EXPECTED }],
  ["columns under history", { history: { step: [10, 20], loss: [0.5, 0.25] } }],
  ["columns under log_history", { log_history: { step: [10, 20], loss: [0.5, 0.25] } }],
  ["columns beside other things", { run: "a", step: [10, 20], loss: [0.5, 0.25] }],
])("JSON by columns is a log of metrics: %s", async (_, value) => {
  expect(lossesOf(await read(value))).toEqual(EXPECTED);
});

test("rows of a table with holes have what is there", async () => {
  const { reports } = await read({ step: [1, 2], loss: [0.5, null], eval_loss: [null, 0.75] });
  expect(reports.map(({ metrics }) => metrics)).toEqual([{ loss: 0.5 }, { eval_loss: 0.75 }]);
});

test("a column of another length than the steps is left out, with both numbers", async () => {
  const { reports, notes } = await read({ step: [1, 2, 3], loss: [3, 2, 1], eval_loss: [0.5] });
  expect(reports.map(({ metrics }) => metrics)).toEqual([{ loss: 3 }, { loss: 2 }, { loss: 1 }]);
  expect(notes).toContain(
    "eval_loss has 1 value and step has 3: which steps the values belong to is not known, so eval_loss is left out. Log it with a step to each value.",
  );
});

test("without steps the length that most columns have counts", async () => {
  const { reports, notes } = await read({ kl: [1], loss: [3, 2], reward: [0, 1] });
  expect(reports.map(({ metrics }) => metrics)).toEqual([
    { loss: 3, reward: 0 },
    { loss: 2, reward: 1 },
  ]);
  expect(notes.join("\n")).toContain("kl has 1 value and loss has 2");
});

test("without steps and of two lengths, equally often, nothing is read", async () => {
  await expect(read({ loss: [3, 2], reward: [0, 1, 2] })).rejects.toThrow(
    "log.json has columns of different lengths (loss has 2 values, reward has 3) and no column of steps",
  );
});

test("steps that no column has the length of", async () => {
  await expect(read({ step: [1, 2, 3], loss: [3, 2] })).rejects.toThrow(
    "log.json has columns of different lengths (step has 3 values, loss has 2)",
  );
});

test("completions by columns are completions", async () => {
  const { records } = await read({
    step: [1, 1],
    prompt: ["p", "p"],
    completion: ["a", "b"],
    reward: [0, 1],
  });
  expect(records[0]?.completion).toEqual(["a", "b"]);
});

test.each<[string, unknown, string]>([
  ["a data set", { prompt: ["a"], answer: ["b"] }, "a data set of prompts"],
  ["lists that are no log", { a: [1, 2], b: [3, 4] }, "JSON with the fields a, b"],
])("%s by columns is refused as before", async (_, value, says) => {
  await expect(read(value)).rejects.toThrow(says);
});
