import type { Selection } from "../../analysis/selection.ts";
import { type Asked, markKey } from "../../store/lesson/asked.ts";

/** What a mark says: a guess while the question is open, then what became of it. */
export type MarkVerdict = "guess" | "hit" | "wrong" | "missed";

/** What stands on a cell, or on its row; null: nothing. */
export function verdictOn(asked: Asked | null, at: Selection): MarkVerdict | null {
  const key = asked && markKey(asked, at);
  if (asked === null || key === null) return null;
  const { marked, right } = asked;
  const has = marked.has(key);
  if (right === null) return has ? "guess" : null;
  if (right.has(key)) return has ? "hit" : "missed";
  return has ? "wrong" : null;
}

/** The sign tells them apart; colour only repeats it. */
export const VERDICT_SIGNS: Readonly<Record<MarkVerdict, string>> = {
  guess: "?",
  hit: "✓",
  wrong: "✕",
  missed: "!",
};

/** The same in words, for a cell's name. */
export const VERDICT_WORDS: Readonly<Record<MarkVerdict, string>> = {
  guess: "marked",
  hit: "marked, right",
  wrong: "marked, wrong",
  missed: "not marked, missed",
};
