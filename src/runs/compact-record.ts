import type { Quantities, QuantityWith } from "../record/fields.ts";
import { MATRICES, namesWith } from "../record/quantities.ts";
import { recordToJson, type StepRecord } from "../record/record.ts";

// A record says many things twice: ratios follow from log-ratios, coefficients from ratios and
// advantages, and so on. A recording leaves out what follows from the rest, so that it can hold
// whole generations in little space. What a record holds that does not follow stays in it.

type Plain = Record<string, unknown>;

/** Beyond this, relative to the largest magnitude, an array does not follow and is kept. */
const AGREES = 1e-5;

/** What follows from the rest of a record. */
type Followed = QuantityWith<{ compact: "follows" }>;
const FOLLOWED = namesWith({ compact: "follows" });

/**
 * The plain form of a record without what follows from the rest, and with no entries beyond the
 * rows' ends. `config` and `metrics` are left to the recording.
 */
export function compactRecord(record: StepRecord): Plain {
  const { config: _, metrics: __, gradient: ___, ...json } = recordToJson(record);
  const followed = derive(record, record.mask);
  for (const name of FOLLOWED) {
    if (agrees(record[name], followed[name])) delete json[name];
  }
  const slope = slopes(record);
  const steps = gradientOf(record, record.coefficient, slope);
  const gradient = agrees(record.gradient, steps)
    ? { slope: [...slope] }
    : { gradient: nested(record.gradient, record) };
  for (const name of MATRICES) {
    const matrix = json[name];
    if (!Array.isArray(matrix)) continue;
    json[name] = matrix.map((row: unknown[], at) => row.slice(0, record.length[at]));
  }
  return { ...json, ...gradient };
}

/** What a compact form may lack of a record's quantities. */
type Left = QuantityWith<{ compact: "follows" | "slope" }>;
/** A record's quantities as far as its compact form holds them. */
export type PartQuantities = Omit<Quantities, Left> & Partial<Pick<Quantities, Left>>;
type PartRecord = Omit<StepRecord, Left> &
  PartQuantities & {
    /** gradient / coefficient of each row, where the gradient is left out. */
    slope?: Float32Array;
  };

/** The whole record: what was left out is computed from the rest. */
export function wholeRecord(part: PartRecord): StepRecord {
  const { slope, ...rest } = part;
  const followed = derive(part, part.mask);
  const kept = Object.fromEntries(
    FOLLOWED.map((name) => [name, part[name] ?? followed[name]]),
  ) as Pick<Quantities, Followed>;
  const gradient =
    part.gradient ?? gradientOf(part, kept.coefficient, slope ?? new Float32Array(part.rows));
  return { ...rest, ...kept, gradient };
}

/** 1 up to the rows' ends. */
const wholeRows = ({ rows, columns, length }: Base): Uint32Array =>
  Uint32Array.from({ length: rows * columns }, (_, i) =>
    i % columns < length[Math.floor(i / columns)]! ? 1 : 0,
  );

type Base = Pick<
  StepRecord,
  | "rows"
  | "columns"
  | "level"
  | "length"
  | "logpOld"
  | "logRatio"
  | "advantage"
  | "tokenClipped"
  | "sequenceClipped"
>;

/** `held`: the mask, where it does not follow. */
function derive(base: Base, held: Uint32Array | undefined): Pick<Quantities, Followed> {
  const { rows, columns, advantage, logRatio } = base;
  const whole = wholeRows(base);
  const mask = held ?? whole;
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
    mask: whole,
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

type Numbers = Float32Array | Uint32Array;

function agrees(held: Numbers, followed: Numbers): boolean {
  let scale = 1e-30;
  for (const value of held) scale = Math.max(scale, Math.abs(value));
  return held.every((value, i) => Math.abs(value - followed[i]!) <= AGREES * scale);
}

const nested = (flat: Float32Array, { rows, columns, length }: StepRecord): number[][] =>
  Array.from({ length: rows }, (_, row) => [
    ...flat.subarray(row * columns, row * columns + length[row]!),
  ]);
