import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { presets } from "../../../src/config/presets.ts";
import { exportArm, type Form } from "../../../src/config/python/export.ts";
import { parsePython } from "../../../src/config/python/read-python.ts";
import { rewardNames, taskPython } from "../../../src/config/python/task-python.ts";
import { setField } from "../../../src/config/run-fields.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { pictureOf, pixelsOf } from "../../../src/tasks/picture.ts";
import { loadPainters } from "../../../src/tasks/picture-task.ts";
import { tasks } from "../../../src/tasks/registry.ts";
import { Purpose, Random } from "../../../src/base/random.ts";
import { EOS, type Sample, type Task } from "../../../src/tasks/task.ts";

await loadPainters();

const found = spawnSync("python3", ["-c", "import sys; assert sys.version_info >= (3, 9)"]);
const hasPython = found.status === 0;

/** Runs a program that reads JSON and writes JSON. */
function runPython(program: string, input: unknown): unknown {
  const options = { input: JSON.stringify(input), encoding: "utf8", maxBuffer: 1 << 26 } as const;
  return JSON.parse(execFileSync("python3", ["-c", program], options));
}

const COMPILE = `
import json, sys
refused = []
for name, text in json.load(sys.stdin):
    try:
        compile(text, name, "exec")
    except SyntaxError as error:
        refused.append(f"{name}: {error}")
json.dump(refused, sys.stdout)
`;

/** Whether the grammar that reads pastes finds nothing wrong. */
function grammarRefuses(text: string): boolean {
  let wrong = false;
  parsePython(text, { left: 10_000 })
    ?.cursor()
    .iterate(({ type }) => {
      wrong ||= type.isError;
    });
  return wrong;
}

/** A run of a task at its hardest. */
function hardest({ id, difficulty, picture }: Task) {
  const run = picture ? runFrom("count-dots", { set: { task: id } }) : runFrom(id);
  return setField(run, "difficulty", difficulty.max);
}

/** Every preset, and every task at its hardest, in the three forms that are Python. */
const exported = [
  ...presets.map(({ run }) => run),
  ...tasks.map(hardest),
  setField(runFrom("sort"), "importance_sampling_level", "sequence_token"),
  setField(runFrom("sort"), "run_name", `quotes " and ' \\ back, é, 🙂`),
].flatMap((run) =>
  (["trl", "unsloth", "config"] satisfies Form[]).flatMap((form) =>
    run.arms.map((arm) => [`${run.task} ${arm.name} ${form}`, exportArm(run, arm, form)] as const),
  ),
);

test("the grammar finds no error in any export", () => {
  expectGrammatical();
});

/** 200 completions of a prompt or so: right ones, near ones and noise, ended and cut off. */
function samplesOf(task: Task): { ids: number[]; sample: Sample }[] {
  return Array.from({ length: 200 }, (_, i) => {
    const random = new Random(7, Purpose.sampling, i);
    const { min, max } = task.difficulty;
    const prompt = task.prompt(random, min + random.integer(Math.min(max, 12) - min + 1));
    const completion = task.demonstration(prompt);
    const anyToken = () => task.vocabulary[2 + random.integer(task.vocabulary.length - 2)] ?? "";
    const edits = i % 4 === 0 ? 0 : random.integer(4);
    for (let edit = 0; edit < edits; edit++) {
      const at = random.integer(completion.length + 1);
      const kind = random.integer(3);
      completion.splice(
        at,
        kind === 0 ? 1 : kind === 1 ? 0 : 2,
        ...(kind === 0 ? [] : [anyToken()]),
      );
    }
    const ended = random.integer(3) > 0;
    const ids = completion.map((text) => task.vocabulary.indexOf(text));
    return { ids: ended ? [...ids, EOS] : ids, sample: { prompt, completion, ended } };
  });
}

/** Rewards of samples, as TRL asks for them, and what `more` makes of the rest of what is given. */
const PROGRAM = (source: string, names: string[], more: string) => `
import json, random, sys
${source}
given = json.load(sys.stdin)
functions = [${names.join(", ")}]
rewards = {f.__name__: f(completions=None, **given["samples"]) for f in functions}
${more}
json.dump({"rewards": rewards, "drawn": drawn}, sys.stdout)
`;

const PROMPTS = `
rows = random.Random(3)
drawn = [make_prompt(rows) for _ in range(300)]
`;

/** random.Random's methods as the page draws, from the 32-bit words that the page has drawn. */
const PICTURES = `
class Replayed:
    def __init__(self, words):
        self.words = iter(words)

    def randrange(self, below):
        return next(self.words) * below >> 32

    def randint(self, first, last):
        return first + self.randrange(last - first + 1)

    def choice(self, items):
        return items[self.randrange(len(items))]

    def sample(self, items, count):
        order = list(items)
        for i in range(len(order) - 1, 0, -1):
            j = self.randrange(i + 1)
            order[i], order[j] = order[j], order[i]
        return order[:count]

drawn = []
for DIFFICULTY, words in given["draws"]:
    rows = draw(Replayed(words))
    drawn.append([list(pixels(rows)), answer(rows)])
`;

/** The reward functions of an export do what the page's do, and so do its prompts or pictures. */
function expectSameTask(task: Task): void {
  const samples = samplesOf(task);
  const prompts = samples.map(({ sample: { prompt } }) => prompt);
  // Prompts are messages where there are pictures, and a column of the data set is an argument.
  const asked = task.picture
    ? { prompts: prompts.map(() => []), picture: prompts.map(pictureOf) }
    : { prompts: prompts.map((prompt) => prompt.join(" ")) };
  const given = { samples: { ...asked, completion_ids: samples.map(({ ids }) => ids) } };
  const run = (difficulty: number, more: string, draws: readonly Drawn[] = []) =>
    runPython(PROGRAM(taskPython(task.id, difficulty), rewardNames(task.id), more), {
      ...given,
      draws: draws.map((one) => [one.difficulty, one.words]),
    }) as Ran;
  const rewards = task.picture ? expectSamePictures(task, run) : expectSamePrompts(task, run);

  for (const reward of task.rewards) {
    const expected = samples.map(({ sample }) => reward.score(sample));
    expect(new Set(expected).size).toBeGreaterThan(1);
    rewards[reward.name]?.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 12));
    expect(rewards[reward.name]).toHaveLength(samples.length);
  }
}

/** The random numbers of a picture, and the prompt that they draw. */
interface Drawn {
  difficulty: number;
  words: number[];
  prompt: string[];
}
type Ran = { rewards: Record<string, number[]>; drawn: unknown };

function expectSamePrompts(task: Task, run: (difficulty: number, more: string) => Ran) {
  const difficulty = Math.min(task.difficulty.max, 4);
  const { rewards, drawn } = run(difficulty, PROMPTS);
  const ours = Array.from({ length: 300 }, (_, i) =>
    task.prompt(new Random(1, Purpose.prompts, i), difficulty),
  );
  const facts = (all: string[][]) => ({
    lengths: [...new Set(all.map((prompt) => prompt.length))].toSorted((a, b) => a - b),
    tokens: [...new Set(all.flat())].toSorted(),
    first: [...new Set(all.map(([token]) => token))],
  });
  expect(facts(drawn as string[][])).toEqual(facts(ours));
  return rewards;
}

/** Bytes of red, green and blue, pixel by pixel. */
function bytesOf(prompt: readonly string[]): number[] {
  const parts = pixelsOf(pictureOf(prompt));
  const area = parts.length / 3;
  return Array.from({ length: area }, (_, i) =>
    [0, 1, 2].map((channel) => 255 * parts[channel * area + i]!),
  ).flat();
}

/** The same random numbers draw the same picture, pixel for pixel, which has the same answer. */
function expectSamePictures(
  task: Task,
  run: (difficulty: number, more: string, draws: readonly Drawn[]) => Ran,
) {
  const { min, max } = task.difficulty;
  const draws = [min, Math.ceil((min + max) / 2), max].flatMap((difficulty) =>
    Array.from({ length: 60 }, (_, i): Drawn => {
      const random = () => new Random(11, Purpose.prompts, difficulty, i);
      const words = random();
      return {
        difficulty,
        words: Array.from({ length: 120 }, () => words.integer(2 ** 32)),
        prompt: task.prompt(random(), difficulty),
      };
    }),
  );
  const { rewards, drawn } = run(min, PICTURES, draws);
  expect(drawn).toEqual(draws.map(({ prompt }) => [bytesOf(prompt), task.demonstration(prompt)]));
  expect(new Set(draws.map(({ prompt: [picture] }) => picture)).size).toBeGreaterThan(20);
  return rewards;
}

function expectCompiled(): void {
  expect(runPython(COMPILE, exported)).toEqual([]);
  expect(runPython(COMPILE, [["broken", "x = (1"]])).toHaveLength(1);
}

function expectGrammatical(): void {
  expect(exported.filter(([, text]) => grammarRefuses(text)).map(([name]) => name)).toEqual([]);
  expect(grammarRefuses("x = (1")).toBe(true);
}

function expectGrammaticalTask({ id, difficulty }: Task): void {
  expect(grammarRefuses(taskPython(id, difficulty.min))).toBe(false);
  expect(grammarRefuses(taskPython(id, difficulty.max))).toBe(false);
}

// What is checked depends on Python being there, and the name says which it was.
const checks = hasPython
  ? {
      compiler: "Python is here: its compiler",
      compile: expectCompiled,
      rewards: "Python is here: rewards and prompts are the page's",
      task: expectSameTask,
    }
  : {
      compiler: "Python is not here: the grammar instead",
      compile: expectGrammatical,
      rewards: "Python is not here: the functions are grammatical",
      task: expectGrammaticalTask,
    };

test(`${checks.compiler} accepts every export`, () => {
  checks.compile();
  expect(exported.length).toBeGreaterThan(40);
});

describe(`${checks.rewards}`, () => {
  test.each(tasks)("$id", (task) => {
    checks.task(task);
    expect(rewardNames(task.id)).toEqual(task.rewards.map(({ name }) => name));
  });
});
