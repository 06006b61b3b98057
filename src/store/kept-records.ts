import type { StepRecord } from "../engine/record.ts";

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
 * loses every second step, again until it fits; the newest step always stays.
 */
export function keepRecords(
  kept: readonly KeptStep[],
  records: readonly StepRecord[],
  limit = RECORD_BYTES_LIMIT,
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
      steps.splice(at + 1, 0, { ...fresh, bytes: recordBytes(record) });
    }
  }
  while (steps.length > 1 && totalBytes(steps) > limit) {
    const half = Math.max(2, Math.floor(steps.length / 2));
    steps = steps.filter((_, index) => index >= half || index % 2 === 1);
  }
  return steps;
}

function withRecord(kept: KeptStep, record: StepRecord): KeptStep {
  const records = { ...kept.records, [record.arm]: record };
  return { ...kept, records, bytes: Object.values(records).reduce(sumBytes, 0) };
}

const sumBytes = (sum: number, record: StepRecord): number => sum + recordBytes(record);

const totalBytes = (steps: readonly KeptStep[]): number =>
  steps.reduce((sum, { bytes }) => sum + bytes, 0);

/** Bytes of a record's arrays; strings count two bytes a character. */
export function recordBytes(record: StepRecord): number {
  let bytes = 0;
  const add = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) bytes += value.byteLength;
    else if (typeof value === "string") bytes += 2 * value.length;
    else if (typeof value === "number") bytes += 8;
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(add);
  };
  add(record);
  return bytes;
}

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
