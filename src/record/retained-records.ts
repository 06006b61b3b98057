import { byteSize } from "../base/byte-size.ts";
import type { StepRecord } from "./record.ts";
import { thinnedOut } from "./thinned.ts";

/** The records of all arms at one optimizer step. */
export interface RetainedStep {
  step: number;
  generation: number;
  innerStep: number;
  records: Readonly<Record<string, StepRecord>>;
  bytes: number;
}

/** Memory for the records that the step slider reaches. */
export const RECORD_BYTES = 64 * 2 ** 20;

/**
 * The retained steps with the records added, in order of step. Beyond `limit` bytes the older half
 * loses every second generation, again until it fits: whole generations, so that the inner steps
 * of one stay together. The newest step and the generation of step `pinned` always stay.
 */
export function retainRecords(
  retained: readonly RetainedStep[],
  records: readonly StepRecord[],
  limit = RECORD_BYTES,
  pinned: number | null = null,
): readonly RetainedStep[] {
  if (records.length === 0) return retained;
  let steps = [...retained];
  for (const record of records) {
    const at = steps.findLastIndex(({ step }) => step <= record.step);
    const found = steps[at];
    const { step, generation, innerStep, arm } = record;
    if (found?.step === step) {
      steps[at] = withRecord(found, record);
    } else {
      const fresh = { step, generation, innerStep, records: { [arm]: record } };
      steps.splice(at + 1, 0, { ...fresh, bytes: byteSize(record) });
    }
  }
  const pinnedGeneration = pinned === null ? undefined : nearestRetained(steps, pinned)?.generation;
  while (totalBytes(steps) > limit) {
    const thinned = thin(steps, pinnedGeneration);
    if (thinned.length === steps.length) break;
    steps = thinned;
  }
  return steps;
}

function thin(
  steps: readonly RetainedStep[],
  pinnedGeneration: number | undefined,
): RetainedStep[] {
  const generations = [...new Set(steps.map(({ generation }) => generation))];
  const gone = thinnedOut(generations, pinnedGeneration);
  if (gone.size > 0) return steps.filter(({ generation }) => !gone.has(generation));
  // One generation alone is too large: its oldest step goes.
  return steps.length > 1 ? steps.slice(1) : [...steps];
}

function withRecord(before: RetainedStep, record: StepRecord): RetainedStep {
  const records = { ...before.records, [record.arm]: record };
  return { ...before, records, bytes: Object.values(records).reduce(sumBytes, 0) };
}

const sumBytes = (sum: number, record: StepRecord): number => sum + byteSize(record);

/** Bytes of all retained records. */
export const totalBytes = (steps: readonly RetainedStep[]): number =>
  steps.reduce((sum, { bytes }) => sum + bytes, 0);

/** The retained step nearest to `step` (the earlier of two), or the newest when `step` is null. */
export function nearestRetained(
  retained: readonly RetainedStep[],
  step: number | null,
): RetainedStep | undefined {
  if (step === null) return retained.at(-1);
  return retained.reduce<RetainedStep | undefined>(
    (best, candidate) =>
      best === undefined || Math.abs(candidate.step - step) < Math.abs(best.step - step)
        ? candidate
        : best,
    undefined,
  );
}
