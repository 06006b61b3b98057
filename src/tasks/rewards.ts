import type { RewardFunction, Sample } from "./task.ts";

/** The right completion of a prompt, without end-of-sequence. */
type Answer = (prompt: readonly string[]) => string[];

const same = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((text, i) => text === b[i]);

/** 1 if the completion is the answer and ends there, 0 otherwise. */
export const exact = (answer: Answer): RewardFunction => ({
  name: "exact",
  help: "1 if the completion is exactly right and ends there.",
  score: ({ prompt, completion, ended }: Sample) =>
    ended && same(completion, answer(prompt)) ? 1 : 0,
});

/** Share of positions that hold the right token, over the longer of answer and completion. */
export const positions = (answer: Answer): RewardFunction => ({
  name: "positions",
  help: "Share of positions that hold the right token; tokens too few or too many count as wrong.",
  score({ prompt, completion }: Sample) {
    const right = answer(prompt);
    const hits = right.filter((text, i) => completion[i] === text).length;
    return hits / Math.max(right.length, completion.length);
  },
});

/** 1 if the completion ended by itself, 0 if it ran into the limit. */
export const ends: RewardFunction = {
  name: "ends",
  help: "1 if the completion ends by itself.",
  score: ({ ended }) => (ended ? 1 : 0),
};
