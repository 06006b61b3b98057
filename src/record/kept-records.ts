import { byteSize } from "../base/byte-size.ts";
import type { StepRecord } from "./record.ts";
import { thinnedOut } from "./thinned.ts";

/** The records of all arms at one optimizer step. */
export interface KeptStep {
  step: number;
  generation: number;
  innerStep: number;
  records: Readonly<Record<string, StepRecord>>;
  bytes: number;
}

/** Memory for the records that the step slider reaches. */
export const RECORD_BYTES_LIMIT = 64 * 2 ** 20;

/**
 * The kept steps with the records added, in order of step. Beyond `limit` bytes the older half
 * loses every second generation, again until it fits: whole generations, so that the inner steps
 * of one stay together. The newest step and the generation of step `pinned` always stay.
 */
export function keepRecords(
  kept: readonly KeptStep[],
  records: readonly StepRecord[],
  limit = RECORD_BYTES_LIMIT,
  pinned: number | null = null,
): readonly KeptStep[] {
  if (records.length === 0) return kept;
  let steps = [...kept];
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
  const held = pinned === null ? undefined : nearestKept(steps, pinned)?.generation;
  while (totalBytes(steps) > limit) {
    const thinned = thin(steps, held);
    if (thinned.length === steps.length) break;
    steps = thinned;
  }
  return steps;
}

function thin(steps: readonly KeptStep[], held: number | undefined): KeptStep[] {
  const generations = [...new Set(steps.map(({ generation }) => generation))];
  const gone = thinnedOut(generations, held);
  if (gone.size > 0) return steps.filter(({ generation }) => !gone.has(generation));
  // One generation alone is too large: its oldest step goes.
  return steps.length > 1 ? steps.slice(1) : [...steps];
}

function withRecord(kept: KeptStep, record: StepRecord): KeptStep {
  const records = { ...kept.records, [record.arm]: record };
  return { ...kept, records, bytes: Object.values(records).reduce(sumBytes, 0) };
}

const sumBytes = (sum: number, record: StepRecord): number => sum + byteSize(record);

/** Bytes of all kept records. */
export const totalBytes = (steps: readonly KeptStep[]): number =>
  steps.reduce((sum, { bytes }) => sum + bytes, 0);

/** The kept step nearest to `step` (the earlier of two), or the newest when `step` is null. */
export function nearestKept(kept: readonly KeptStep[], step: number | null): KeptStep | undefined {
  if (step === null) return kept.at(-1);
  return kept.reduce<KeptStep | undefined>(
    (best, candidate) =>
      best === undefined || Math.abs(candidate.step - step) < Math.abs(best.step - step)
        ? candidate
        : best,
    undefined,
  );
}
