import type { StepRecord } from "../record/record.ts";
import { narrate } from "./narrate.ts";
import { type GroupChoice, groupsOf, shownRows } from "./rows.ts";
import type { slideParts } from "./slide-parts.ts";
import type { Stage } from "./stage.ts";

/** What stays lit while everything else on the presenter's page is dimmed. */
export type Lit = "figures" | "figure-3" | "figure-4" | "row" | "rewards";

/** One thing that a lecturer shows of a rollout: where, what of it, and one sentence. */
export interface Slide {
  id: keyof typeof slideParts;
  title: string;
  /** The rollout's first inner step or its last. */
  k: "first" | "last";
  stage: Stage;
  lit: Lit;
}

/** In the order of a lecture. */
export const SLIDES: readonly Slide[] = [
  { id: "same", title: "Before the first update", k: "first", stage: 2, lit: "figures" },
  { id: "moved", title: "After the updates", k: "last", stage: 2, lit: "figures" },
  { id: "token", title: "GRPO clips tokens", k: "last", stage: 4, lit: "figure-3" },
  { id: "sequence", title: "GSPO clips rows", k: "last", stage: 4, lit: "figure-4" },
  { id: "row", title: "One row", k: "last", stage: 2, lit: "row" },
  { id: "push", title: "What is left of the push", k: "last", stage: 5, lit: "figures" },
  { id: "learns", title: "What it comes to", k: "last", stage: 4, lit: "rewards" },
];

/** A slide on the records of one rollout. */
export interface SlideFrame {
  record: StepRecord;
  /** A prompt's number, so that all slides show the same rows; else as the reader chose. */
  group: GroupChoice;
  /** The row that a slide is about; null: all in view. */
  row: number | null;
}

/**
 * Where a slide stands in a rollout; `records`: one arm's, of one generation, at least one, in order
 * of k. The last inner step, where ratios moved the furthest, chooses the prompt for all slides.
 */
export function frameOf(
  slide: Slide,
  records: readonly StepRecord[],
  chosen: GroupChoice,
): SlideFrame {
  const last = records.at(-1)!;
  const record = slide.k === "first" ? records[0]! : last;
  const told = shownRows(last, chosen);
  // Mini-batches of other rows may have nothing of that prompt.
  const group = groupsOf(record).some((each) => each === told.group) ? told.group : chosen;
  if (slide.lit !== "row") return { record, group, row: null };
  const { rows } = shownRows(record, group);
  return { record, group, row: narrate(record, rows).row ?? furthest(record, rows) };
}

/** The row whose token ratios reach the furthest from 1. */
function furthest(record: StepRecord, rows: readonly number[]): number {
  const reach = (row: number): number =>
    record.logRatio
      .subarray(row * record.columns, (row + 1) * record.columns)
      .reduce(
        (most, value, t) =>
          record.mask[row * record.columns + t] ? Math.max(most, Math.abs(value)) : most,
        0,
      );
  return rows.reduce((best, row) => (reach(row) > reach(best) ? row : best), rows[0] ?? 0);
}
