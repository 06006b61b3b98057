import type { Level } from "../config/types.ts";
import type { StepRecord } from "../engine/record.ts";

/** A clip band, 1 − low to 1 + high. */
export interface Band {
  low: number;
  high: number;
}

/** How much of a batch a band clips at a level: tokens at token level, rows at sequence level. */
export interface ClipCount {
  clipped: number;
  total: number;
  unit: "tokens" | "rows";
}

/** The band a configuration stands for; `epsilon_high` null means the same on both sides. */
export const bandOf = (config: { epsilon: number; epsilon_high: number | null }): Band => ({
  low: config.epsilon,
  high: config.epsilon_high ?? config.epsilon,
});

/**
 * What `band` would clip in the record's batch: ratios below 1 − low where A < 0, above 1 + high
 * where A > 0, and what the record's delta cuts off.
 */
export function wouldClip(record: StepRecord, level: Level, band: Band): ClipCount {
  const delta = record.config.delta ?? Infinity;
  let clipped = 0;
  let total = 0;
  eachDecided(record, level, (ratio, advantage) => {
    total++;
    const high = 1 + band.high;
    const up = advantage > 0 && ratio > Math.min(high, delta);
    const down =
      advantage < 0 &&
      (ratio < 1 - band.low || (delta < Infinity && ratio > Math.max(high, delta)));
    if (up || down) clipped++;
  });
  return { clipped, total, unit: level === "token" ? "tokens" : "rows" };
}

/**
 * The band, equal on both sides and rounded to two digits, that clips a share of the batch nearest
 * to `share`; null where the batch holds no ratio that could clip.
 */
export function bandClipping(record: StepRecord, level: Level, share: number): Band | null {
  const distances: number[] = [];
  let total = 0;
  eachDecided(record, level, (ratio, advantage) => {
    total++;
    const distance = advantage < 0 ? 1 - ratio : advantage > 0 ? ratio - 1 : 0;
    if (distance > 0) distances.push(distance);
  });
  distances.sort((a, b) => b - a);
  const wanted = Math.round(share * total);
  const inside = distances[wanted] ?? distances.at(-1);
  if (inside === undefined) return null;
  const outside = distances[wanted - 1] ?? inside * 1.1;
  const epsilon = Number(((inside + outside) / 2).toPrecision(2));
  return { low: epsilon, high: epsilon };
}

/** The ratios that a level clips by, each with the advantage that decides the side. */
function eachDecided(
  { rows, columns, mask, tokenRatio, sequenceRatio, advantage }: StepRecord,
  level: Level,
  take: (ratio: number, advantage: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    const side = advantage[row]!;
    if (level !== "token") {
      if (mask.subarray(at, at + columns).includes(1)) take(sequenceRatio[row]!, side);
      continue;
    }
    for (let i = at; i < at + columns; i++) if (mask[i] === 1) take(tokenRatio[i]!, side);
  }
}
