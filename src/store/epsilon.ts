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
 * where A > 0.
 */
export function wouldClip(record: StepRecord, level: Level, band: Band): ClipCount {
  const ratios = decided(record, level);
  const clipped = ratios.filter(
    ({ ratio, advantage }) =>
      (advantage < 0 && ratio < 1 - band.low) || (advantage > 0 && ratio > 1 + band.high),
  ).length;
  return { clipped, total: ratios.length, unit: level === "token" ? "tokens" : "rows" };
}

/**
 * The band, equal on both sides and rounded to two digits, that clips a share of the batch nearest
 * to `share`; null where the batch holds no ratio that could clip.
 */
export function bandClipping(record: StepRecord, level: Level, share: number): Band | null {
  const ratios = decided(record, level);
  const distances = ratios
    .map(({ ratio, advantage }) => (advantage < 0 ? 1 - ratio : advantage > 0 ? ratio - 1 : 0))
    .filter((distance) => distance > 0)
    .sort((a, b) => b - a);
  const wanted = Math.round(share * ratios.length);
  const inside = distances[wanted] ?? distances.at(-1);
  if (inside === undefined) return null;
  const outside = distances[wanted - 1] ?? inside * 1.1;
  const epsilon = Number(((inside + outside) / 2).toPrecision(2));
  return { low: epsilon, high: epsilon };
}

/** The ratios that a level clips by, each with the advantage that decides the side. */
function decided(record: StepRecord, level: Level): { ratio: number; advantage: number }[] {
  const { rows, columns, mask, tokenRatio, sequenceRatio, advantage } = record;
  const found: { ratio: number; advantage: number }[] = [];
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    const side = advantage[row] ?? 0;
    if (level !== "token") {
      const counts = mask.subarray(at, at + columns).some((each) => each === 1);
      if (counts) found.push({ ratio: sequenceRatio[row] ?? 1, advantage: side });
      continue;
    }
    for (let token = at; token < at + columns; token++) {
      if (mask[token] === 1) found.push({ ratio: tokenRatio[token] ?? 1, advantage: side });
    }
  }
  return found;
}
