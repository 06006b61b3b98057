import * as format from "../analysis/format.ts";
import { rowName } from "../analysis/selection.ts";
import type { Answer, Question } from "./lesson.ts";

/** Whether an answer is an answer to a question of this kind at all. */
export const isAnswerTo = ({ kind }: Question, answer: Answer | null): answer is Answer =>
  answer !== null && (kind === "choose" || kind === "place") === (typeof answer === "number");

/** Whether the reader was right. */
export function isRight(question: Question, answer: Answer): boolean {
  switch (question.kind) {
    case "choose":
      return answer === question.right;
    case "place":
      return (
        typeof answer === "number" &&
        Math.abs(Math.log(answer) - Math.log(question.right)) <= question.within
      );
    case "cells":
    case "rows":
      return sameSet(question.right, answer);
    default:
      return question satisfies never;
  }
}

const sameSet = (right: readonly (string | number)[], answer: Answer): boolean =>
  typeof answer !== "number" &&
  answer.length === right.length &&
  right.every((each) => answer.some((given) => given === each));

/** The right answer to a question. */
export const rightAnswer = ({ right }: Question): Answer => right;

/** An answer in words: "row 1, token 4", "0.987", an option's text. */
export function answerText(question: Question, answer: Answer): string {
  switch (question.kind) {
    case "choose":
      return typeof answer === "number" ? (question.options[answer] ?? "") : "";
    case "place":
      return typeof answer === "number" ? format.ratio(answer) : "";
    case "cells":
      return listed(answer, cellName, "no token");
    case "rows":
      return listed(answer, (row) => `row ${rowName(Number(row))}`, "no row");
    default:
      return question satisfies never;
  }
}

/** "row 1, token 4" of a cell's key. */
export function cellName(key: string | number): string {
  const [row = 0, token = 0] = String(key).split("-").map(Number);
  return `row ${rowName(row)}, token ${token + 1}`;
}

function listed(answer: Answer, name: (each: string | number) => string, none: string): string {
  if (typeof answer === "number") return "";
  return answer.length === 0 ? none : [...answer].map(name).join("; ");
}
