import type { GRPOConfig } from "../config/types.ts";
import { recordToJson, type StepRecord } from "../record/record.ts";

// A record says many things twice: ratios follow from log-ratios, coefficients from ratios and
// advantages, and so on. A recording leaves out what follows from the rest, so that it can hold
// whole generations in little space. What a record holds that does not follow stays in it.

type Plain = Record<string, unknown>;

/** Beyond this, relative to the largest magnitude, an array does not follow and is kept. */
const AGREES = 1e-5;

/** What follows from the rest of a record, by the name of its field. */
const DERIVED = [
  "logp",
  "logpSampled",
  "tokenRatio",
  "sequenceRatio",
  "tokenCoefficient",
  "sequenceCoefficient",
  "coefficient",
] as const;

/**
 * The plain form of a record without what follows from the rest, and with no entries beyond the
 * rows' ends. `config` and `metrics` are left to the recording.
 */
export function compactRecord(record: StepRecord): Plain {
  const { config: _, metrics: __, gradient: ___, ...json } = recordToJson(record);
  const followed = derive(record);
  for (const name of DERIVED) {
    if (agrees(record[name], followed[name])) delete json[name];
  }
  const slope = slopes(record);
  const steps = gradientOf(record, record.coefficient, slope);
  const gradient = agrees(record.gradient, steps)
    ? { slope: [...slope] }
    : { gradient: nested(record.gradient, record) };
  if (record.mask.every((counts, i) => counts === (inside(record, i) ? 1 : 0))) delete json.mask;
  const ragged = Object.entries(json).map(([name, value]): [string, unknown] => [
    name,
    Array.isArray(value) && value.length === record.rows && value.every(Array.isArray)
      ? value.map((row: unknown[], at) => row.slice(0, record.length[at]))
      : value,
  ]);
  return { ...Object.fromEntries(ragged), ...gradient };
}

/** A record's typed arrays as far as its compact form holds them. */
export type PartRecord = Omit<
  StepRecord,
  (typeof DERIVED)[number] | "mask" | "gradient" | "config" | "metrics"
> &
  Partial<Pick<StepRecord, (typeof DERIVED)[number] | "mask" | "gradient">> & {
    /** gradient / coefficient of each row, where the gradient is left out. */
    slope?: Float32Array;
    config: Readonly<GRPOConfig>;
    metrics: Readonly<Record<string, number>>;
  };

/** The whole record: what was left out is computed from the rest. */
export function wholeRecord(part: PartRecord): StepRecord {
  const { slope, ...rest } = part;
  const { rows, columns } = part;
  const mask =
    part.mask ?? Uint32Array.from({ length: rows * columns }, (_, i) => (inside(part, i) ? 1 : 0));
  const followed = derive({ ...part, mask });
  const kept = Object.fromEntries(
    DERIVED.map((name) => [name, part[name] ?? followed[name]]),
  ) as Pick<StepRecord, (typeof DERIVED)[number]>;
  const gradient =
    part.gradient ?? gradientOf(part, kept.coefficient, slope ?? new Float32Array(rows));
  return { ...rest, ...kept, mask, gradient };
}

const inside = ({ columns, length }: Pick<StepRecord, "columns" | "length">, i: number): boolean =>
  i % columns < length[Math.floor(i / columns)]!;

type Base = Pick<
  StepRecord,
  | "rows"
  | "columns"
  | "level"
  | "mask"
  | "logpOld"
  | "logRatio"
  | "advantage"
  | "tokenClipped"
  | "sequenceClipped"
>;

function derive(base: Base): Pick<StepRecord, (typeof DERIVED)[number]> {
  const { rows, columns, mask, advantage, logRatio } = base;
  const empty = () => new Float32Array(rows * columns);
  const [logp, tokenRatio, tokenCoefficient, coefficient] = [empty(), empty(), empty(), empty()];
  const sequenceRatio = new Float32Array(rows);
  const sequenceCoefficient = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const A = advantage[row]!;
    let [sum, count] = [0, 0];
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (!mask[i]) continue;
      sum += logRatio[i]!;
      count++;
    }
    sequenceRatio[row] = Math.exp(sum / Math.max(1, count));
    sequenceCoefficient[row] = base.sequenceClipped[row] ? 0 : sequenceRatio[row]! * A;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (!mask[i]) continue;
      logp[i] = base.logpOld[i]! + logRatio[i]!;
      tokenRatio[i] = Math.exp(logRatio[i]!);
      tokenCoefficient[i] = base.tokenClipped[i] ? 0 : tokenRatio[i]! * A;
      coefficient[i] = base.level === "token" ? tokenCoefficient[i]! : sequenceCoefficient[row]!;
    }
  }
  return {
    logp,
    logpSampled: base.logpOld,
    tokenRatio,
    sequenceRatio,
    tokenCoefficient,
    sequenceCoefficient,
    coefficient,
  };
}

/** gradient / coefficient of each row: the normaliser, where no KL term and no soft clip is in it. */
const slopes = ({ rows, columns, coefficient, gradient }: StepRecord): Float32Array =>
  Float32Array.from({ length: rows }, (_, row) => {
    let widest = row * columns;
    for (let i = widest; i < (row + 1) * columns; i++) {
      if (Math.abs(coefficient[i]!) > Math.abs(coefficient[widest]!)) widest = i;
    }
    return coefficient[widest] === 0 ? 0 : gradient[widest]! / coefficient[widest]!;
  });

const gradientOf = (
  { columns }: Pick<StepRecord, "columns">,
  coefficient: Float32Array,
  slope: Float32Array,
): Float32Array => coefficient.map((value, i) => value * slope[Math.floor(i / columns)]!);

function agrees(held: Float32Array, followed: Float32Array): boolean {
  const scale = held.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return held.every((value, i) => Math.abs(value - followed[i]!) <= AGREES * scale);
}

const nested = (flat: Float32Array, { rows, columns, length }: StepRecord): number[][] =>
  Array.from({ length: rows }, (_, row) => [
    ...flat.subarray(row * columns, row * columns + length[row]!),
  ]);
