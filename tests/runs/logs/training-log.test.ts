import { afterAll, describe, expect, test } from "vitest";
import { LOG_LIMITS, type LogRow } from "../../../src/runs/logs/log-row.ts";
import { createLogReader, type TrainingLog } from "../../../src/runs/logs/training-log.ts";
import { logToRecording } from "../../../src/runs/logs/log-run.ts";
import { recordSchema } from "../../../src/runs/formats/record-schema.ts";
import { openDevice } from "../../support/with-device.ts";

// One device for all: the same kernels are compiled once.
const { device, close } = await openDevice();
afterAll(close);

interface Row {
  [field: string]: unknown;
}

const row = (step: number, over: Row = {}): Row => ({
  step,
  prompt: "What is 2 + 2?",
  completion: "It is 4.",
  completion_ids: [1026, 374, 220, 19, 13, 2],
  completion_tokens: ["It", " is", " ", "4", ".", "</s>"],
  per_token_logps: [-1, -0.5, -0.25, -2, -0.1, -0.01],
  old_per_token_logps: [-1.5, -0.5, -0.25, -1.9, -0.1, -0.01],
  advantage: 0.75,
  rewards: { accuracy: 1, format: null },
  ...over,
});
const config = {
  importance_sampling_level: "sequence",
  loss_type: "grpo",
  epsilon: 0.1,
  num_generations: 2,
  use_vllm: true,
};

function read(lines: readonly unknown[], piece = 17) {
  const text = lines
    .map((line) => (typeof line === "string" ? line : JSON.stringify(line)))
    .join("\n");
  const reader = createLogReader();
  for (let at = 0; at < text.length; at += piece) reader.push(text.slice(at, at + piece));
  return reader.finish();
}

const rowsOf = ({ steps }: TrainingLog): LogRow[][] =>
  steps.map(({ batches }) => batches.flatMap(({ rows }) => rows));

test("lines become the rows of steps, in order of step, whatever pieces they come in", () => {
  const lines = [{ config }, row(3), row(1), "", row(3, { advantage: -0.75 })];
  const log = read(lines);
  expect(log).toEqual(read(lines, 1e6));
  expect(log.config).toMatchObject({ epsilon: 0.1, importance_sampling_level: "sequence" });
  expect(rowsOf(log).map((rows) => rows.map(({ step, advantage }) => [step, advantage]))).toEqual([
    [[1, 0.75]],
    [
      [3, 0.75],
      [3, -0.75],
    ],
  ]);
});

/** Two completions as the trainer's padded tensors; of the first, the last token is padding. */
const batch = (over: Row = {}): Row => ({
  step: 2,
  prompts: ["a", "b"],
  completion_ids: [
    [7, 8, 2, 0],
    [7, 9, 9, 9],
  ],
  completion_mask: [
    [1, 1, 1, 0],
    [1, 1, 1, 1],
  ],
  completion_tokens: [
    ["x", "y", "</s>", "<pad>"],
    ["x", "z", "z", "z"],
  ],
  per_token_logps: [
    [-1, -2, -3, 0],
    [-1, -2, -3, -4],
  ],
  advantages: [0.5, -0.5],
  eos_token_id: 2,
  num_items_in_batch: 7,
  ...over,
});

test("a line may be a whole micro-batch: each completion is read up to its last token that counts", () => {
  const log = read([{ ...batch(), config }]);
  expect(log.config.epsilon).toBe(0.1);
  const rows = [
    { completion_ids: [7, 8, 2], completion_tokens: ["x", "y", "</s>"], truncated: false },
    { completion_ids: [7, 9, 9, 9], completion_tokens: ["x", "z", "z", "z"], truncated: true },
  ].map((own, at) => ({
    step: 2,
    prompt: "ab"[at],
    completion: own.completion_tokens.join(""),
    completion_mask: own.completion_ids.map(() => 1),
    per_token_logps: [-1, -2, -3, -4].slice(0, own.completion_ids.length),
    old_per_token_logps: null,
    advantage: 0.5 - at,
    ...own,
  }));
  expect(rowsOf(read([{ config }, ...rows]))).toEqual(rowsOf(log));
  expect(log.steps[0]?.batches[0]).toMatchObject({ numItems: 7, process: 0, entropyCoef: null });
});

test("a row that mask_truncated_completions emptied stays, to its last column or its end", () => {
  const completion_mask = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  const [rows] = rowsOf(read([batch({ completion_mask })]));
  expect(rows).toMatchObject([
    { completion_ids: [7, 8, 2], completion_mask: [0, 0, 0], truncated: false },
    { completion_ids: [7, 9, 9, 9], completion_mask: [0, 0, 0, 0], truncated: true },
  ]);
});

describe("a line that cannot be used is named, with its field and the reason", () => {
  test.each<[string, unknown[], RegExp]>([
    [
      "NaN",
      [row(1), '{"step": 1, "completion_ids": [7], "prompt": "NaN", "per_token_logps": [NaN]}'],
      /^Line 2: per_token_logps\.0 is NaN, and no ratio or loss follows/,
    ],
    ["no step", [row(1), row(1, { step: "x" })], /^Line 2: step: /],
    [
      "a text for a number",
      [row(1, { per_token_logps: [1, "2"] })],
      /^Line 1: per_token_logps\.1: /,
    ],
    [
      "arrays of two lengths",
      [row(1, { old_per_token_logps: [-1] })],
      /^Line 1: old_per_token_logps has 1 entries; completion_ids has 6\./,
    ],
    [
      "a batch of two sizes",
      [batch({ advantages: [1] })],
      /^Line 1: advantages has 1 rows; completion_ids has 2\./,
    ],
    [
      "a batch's short row",
      [batch({ per_token_logps: [[-1], [-1, -2, -3, -4]] })],
      /^Line 1: per_token_logps has 1 entries; completion_ids has 3\./,
    ],
    [
      "nothing to learn from",
      [row(1, { advantage: null, rewards: null })],
      /^Line 1: it has neither advantage nor rewards/,
    ],
    [
      "a field out of bounds",
      [{ config: { epsilon: -1 } }, row(1)],
      /^Line 1: config\.epsilon is -1, which is out of its bounds/,
    ],
    [
      "half a step",
      [row(4), row(4, { advantage: null })],
      /^Step 4: 1 of its 2 completions have no advantage/,
    ],
    ["no completion", [{ config }], /^The log has no completion/],
    [
      "an endless line",
      [row(1), `{"prompt": "${"x".repeat(LOG_LIMITS.line + 10)}`],
      /^Line 2: it has more than 33554432 characters/,
    ],
    ["a list", ["[]"], /^Line 1: /],
  ])("%s", (_, lines, message) => {
    expect(() => read(lines, 65_536)).toThrow(message);
  });
});

test("the kernels' verdicts of a log: ratios, clips, coefficients as TRL has them", async () => {
  const other = row(5, {
    advantage: -0.75,
    completion_ids: [19, 2],
    completion_tokens: ["4", "</s>"],
    per_token_logps: [-1, -0.5],
    old_per_token_logps: [-1, -0.1],
    rewards: { accuracy: 0, format: 0.5 },
    truncated: true,
  });
  const log = read([{ config }, row(5), other]);
  const { run, records, reports } = await logToRecording(device, log, () => {});
  const [record] = records;
  expect(record).toMatchObject({ step: 5, rows: 2, columns: 8, level: "sequence" });
  if (!record) return;
  expect(recordSchema.safeParse(record).error).toBeUndefined();

  const close = (values: Iterable<number>, expected: readonly number[]) =>
    [...values].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  close(record.tokenRatio, [
    ...[Math.exp(0.5), 1, 1, Math.exp(-0.1), 1, 1, ...Array(2).fill(0)],
    ...[1, Math.exp(-0.4), ...Array(6).fill(0)],
  ]);
  close(record.sequenceRatio, [Math.exp(0.4 / 6), Math.exp(-0.2)]);
  // Row 1 stays within 0.1; row 2 falls below 0.9 with a negative advantage.
  expect([...record.sequenceClipped]).toEqual([0, 1]);
  close(record.coefficient.subarray(0, 6), Array(6).fill(Math.exp(0.4 / 6) * 0.75));
  close(record.coefficient.subarray(8), Array(8).fill(0));
  expect(record.metrics["clip_ratio/low_mean"]).toBeCloseTo(0.5, 6);
  expect(record.metrics.reward).toBeCloseTo(0.75, 6);
  expect(record.metrics.entropy).toBeNaN();
  expect([...record.rewards[1]!]).toEqual([NaN, 0.5]);
  expect([...record.truncated]).toEqual([0, 1]);
  expect(record.histograms.sequence.reduce((sum, n) => sum + n, 0)).toBe(2);
  expect(reports[0]?.metrics).toBe(record.metrics);

  // Tokens have the log's texts; what ended a completion is the page's end-of-sequence.
  const text = (i: number) => run.vocabulary?.[record.tokens[i]!];
  expect([0, 1, 2, 3, 4, 5].map(text)).toEqual(["It", " is", " ", "4", ".", "<eos>"]);
  expect([8, 9].map(text)).toEqual(["4", "</s>"]);
});

test("a trainer's resolved configuration says which steps share a rollout", async () => {
  const resolved = {
    ...config,
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 1,
    steps_per_generation: 2,
    generation_batch_size: 4,
    // Beyond what the page trains with, and of no meaning here.
    max_completion_length: 100_000,
  };
  const lines = [1, 2, 3].flatMap((step) => [row(step), row(step)]);
  const { records } = await logToRecording(
    device,
    read([{ config: resolved }, ...lines]),
    () => {},
  );
  expect(records.map(({ generation, innerStep }) => [generation, innerStep])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ]);
});

test("advantages follow from rewards where the log has none", async () => {
  const given = [1, 0, 0.5, 0.5].map((accuracy, i) =>
    row(1, { advantage: null, rewards: { accuracy }, prompt: `prompt ${i >> 1}` }),
  );
  const { records } = await logToRecording(device, read([{ config }, ...given]), () => {});
  const expected = 0.5 / (Math.SQRT1_2 + 1e-4);
  [expected, -expected, 0, 0].forEach((value, i) =>
    expect(records[0]?.advantage[i]).toBeCloseTo(value, 5),
  );
  await expect(
    logToRecording(device, read([{ config }, ...given.slice(1)]), () => {}),
  ).rejects.toThrow("no whole groups of num_generations (2)");
});
