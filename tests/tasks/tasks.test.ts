import { beforeAll, describe, expect, test } from "vitest";
import { Purpose, Random } from "../../src/base/random.ts";
import { loadPainters } from "../../src/tasks/picture-task.ts";
import { task, tasks } from "../../src/tasks/registry.ts";
import { encode, UNK, type Sample, type Task } from "../../src/tasks/task.ts";
import { fc } from "../support/fuzz.ts";

/** Of one difficulty: as many as reach the longest. */
const PROMPTS = 1000;
/** Of each. */
const SOME = 250;

const promptsOf = (it: Task, difficulty: number, count: number) =>
  Array.from({ length: count }, (_, i) =>
    it.prompt(new Random(7, Purpose.prompts, difficulty, i), difficulty),
  );

const total = (it: Task, sample: Sample) =>
  it.rewards.reduce((sum, reward, k) => {
    const value = reward.score(sample) ?? 0;
    if (!(value >= 0 && value <= 1)) throw new Error(`${reward.name} gave ${value}`);
    return sum + value * it.rewardWeights[k]!;
  }, 0);

beforeAll(loadPainters);

describe.each(tasks)("$id", (it) => {
  const levels = Array.from(
    { length: it.difficulty.max - it.difficulty.min + 1 },
    (_, i) => it.difficulty.min + i,
  );

  test("has a small vocabulary of distinct tokens that starts as every tokenizer here does", () => {
    expect(it.vocabulary.slice(0, 3)).toEqual(["<pad>", "<eos>", "<unk>"]);
    expect(new Set(it.vocabulary).size).toBe(it.vocabulary.length);
    expect(it.vocabulary.length).toBeLessThanOrEqual(24);
  });

  test("weighs two or more reward functions of different names to 1", () => {
    expect(it.rewards.length).toBeGreaterThanOrEqual(2);
    expect(it.rewardWeights).toHaveLength(it.rewards.length);
    expect(new Set(it.rewards.map(({ name }) => name)).size).toBe(it.rewards.length);
    expect(it.rewardWeights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test("starts at a difficulty within its bounds", () => {
    expect(levels).toContain(it.difficulty.default);
  });

  test(`keeps its bounds and vocabulary, and rewards the demonstration in full, at every difficulty`, () => {
    for (const difficulty of levels) {
      let longestPrompt = 0;
      let longestAnswer = 0;
      for (const prompt of promptsOf(it, difficulty, SOME)) {
        const completion = it.demonstration(prompt);
        longestPrompt = Math.max(longestPrompt, prompt.length);
        longestAnswer = Math.max(longestAnswer, completion.length + 1);
        if (encode(it, [...prompt, ...completion]).includes(UNK)) {
          throw new Error(`not in the vocabulary: ${[...prompt, ...completion].join(" ")}`);
        }
        if (completion.length === 0) throw new Error(`no demonstration: ${prompt.join(" ")}`);
        if (Math.abs(total(it, { prompt, completion, ended: true }) - 1) > 1e-12) {
          throw new Error(`not rewarded in full: ${prompt.join(" ")} ${completion.join(" ")}`);
        }
      }
      expect(longestPrompt).toBeLessThanOrEqual(it.maxPromptLength(difficulty));
      expect(longestAnswer).toBeLessThanOrEqual(it.maxCompletionLength(difficulty));
    }
  });

  test("reaches its stated bounds, so that buffers are not larger than needed", () => {
    const { min } = it.difficulty;
    const prompts = promptsOf(it, min, PROMPTS);
    const longest = (lengths: number[]) => Math.max(...lengths);
    expect(longest(prompts.map((prompt) => prompt.length))).toBe(it.maxPromptLength(min));
    expect(longest(prompts.map((prompt) => it.demonstration(prompt).length + 1))).toBe(
      it.maxCompletionLength(min),
    );
  });

  test("gives any completion a reward in [0, 1], and full reward to none but the answer", () => {
    const difficulty = it.difficulty.default;
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.array(fc.constantFrom(...it.vocabulary.slice(2)), { maxLength: 30 }),
        fc.boolean(),
        (i, completion, ended) => {
          const prompt = it.prompt(new Random(1, Purpose.prompts, i), difficulty);
          const reward = total(it, { prompt, completion, ended });
          const right = it.demonstration(prompt).join(" ") === completion.join(" ") && ended;
          expect(reward > 1 - 1e-9).toBe(right);
        },
      ),
    );
  });

  test("gives a random policy something, and different amounts within a group", () => {
    const difficulty = it.difficulty.default;
    const tokens = it.vocabulary.slice(1);
    const random = new Random(3, Purpose.sampling);
    let sum = 0;
    let groupsThatDiffer = 0;
    for (const prompt of promptsOf(it, difficulty, 200)) {
      const group = Array.from({ length: 8 }, () => {
        const drawn: string[] = [];
        let ended = false;
        while (!ended && drawn.length < it.maxCompletionLength(difficulty)) {
          const text = tokens[random.integer(tokens.length)]!;
          if (text === "<eos>") ended = true;
          else drawn.push(text);
        }
        return total(it, { prompt, completion: drawn, ended });
      });
      sum += group.reduce((a, b) => a + b);
      if (new Set(group).size > 1) groupsThatDiffer++;
    }
    expect(sum / 1600).toBeGreaterThan(0.01);
    expect(groupsThatDiffer).toBeGreaterThan(100);
  });

  test("pays a completion that differs in one token less than the answer and more than nothing", () => {
    const prompt = promptsOf(it, it.difficulty.max, 1)[0]!;
    const right = it.demonstration(prompt);
    const wrong = right.map((text, i) => (i === 0 ? "<unk>" : text));
    const reward = total(it, { prompt, completion: wrong, ended: true });
    expect(reward).toBeLessThan(1);
    expect(reward).toBeGreaterThan(0);
  });
});

const words = (text: string) => text.split(" ");

test.each([
  ["sort", "sort 3 1 2 1 =", "1 1 2 3"],
  ["reverse", "reverse 3 1 2 =", "2 1 3"],
  ["copy", "copy b a c =", "b a c"],
  ["add", "add 3 7 + 2 5 =", "2 6"],
  ["add", "add 9 9 + 1 =", "0 0 1"],
  ["count", "count b 1 2 =", "b b b b b b b b b b b b"],
  ["brackets", "close ( [ ] { =", "} )"],
  ["parity", "parity 1 0 1 =", "1 odd 0 odd 1 even : even"],
])("%s: %s → %s", (id, prompt, answer) => {
  expect(task(id).demonstration(words(prompt)).join(" ")).toBe(answer);
});

test.each([
  ["sort", "exact", "sort 2 1 =", "1 2", 1],
  ["sort", "exact", "sort 2 1 =", "1 2 2", 0],
  ["sort", "positions", "sort 3 2 1 =", "1 3 3", 2 / 3],
  ["sort", "positions", "sort 2 1 =", "1 2 2 2", 0.5],
  ["sort", "positions", "sort 2 1 =", "", 0],
  ["count", "letter", "count a 4 =", "a b a a", 0.75],
  ["count", "length", "count a 4 =", "b b b", 0.75],
  ["count", "length", "count a 1 =", "b b b", 0],
  ["parity", "verdict", "parity 1 1 =", "0 : even", 1],
  ["parity", "verdict", "parity 1 1 =", "even", 0],
])("%s, %s: %s → %s earns %f", (id, name, prompt, completion, reward) => {
  const it = task(id).rewards.find((each) => each.name === name)!;
  const sample = {
    prompt: words(prompt),
    completion: completion === "" ? [] : words(completion),
    ended: true,
  };
  expect(it.score(sample)).toBeCloseTo(reward, 12);
});

test("a completion that is right but does not end is not exact", () => {
  const sample = { prompt: words("copy a ="), completion: ["a"], ended: false };
  expect(task("copy").rewards.map((reward) => reward.score(sample))).toEqual([0, 1, 0]);
});

test("an unknown task is refused with the known ones", () => {
  expect(() => task("sorting")).toThrow('There is no task named "sorting".');
});
