import { shown } from "../base/shown.ts";
import { UserError } from "../base/user-error.ts";
import { isPicture } from "./picture.ts";
import { type RewardFunction, type Sample, SPECIAL, type Task } from "./task.ts";

/** As in `rewards/{name}/mean`. */
const REWARD_NAME = /^[\w-]+$/;

/**
 * A task that somebody handed in, for prompts of this difficulty. What it states is checked at once;
 * each prompt, demonstration and reward, when it is made.
 *
 * @throws UserError, here or from the task's functions, that says what is wrong with what.
 */
export function checkedTask(task: Task, difficulty: number): Task {
  checkParts(task);
  checkVocabulary(task);
  checkRewards(task);
  checkDifficulty(task);
  const known = new Set(task.vocabulary);
  const length = (name: "maxPromptLength" | "maxCompletionLength", at: number): number => {
    const tokens = task[name](at);
    if (Number.isSafeInteger(tokens) && tokens >= 1) return tokens;
    throw refusal(
      `${name}(${at}) of the task ${task.id} is ${shown(tokens)}; lengths are whole numbers from 1.`,
      "Return the most tokens that there can be at that difficulty.",
    );
  };
  const checkTokens = (what: string, tokens: unknown, most: number): void => {
    if (!Array.isArray(tokens) || tokens.some((token) => typeof token !== "string"))
      throw refusal(`${what} is ${shown(tokens)}.`, "Return an array of token texts.");
    const stranger = tokens.find((token: string) => !known.has(token) && !isPicture(token));
    if (stranger !== undefined)
      throw refusal(
        `${what} has ${shown(stranger)} in it, which is not in the task's vocabulary.`,
        "Add it to the vocabulary, or leave it out.",
      );
    if (tokens.length > most)
      throw refusal(
        `${what} has ${tokens.length} tokens ("${tokens.join(" ")}"); at difficulty ${difficulty} the task states at most ${most}.`,
        "State the length of the longest one, or return a shorter one.",
      );
  };
  return {
    id: task.id,
    title: task.title,
    help: task.help,
    difficulty: task.difficulty,
    vocabulary: task.vocabulary,
    prompt(random, at) {
      const prompt = task.prompt(random, at);
      const what = `A prompt of the task ${task.id}`;
      checkTokens(what, prompt, length("maxPromptLength", at));
      if (prompt.length === 0) throw refusal(`${what} is empty.`, "Return one token or more.");
      return prompt;
    },
    demonstration(prompt) {
      const answer = task.demonstration(prompt);
      // The end-of-sequence comes on top.
      const most = length("maxCompletionLength", difficulty) - 1;
      checkTokens(`The demonstration for "${prompt.join(" ")}"`, answer, most);
      return answer;
    },
    maxPromptLength: (at) => length("maxPromptLength", at),
    maxCompletionLength: (at) => length("maxCompletionLength", at),
    rewards: task.rewards.map(checkedReward),
    rewardWeights: task.rewardWeights,
    ...(task.picture && { picture: task.picture }),
  };
}

/** Who writes JavaScript has no compiler that says so. */
function checkParts(task: Task): void {
  const functions = ["prompt", "demonstration", "maxPromptLength", "maxCompletionLength"] as const;
  const arrays = ["vocabulary", "rewards", "rewardWeights"] as const;
  const refuse = (name: keyof Task, wanted: string) => {
    throw refusal(`${name} of the task ${task.id} is ${shown(task[name])}.`, `Give it ${wanted}.`);
  };
  for (const name of functions) if (typeof task[name] !== "function") refuse(name, "a function");
  for (const name of arrays) if (!Array.isArray(task[name])) refuse(name, "an array");
  const { difficulty, id } = task;
  if (typeof difficulty !== "object" || difficulty === null)
    refuse("difficulty", "an object with label, min, max and default");
  const odd = task.rewards.find((reward: Partial<RewardFunction> | null) => !isReward(reward));
  if (odd !== undefined)
    throw refusal(
      `The task ${id} has ${shown(odd)} among its rewards.`,
      "Give each a name and a function score, or hand functions to withRewards.",
    );
}

const isReward = (reward: Partial<RewardFunction> | null): boolean =>
  typeof reward?.name === "string" && typeof reward.score === "function";

function checkVocabulary({ id, vocabulary }: Task): void {
  if (SPECIAL.some((token, at) => vocabulary[at] !== token)) {
    const [pad, eos, unk] = SPECIAL.map(shown);
    throw refusal(
      `The vocabulary of the task ${id} begins with ${vocabulary.slice(0, 3).map(shown).join(", ")}; token 0 is ${pad}, token 1, which ends a completion, ${eos}, and token 2 ${unk}.`,
      `Put ${pad}, ${eos}, ${unk} before the task's own tokens.`,
    );
  }
  const odd = vocabulary.find((token) => typeof token !== "string" || token === "");
  if (odd !== undefined)
    throw refusal(
      `The vocabulary of the task ${id} has ${shown(odd)} in it.`,
      "Give every token a text.",
    );
  const twice = vocabulary.find((token, at) => vocabulary.indexOf(token) !== at);
  if (twice !== undefined)
    throw refusal(
      `The vocabulary of the task ${id} has ${shown(twice)} twice.`,
      "Give every token a text of its own.",
    );
}

function checkRewards({ id, rewards, rewardWeights }: Task): void {
  if (rewards.length === 0)
    throw refusal(`The task ${id} has no reward function.`, "Give it one or more.");
  const names = rewards.map(({ name }) => name);
  const odd = names.find((name, at) => !REWARD_NAME.test(name) || names.indexOf(name) !== at);
  if (odd !== undefined)
    throw refusal(
      `The task ${id} cannot have a reward named ${shown(odd)} among ${names.map(shown).join(", ")}: metrics are told apart by the names.`,
      "Name each reward once, with letters, digits, hyphens and underscores.",
    );
  if (rewardWeights.length !== rewards.length || !rewardWeights.every(Number.isFinite))
    throw refusal(
      `rewardWeights of the task ${id} is ${shown(rewardWeights)}; it has ${rewards.length} reward functions (${names.join(", ")}).`,
      "Give one number for each.",
    );
}

function checkDifficulty({ id, difficulty: { min, max, default: usual } }: Task): void {
  if (min <= usual && usual <= max && [min, usual, max].every(Number.isSafeInteger)) return;
  throw refusal(
    `The difficulty of the task ${id} goes from ${shown(min)} to ${shown(max)} and is ${shown(usual)} by default.`,
    "Give three whole numbers, the default one between the other two.",
  );
}

/** The reward, of which every value is a finite number or null. */
const checkedReward = (reward: RewardFunction): RewardFunction => ({
  name: reward.name,
  help: reward.help,
  score(sample: Sample) {
    const value: unknown = reward.score(sample);
    if (value === null || (typeof value === "number" && Number.isFinite(value))) return value;
    throw refusal(
      `The reward ${reward.name} is ${shown(value)} for the completion "${sample.completion.join(" ")}" of the prompt "${sample.prompt.join(" ")}".`,
      "Return a finite number, or null where the reward does not apply.",
    );
  },
});

const refusal = (message: string, remedy: string) => new UserError(message, remedy, ["task"]);
