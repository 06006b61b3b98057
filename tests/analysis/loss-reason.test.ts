import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printedNumbers } from "../support/printed-numbers.ts";
import { lossReason } from "../../src/analysis/loss-reason.ts";
import { parseRecording } from "../../src/runs/recording.ts";
import { makeRecord } from "../support/make-record.ts";

const recording = parseRecording(
  readFileSync(new URL("../../public/recordings/default.json", import.meta.url), "utf8"),
);

test("the numbers of the sentence add up to the recorded loss, at every step of the recorded run", () => {
  for (const record of recording.records) {
    const { text, moved } = lossReason(record)!;
    const [loss, ...parts] = printedNumbers(text.slice(0, text.indexOf(". ")));
    expect(Math.abs(loss! - record.metrics.loss!)).toBeLessThan(5.1e-5);
    const sum = parts.reduce((total, each) => total + each, 0);
    // Each is rounded to four decimals.
    expect(Math.abs(sum - loss!), text).toBeLessThan(5.1e-5 * (parts.length + 1));
    if (record.innerStep === 0) {
      expect(Math.abs(moved!)).toBeLessThan(1e-6);
      expect(text).toContain("0 from ratios, which are all 1");
    }
    expect(text).toContain(`norm ${record.metrics.grad_norm!.toFixed(3)}.`);
  }
});

test("a step with part of each group says so; a whole one sums to 0", () => {
  const [record] = recording.records;
  const counts = new Map<number, number>();
  for (const group of record!.group) counts.set(group, (counts.get(group) ?? 0) + 1);
  const least = Math.min(...counts.values());
  const config = { ...record!.config, num_generations: least + 4 };
  expect(lossReason({ ...record!, config })!.text).toContain(
    `${least} of the ${least + 4} completions of a prompt`,
  );
  const whole = makeRecord({
    advantage: Float32Array.of(1, -1),
    group: Uint32Array.of(0, 0),
    metrics: { loss: 0, grad_norm: 0.5 },
    tokenRatio: Float32Array.of(1, 1, 1, 1, 1, 0),
  });
  const { text, atOne } = lossReason({
    ...whole,
    config: { ...whole.config, loss_type: "grpo", num_generations: 2, beta: 0 },
  })!;
  expect(atOne).toBeCloseTo(0, 12);
  expect(text).toMatch(/^Loss 0\.0000 is made of 0\.0000 \(/);
  expect(text).toContain("Each group is whole, and its advantages sum to 0");
  expect(text).toContain("Its gradient is not near 0: norm 0.500.");
});

test("nothing is said of a loss that the record does not add up to", () => {
  const [record] = recording.records;
  const wrong = { ...record!.metrics, loss: record!.metrics.loss! + 0.01 };
  expect(lossReason({ ...record!, metrics: wrong })).toBeNull();
});
