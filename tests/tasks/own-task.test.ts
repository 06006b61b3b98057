import { describe, expect, test } from "vitest";
import { Purpose, Random } from "../../src/base/random.ts";
import { checkedTask } from "../../src/tasks/checked-task.ts";
import { task } from "../../src/tasks/registry.ts";
import type { Sample, Task } from "../../src/tasks/task.ts";
import { withRewards } from "../../src/tasks/with-rewards.ts";

const sort = task("sort");
const DIFFICULTY = 3;
const random = () => new Random(1, Purpose.prompts);
const sample: Sample = { prompt: ["sort", "2", "1", "="], completion: ["1", "2"], ended: true };

/** What a changed task is refused with: at once, or when a prompt, an answer or a reward is made. */
function refused(changes: Partial<Task>): string {
  try {
    const checked = checkedTask({ ...sort, ...changes }, DIFFICULTY);
    checked.demonstration(checked.prompt(random(), DIFFICULTY));
    checked.maxCompletionLength(DIFFICULTY);
    for (const { score } of checked.rewards) score(sample);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
const rewarding = (value: unknown) => ({
  rewards: [{ name: "odd", help: "", score: () => value as number }],
  rewardWeights: [1],
});
const of = (value: unknown): Partial<Task> => value as Partial<Task>;

test("a task as it should be is called through", () => {
  const checked = checkedTask(sort, DIFFICULTY);
  expect(checked.prompt(random(), DIFFICULTY)).toEqual(sort.prompt(random(), DIFFICULTY));
  expect(checked.demonstration(["sort", "2", "1", "="])).toEqual(["1", "2"]);
  expect(checked.maxPromptLength(DIFFICULTY)).toBe(5);
  expect(checked.rewards.map(({ score }) => score(sample))).toEqual([1, 1, 1]);
  expect(checkedTask({ ...sort, ...rewarding(null) }, DIFFICULTY).rewards[0]!.score(sample)).toBe(
    null,
  );
});

test("one whose functions need their object keeps it", () => {
  const counting = new (class {
    prompts = 0;
    prompt() {
      this.prompts++;
      return ["sort", "1", "="];
    }
  })();
  const own: Task = Object.assign(counting, { ...sort, prompt: counting.prompt });
  checkedTask(own, DIFFICULTY).prompt(random(), DIFFICULTY);
  expect(counting.prompts).toBe(1);
});

describe("a task that cannot be trained on is refused with a sentence", () => {
  test.each<[string, Partial<Task>, string]>([
    [
      "no end token",
      { vocabulary: ["<pad>", "<unk>", "1", "2"] },
      'The vocabulary of the task sort begins with "<pad>", "<unk>", "1"; token 0 is "<pad>", token 1, which ends a completion, "<eos>", and token 2 "<unk>".',
    ],
    [
      "a token twice",
      { vocabulary: [...sort.vocabulary, "3"] },
      'The vocabulary of the task sort has "3" twice.',
    ],
    [
      "a token without text",
      { vocabulary: [...sort.vocabulary, ""] },
      'The vocabulary of the task sort has "" in it.',
    ],
    ["no vocabulary", of({ vocabulary: undefined }), "vocabulary of the task sort is undefined."],
    ["no prompts", of({ prompt: "1 2" }), 'prompt of the task sort is "1 2".'],
    ["no reward", { rewards: [] }, "The task sort has no reward function."],
    [
      "a reward without a name",
      of({ rewards: [{ score: () => 1 }] }),
      "The task sort has {} among its rewards.",
    ],
    ["a reward that is none", of({ rewards: [null] }), "The task sort has null among its rewards."],
    ["no difficulty", of({ difficulty: undefined }), "difficulty of the task sort is undefined."],
    [
      "rewards of one name",
      { rewards: [sort.rewards[0]!, sort.rewards[0]!], rewardWeights: [1, 1] },
      'The task sort cannot have a reward named "exact" among "exact", "exact": metrics are told apart by the names.',
    ],
    [
      "a weight too few",
      { rewardWeights: [1, 1] },
      "rewardWeights of the task sort is [1,1]; it has 3 reward functions (exact, positions, ends).",
    ],
    [
      "difficulties the wrong way round",
      { difficulty: { label: "", min: 3, max: 1, default: 2 } },
      "The difficulty of the task sort goes from 3 to 1 and is 2 by default.",
    ],
    [
      "a prompt of other tokens",
      { prompt: () => ["sort", "x", "="] },
      'A prompt of the task sort has "x" in it, which is not in the task\'s vocabulary.',
    ],
    [
      "a prompt longer than stated",
      { maxPromptLength: () => 2 },
      "at difficulty 3 the task states at most 2.",
    ],
    ["an empty prompt", { prompt: () => [] }, "A prompt of the task sort is empty."],
    ["a prompt in one text", of({ prompt: () => "1 2" }), 'A prompt of the task sort is "1 2".'],
    [
      "an answer longer than stated",
      { maxCompletionLength: () => 1 },
      "at difficulty 3 the task states at most 0.",
    ],
    [
      "a length that is none",
      { maxPromptLength: () => NaN },
      "maxPromptLength(3) of the task sort is NaN; lengths are whole numbers from 1.",
    ],
    [
      "a reward that is not a number",
      rewarding(NaN),
      'The reward odd is NaN for the completion "1 2" of the prompt "sort 2 1 =".',
    ],
    ["a reward without bound", rewarding(Infinity), "The reward odd is Infinity for"],
    ["a reward that returns nothing", rewarding(undefined), "The reward odd is undefined for"],
    ["a reward to wait for", rewarding(Promise.resolve(1)), "The reward odd is a promise for"],
    ["a reward in words", rewarding("1"), 'The reward odd is "1" for'],
    ["a reward of another kind of number", rewarding(10n), "The reward odd is 10 for"],
  ])("%s", (_, changes, sentence) => {
    expect(refused(changes)).toContain(sentence);
  });
});

describe("rewards", () => {
  function brief(_prompt: readonly string[], completion: readonly string[]) {
    return completion.length < 3 ? 1 : 0;
  }

  test("of the task, functions and whole ones mix, each of weight 1", () => {
    const mixed = withRewards(sort, ["ends", brief, { name: "half", help: "", score: () => 0.5 }]);
    expect(mixed.rewards.map(({ name }) => name)).toEqual(["ends", "brief", "half"]);
    expect(mixed.rewards.map(({ score }) => score(sample))).toEqual([1, 1, 0.5]);
    expect(mixed.rewardWeights).toEqual([1, 1, 1]);
    expect(mixed.id).toBe("sort");
  });

  test("see whether the completion ended", () => {
    const { rewards } = withRewards(sort, [
      function cut(_p, _c, { ended }) {
        return +!ended;
      },
    ]);
    expect(rewards[0]!.score({ ...sample, ended: false })).toBe(1);
  });

  test("a name that the task has not is refused, and a function without one", () => {
    expect(() => withRewards(sort, ["exakt"])).toThrow(
      'The task sort has no reward named "exakt".',
    );
    expect(() => withRewards(sort, [() => 1])).toThrow("A reward function has no name");
  });
});
