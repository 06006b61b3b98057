import type { Selection } from "../../analysis/selection.ts";
import { useView } from "../view/view.ts";
import { markKey, useAsked } from "./asked.ts";
import { choose, progressOf } from "./progress.ts";

/** Marks a cell, or its row, as an answer; a second press takes the mark away. Null: done marking. */
export function mark(at: Selection | null): void {
  const { asked } = useAsked.getState();
  const { lesson } = useView.getState();
  if (asked === null || lesson === null) return;
  if (at === null) {
    backToQuestion();
    return;
  }
  const key = markKey(asked, at);
  if (key === null) return;
  const { answer } = progressOf(lesson);
  const before = typeof answer === "object" && answer !== null ? answer.map(String) : [];
  const now = before.includes(key) ? before.filter((each) => each !== key) : [...before, key];
  choose(lesson, asked.marks === "rows" ? now.map(Number) : now);
}

let backToQuestion: () => void = () => undefined;

/** Escape in the figure goes there. */
export function whenMarked(then: () => void): void {
  backToQuestion = then;
}
