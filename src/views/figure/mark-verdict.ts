import type { Asked } from "../../store/lesson/asked.ts";

/** What a mark says: a guess while the question is open, then what became of it. */
export type MarkVerdict = "guess" | "hit" | "wrong" | "missed";

/** What stands at a key; null: nothing. */
export function verdictAt({ marked, right }: Asked, key: string): MarkVerdict | null {
  const has = marked.has(key);
  if (right === null) return has ? "guess" : null;
  if (right.has(key)) return has ? "hit" : "missed";
  return has ? "wrong" : null;
}

/** The same in words, for a cell's name. */
export const VERDICT_WORDS: Readonly<Record<MarkVerdict, string>> = {
  guess: "marked",
  hit: "marked, right",
  wrong: "marked, wrong",
  missed: "not marked, missed",
};
