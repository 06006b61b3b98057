import { UserError } from "../base/user-error.ts";
import type { RewardFunction, Sample, Task } from "./task.ts";

/**
 * A reward as a plain function of token texts, without end-of-sequence and padding; `sample` says the
 * same and whether the completion ended by itself. It gives a finite number, or null where it does
 * not apply (TRL: None). The function's name is the reward's.
 */
export type Reward = (
  prompt: readonly string[],
  completion: readonly string[],
  sample: Sample,
) => number | null;

/**
 * The task with these rewards in place of its own: names of the task's own ones, functions, or
 * rewards with name and help. Each weighs 1, as in TRL, where `reward_weights` of the configuration
 * says nothing else.
 *
 * @throws UserError for a name that the task has not, and for a function without a name.
 */
export function withRewards(
  task: Task,
  rewards: readonly (string | Reward | RewardFunction)[],
): Task {
  const resolved = rewards.map((reward) => {
    if (typeof reward === "string") return ownReward(task, reward);
    return typeof reward === "function" ? named(reward) : reward;
  });
  return { ...task, rewards: resolved, rewardWeights: resolved.map(() => 1) };
}

function ownReward({ id, rewards }: Task, name: string): RewardFunction {
  const found = rewards.find((each) => each.name === name);
  if (found) return found;
  throw new UserError(
    `The task ${id} has no reward named "${name}".`,
    `Choose among ${rewards.map((each) => each.name).join(", ")}, or hand in a function.`,
    ["task"],
  );
}

function named(reward: Reward): RewardFunction {
  if (reward.name === "")
    throw new UserError(
      "A reward function has no name, and its metrics are told apart by it.",
      "Give it a name: function shorter(prompt, completion) { … }.",
      ["task"],
    );
  return {
    name: reward.name,
    help: "Handed in as a function.",
    score: (sample) => reward(sample.prompt, sample.completion, sample),
  };
}
