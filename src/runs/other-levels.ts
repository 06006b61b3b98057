import { otherLevel, type Level } from "../config/types.ts";
import type { Counterfactual, VirtualStep } from "../engine/training/counterfactual.ts";
import type { StepRecord } from "../record/record.ts";

// What the other level would have done in the steps of a recording: taken when it was recorded, for
// only then its weights were there. Coefficients are not in it: the records have both levels'.

/** A virtual step as it is written: log π changes of each row up to its end. */
interface Written {
  loss: number;
  gradNorm: number;
  deltaLogp: readonly (readonly number[])[];
}

interface WrittenStep {
  arm: string;
  step: number;
  cosine: number;
  own: Written;
  other: Written;
}

/** JSON text of what was taken at the records' steps; numbers have `digits` significant digits. */
export function otherLevelsToJson(
  found: readonly Counterfactual[],
  records: readonly StepRecord[],
  digits: number,
): string {
  const steps = found.map(({ arm, step, cosine, own, other }): WrittenStep => {
    const record = recordAt(records, arm, step);
    const written = ({ loss, gradNorm, deltaLogp }: VirtualStep): Written => ({
      loss,
      gradNorm,
      deltaLogp: rowsOf(deltaLogp, record),
    });
    return { arm, step, cosine, own: written(own), other: written(other) };
  });
  return JSON.stringify({ steps }, (_, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value)
      ? Number(value.toPrecision(digits))
      : value,
  );
}

/**
 * What the other level would have done, from the text and the records that it belongs to.
 *
 * @throws Error for a step that no record is of, or whose loss is not the record's.
 */
export function parseOtherLevels(text: string, records: readonly StepRecord[]): Counterfactual[] {
  const { steps } = JSON.parse(text) as { steps: readonly WrittenStep[] };
  return steps.map(({ arm, step, cosine, own, other }) => {
    const record = recordAt(records, arm, step);
    const { rows, columns, level, metrics } = record;
    const off = Math.abs(own.loss - (metrics.loss ?? Number.NaN));
    if (!(off <= SAME_LOSS)) {
      throw new Error(
        `step ${step} of arm ${arm} is of another recording: its loss is ${own.loss}`,
      );
    }
    const virtual = (at: Level, { loss, gradNorm, deltaLogp }: Written): VirtualStep => ({
      level: at,
      loss,
      gradNorm,
      coefficient: coefficientAt(record, at),
      deltaLogp: whole(deltaLogp, record),
    });
    const facts = { arm, step, rows, columns, cosine };
    return { ...facts, own: virtual(level, own), other: virtual(otherLevel(level), other) };
  });
}

/** Losses are written in five digits or more. */
const SAME_LOSS = 1e-4;

function recordAt(records: readonly StepRecord[], arm: string, step: number): StepRecord {
  const found = records.find((record) => record.arm === arm && record.step === step);
  if (found === undefined) throw new Error(`no record is of step ${step} of arm ${arm}`);
  return found;
}

const rowsOf = (values: Float32Array, { rows, columns, length }: StepRecord): number[][] =>
  Array.from({ length: rows }, (_, row) => [
    ...values.subarray(row * columns, row * columns + length[row]!),
  ]);

function whole(rows: readonly (readonly number[])[], { columns }: StepRecord): Float32Array {
  const values = new Float32Array(rows.length * columns);
  rows.forEach((row, at) => values.set(row, at * columns));
  return values;
}

/** What a level puts on ∇log π of each token. [row][token] */
function coefficientAt(record: StepRecord, level: Level): Float32Array {
  if (level === record.level) return record.coefficient;
  if (level === "token") return record.tokenCoefficient;
  const { columns, mask, sequenceCoefficient } = record;
  return Float32Array.from(mask, (counts, i) =>
    counts ? sequenceCoefficient[Math.floor(i / columns)]! : 0,
  );
}
