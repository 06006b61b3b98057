import { expect, test } from "vitest";
import type { StepRecord } from "../../../src/record/record.ts";
import { rolloutOf } from "../../../src/store/screen/shown.ts";
import { makeRecord } from "../../support/make-record.ts";

const record = (generation: number, innerStep: number, tokens?: Uint32Array): StepRecord => {
  const plain = makeRecord();
  return { ...plain, arm: "token", generation, innerStep, tokens: tokens ?? plain.tokens };
};
const kept = (...records: StepRecord[]) =>
  records.map((each, i) => ({
    step: i + 1,
    generation: each.generation,
    innerStep: each.innerStep,
    bytes: 0,
    records: { token: each },
  }));

test("a rollout that is gone through whole has its rows at every inner step", () => {
  const [before, first, second] = [record(0, 3), record(1, 0), record(1, 1)];
  expect(rolloutOf(kept(before, first, second), second)).toEqual([first, second]);
});

test("mini-batches hold other rows: the record is alone", () => {
  const first = record(1, 0);
  const second = record(
    1,
    1,
    first.tokens.map((token) => token + 1),
  );
  expect(rolloutOf(kept(first, second), second)).toEqual([second]);
});
