import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { clipLevelOf, type StepRecord } from "../../../src/record/record.ts";
import { parsePythonJson } from "../../../src/runs/logs/log-json.ts";
import { lossParts, meetsLoss } from "../../../src/analysis/recombine.ts";
import { createLogReader } from "../../../src/runs/logs/training-log.ts";
import { logToRecording } from "../../../src/runs/logs/log-run.ts";
import { openDevice } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

/** What the kernels compute of a step's log-probs; the rest of the trainer's metrics is taken over. */
const COMPUTED =
  /^(loss|policy_loss|kl|entropy|clip_ratio\/.*|cispo_clip_ratio|vespo\/phi_seq_mean)$/;

interface Line {
  step: number;
  metrics?: Record<string, number | null>;
}

test.each([
  ["eval-truncated", 8],
  ["tools-dapo", 7],
  ["sampler", 7],
  ["two", 9],
  ["two-top-entropy", 8],
  ["two-empty", 7],
  ["sampler-unscored", 7],
  ["sequence-token", 8],
])("every step of a real trainer's log is the trainer's own: %s", async (name, metrics) => {
  const text = readFileSync(
    new URL(`../../fixtures/trl-logs/${name}.jsonl`, import.meta.url),
    "utf8",
  );
  const reader = createLogReader();
  reader.push(text);
  const { reports, records, notes } = await logToRecording(device, reader.finish(), () => {});
  const logged = text
    .trim()
    .split("\n")
    .map((line) => parsePythonJson(line) as Line)
    .filter((line) => line.metrics?.loss !== undefined);
  expect(logged).toHaveLength(4);
  expect(reports.map(({ step }) => step)).toEqual(logged.map(({ step }) => step));
  for (const [i, { metrics: own = {} }] of logged.entries()) {
    const compared = Object.entries(own).filter(([metric]) => COMPUTED.test(metric));
    expect(compared).toHaveLength(metrics);
    for (const [metric, value] of compared) {
      expect(reports[i]!.metrics[metric], `${metric} at step ${i + 1}`).toBeCloseTo(value!, 5);
    }
    expect(reports[i]!.metrics).toMatchObject({ grad_norm: own.grad_norm });
  }
  // The equation takes the loss apart row by row. A sampler's ratio is in no record, which it says.
  const apart = records.flatMap((record) => {
    const parts = lossParts(record, clipLevelOf(record.level));
    return parts ? [{ record, parts }] : [];
  });
  const sampled = name.startsWith("sampler");
  for (const { record, parts } of sampled ? [] : apart) {
    expect(parts.loss).toBeCloseTo(record.metrics.loss!, 5);
  }
  expect(apart.every(({ record, parts }) => meetsLoss(record, parts))).toBe(!sampled);
  expect(notes[0]).toMatch(/^The loss is the trainer's own at all 4 steps that it logged/);
  expect(records[0]?.rewardNames).toEqual(["exact", "positions", "ends"]);
  // What the name promises is in it: rows without a token that counts.
  expect(hasEmptyRow(records)).toBe(["eval-truncated", "two", "two-empty"].includes(name));
});

const hasEmptyRow = (records: readonly StepRecord[]): boolean =>
  records.some(({ mask, rows, columns }) =>
    Array.from({ length: rows }, (_, row) => row).some(
      (row) => !mask.subarray(row * columns, (row + 1) * columns).includes(1),
    ),
  );
