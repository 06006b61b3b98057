import { expect, test } from "vitest";
import type { StepRecord } from "../../src/record/record.ts";
import { RecordShare } from "../../src/worker/record-share.ts";

const MIB = 2 ** 20;

/** Records of a step, three quarters of what a second of training allows. */
const of = (step: number, generation: number): readonly StepRecord[] => [
  { step, generation, logp: new Float32Array((0.75 * MIB) / 4) } as StepRecord,
];

const steps = (share: RecordShare): number[] => share.take().map(({ step }) => step);

test("whole generations are stored or none of one, and training time allows more", () => {
  const share = new RecordShare("run");
  for (const step of [1, 2, 3]) share.stepped(0, of(step, 0));
  // All of it, though its second step was beyond what is allowed; the next one pays for it.
  expect(steps(share)).toEqual([1, 2, 3]);
  for (const step of [4, 5]) share.stepped(1, of(step, 1));
  expect(steps(share)).toEqual([]);
  share.trained(1000);
  share.stepped(2, of(6, 2));
  expect(steps(share)).toEqual([]);
  share.trained(1000);
  share.stepped(3, of(7, 3));
  expect(steps(share)).toEqual([7]);
});

test("a generation that begins without records is left out, though some come later", () => {
  const share = new RecordShare("run");
  share.stepped(0, []);
  share.stepped(0, of(2, 0));
  expect(steps(share)).toEqual([]);
});

test("the step that training stands still at is stored in any case, once", () => {
  const share = new RecordShare("run");
  share.stepped(0, []);
  share.stepped(0, of(2, 0));
  share.standStill();
  expect(steps(share)).toEqual([2]);
  share.standStill();
  expect(steps(share)).toEqual([]);
});
