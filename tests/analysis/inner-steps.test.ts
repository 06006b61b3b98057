import { expect, test } from "vitest";
import { retainRecords } from "../../src/record/retained-records.ts";
import { innerSteps } from "../../src/store/screen/shown.ts";
import { makeRecord } from "../support/make-record.ts";

const at = (step: number, generation: number, innerStep: number) =>
  makeRecord({ step, generation, innerStep });

test("inner steps that are not kept are told from those to come", () => {
  const kept = retainRecords([], [at(1, 0, 0), at(2, 0, 1)]);
  const found = innerSteps(kept, at(2, 0, 1), 3);
  expect(found.map(({ step, toCome }) => [step, toCome])).toEqual([
    [1, false],
    [2, false],
    [null, true],
  ]);
});

test("the shown record's own inner step is there, though newer ones have replaced it", () => {
  const shown = at(2, 0, 1);
  const kept = retainRecords([], [at(4, 1, 0), at(5, 1, 1)]);
  const found = innerSteps(kept, shown, 3);
  expect(found.map(({ step }) => step)).toEqual([null, 2, null]);
});
