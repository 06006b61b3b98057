import { create } from "zustand";
import type { Selection } from "../../analysis/selection.ts";
import type { Stage } from "../../analysis/stage.ts";

/** What an open question, or its answer, asks of the figures. */
export interface Asked {
  /** What a press on a cell marks: the cell, its row, or nothing. */
  marks: "cells" | "rows" | null;
  /** Rows that can be marked. */
  rows: readonly number[];
  /** Marked by the reader: "row-token" of cells, "row" of rows. */
  marked: ReadonlySet<string>;
  /** What should be marked; null while the question is open, and its answer covered. */
  right: ReadonlySet<string> | null;
  /** The row's one ratio is what is asked for. */
  hidesRatio: boolean;
}

/** The question that the figures take part in; null: they are as always. */
export const useAsked = create<{ asked: Asked | null }>(() => ({ asked: null }));

/** Whether clip verdicts are what the reader is to predict. */
export const covers = (asked: Asked | null): boolean => asked !== null && asked.right === null;

/** The same for a view of what would tell the answer. */
export const useCovered = (): boolean => useAsked(({ asked }) => covers(asked));

/** The stage that is drawn: what clipping leaves tells the answer, grey where it took all. */
export const shownStage = (asked: Asked | null, stage: Stage): Stage =>
  covers(asked) && stage > 3 ? 3 : stage;

/** Whether a press marks, rather than pins. */
export const takesMarks = (asked: Asked | null): boolean =>
  asked !== null && asked.right === null && asked.marks !== null;

/**
 * What is asked of one of the figures: once it is answered, marks stand where they are about, which
 * is tokens in Figure 3 and rows in Figure 4. While it is asked a press is answered where it is made.
 */
export const askedOf = (asked: Asked | null, figure: 3 | 4): Asked | null =>
  asked === null || covers(asked) || (asked.marks === "cells") === (figure === 3)
    ? asked
    : { ...asked, marks: null };

/** The key of what a press on a cell marks; null where nothing can be marked. */
export const markKey = (
  { marks, rows }: Pick<Asked, "marks" | "rows">,
  { row, token }: Selection,
): string | null =>
  marks === null || !rows.includes(row) ? null : marks === "cells" ? `${row}-${token}` : `${row}`;
