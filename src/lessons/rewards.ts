import type { Material } from "./lesson.ts";

/** An arm's mean reward of each rollout, in order. */
export const rolloutRewards = ({ history }: Material, arm: string): number[] =>
  history
    .filter(({ innerStep }) => innerStep === 0)
    .map(({ metrics }) => metrics[arm]?.reward ?? Number.NaN)
    .filter(Number.isFinite);
