import type { Answer, ArmAnswers } from "../../src/record/answers.ts";

const RIGHT = ["1", "2", "3"];

/** An answer to "sort 3 1 2 =", given as text; "…" at its end: it did not end. */
export function answer(text: string, reward: number): Answer {
  const completion = [...text.replace("…", "")];
  const ended = !text.endsWith("…");
  return { prompt: ["sort", "3", "1", "2", "="], completion, ended, right: RIGHT, reward };
}

/** An arm's answers after a step, one a prompt. */
export const answered = (arm: string, step: number, ...answers: Answer[]): ArmAnswers => ({
  arm,
  step,
  answers,
});
