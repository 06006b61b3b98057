import { task } from "../../tasks/registry.ts";
import { CANVAS, pictureConstants, picturePython } from "./picture-python.ts";
import { pythonLiteral } from "./write-value.ts";

/** A task's functions in Python; each does what its namesake in `src/tasks` does. */
interface TaskPython {
  /** `make_prompt(random)`: tokens of a prompt. */
  prompt: string;
  /** `answer(prompt)`: the right completion, without end-of-sequence. */
  answer: string;
  /** Reward functions of this task only, in the order of the task's `rewards` with the shared ones. */
  rewards?: Readonly<Record<string, string>>;
}

const sequence = (items: string, shortest: number, name: string) => `\
def make_prompt(random):
    length = random.randint(${shortest}, DIFFICULTY)
    return ["${name}", *random.choices(${items}, k=length), "="]`;

const DIGITS = '"0123456789"';

const python: Readonly<Record<string, TaskPython>> = {
  sort: {
    prompt: sequence(DIGITS, 3, "sort"),
    answer: `\
def answer(prompt):
    return sorted(prompt[1:-1])`,
  },
  reverse: {
    prompt: sequence(DIGITS, 3, "reverse"),
    answer: `\
def answer(prompt):
    return prompt[-2:0:-1]`,
  },
  copy: {
    prompt: sequence('"abcdefgh"', 3, "copy"),
    answer: `\
def answer(prompt):
    return prompt[1:-1]`,
  },
  add: {
    prompt: `\
def make_prompt(random):
    length = random.randint(max(1, DIFFICULTY - 1), DIFFICULTY)

    def number():
        return [random.choice("123456789"), *random.choices(${DIGITS}, k=length - 1)]

    return ["add", *number(), "+", *number(), "="]`,
    answer: `\
def answer(prompt):
    """The sum, lowest digit first."""
    a, b = "".join(prompt[1:-1]).split("+")
    return list(reversed(str(int(a) + int(b))))`,
  },
  count: {
    prompt: `\
def make_prompt(random):
    return ["count", random.choice("abcd"), *str(random.randint(1, DIFFICULTY)), "="]`,
    answer: `\
def answer(prompt):
    return [prompt[1]] * int("".join(prompt[2:-1]))`,
    rewards: {
      letter: `\
def letter(prompts, completion_ids, **_):
    """Share of tokens that are the letter asked for."""
    return [
        sum(token == prompt[1] for token in completion) / len(completion) if completion else 0.0
        for prompt, completion, _ in read(prompts, completion_ids)
    ]`,
      length: `\
def length(prompts, completion_ids, **_):
    """How near the length is to the number asked for; a completion that does not end gets 0."""
    rewards = []
    for prompt, completion, ended in read(prompts, completion_ids):
        wanted = len(answer(prompt))
        rewards.append(max(0.0, 1 - abs(len(completion) - wanted) / wanted) if ended else 0.0)
    return rewards`,
    },
  },
  brackets: {
    prompt: `\
def make_prompt(random):
    tokens = []
    for _ in range(random.randint(1, DIFFICULTY)):
        tokens.append(random.choice(PAIRS)[0])
        if random.random() < 0.5:
            tokens.extend(random.choice(PAIRS))  # closed already: a distraction
    return ["close", *tokens, "="]`,
    answer: `\
PAIRS = ["()", "[]", "{}", "<>"]


def answer(prompt):
    """Closes what is open, innermost first."""
    closing = dict(PAIRS)
    unclosed = []
    for token in prompt[1:-1]:
        if token in closing:
            unclosed.append(closing[token])
        elif unclosed:
            unclosed.pop()
    return unclosed[::-1]`,
  },
  parity: {
    prompt: sequence('"01"', 2, "parity"),
    answer: `\
def answer(prompt):
    """Each bit with the parity so far, then a colon and the parity of all."""
    working, odd = [], False
    for bit in prompt[1:-1]:
        odd ^= bit == "1"
        working += [bit, "odd" if odd else "even"]
    return [*working, ":", "odd" if odd else "even"]`,
    rewards: {
      verdict: `\
def verdict(prompts, completion_ids, **_):
    """1 if the token after the colon is the right parity, whatever the working says."""
    rewards = []
    for prompt, completion, _ in read(prompts, completion_ids):
        after = completion[completion.index(":") + 1 :] if ":" in completion else []
        rewards.append(float(after[:1] == answer(prompt)[-1:]))
    return rewards`,
    },
  },
};

/**
 * What a reward function is given of the prompts: TRL's list of them, or a column of the data set; and
 * what one of them is called.
 */
interface Given {
  all: string;
  one: string;
}
const TEXTS: Given = { all: "prompts", one: "prompt" };
const PICTURES: Given = { all: "picture", one: "rows" };

const shared = ({ all, one }: Given): Readonly<Record<string, string>> => ({
  exact: `\
def exact(${all}, completion_ids, **_):
    """1 if the completion is exactly right and ends there."""
    return [
        float(ended and completion == answer(${one}))
        for ${one}, completion, ended in read(${all}, completion_ids)
    ]`,
  positions: `\
def positions(${all}, completion_ids, **_):
    """Share of positions that hold the right token."""
    rewards = []
    for ${one}, completion, _ in read(${all}, completion_ids):
        right = answer(${one})
        hits = sum(a == b for a, b in zip(right, completion))
        rewards.append(hits / max(len(right), len(completion)))
    return rewards`,
  ends: `\
def ends(${all}, completion_ids, **_):
    """1 if the completion ends by itself."""
    return [float(ended) for _, _, ended in read(${all}, completion_ids)]`,
});

const read = ({ all, one }: Given, tokens: string) => `\
def read(${all}, completion_ids):
    """Each ${one === "rows" ? "picture's rows and tokens of its completion" : "prompt's tokens and its completion's"}, and whether the completion ended by itself."""
    for ${one}, ids in zip(${all}, completion_ids):
        ended = len(ids) > 0 and ids[-1] == EOS
        yield ${tokens}, [VOCABULARY[i] for i in ids[: len(ids) - ended]], ended`;

/** The names of a task's reward functions, as `reward_funcs` lists them. */
export const rewardNames = (id: string): string[] => task(id).rewards.map(({ name }) => name);

/** Plain Python, no imports: vocabulary, prompts or pictures, answers and reward functions of a task. */
export function taskPython(id: string, difficulty: number): string {
  const { vocabulary, picture } = task(id);
  const seen = picture && picturePython[id];
  const found = python[id];
  const parts = seen
    ? [seen.answer, CANVAS, seen.draw, read(PICTURES, "rows")]
    : found && [found.answer, found.prompt, read(TEXTS, "prompt.split()")];
  if (!parts) throw new RangeError(`the task ${id} has no translation to Python`);
  const own = seen ? seen.rewards : found?.rewards;
  const others = shared(seen ? PICTURES : TEXTS);
  const rewards = rewardNames(id).map((name) => {
    const source = own?.[name] ?? others[name];
    if (source === undefined)
      throw new RangeError(`the reward ${name} has no translation to Python`);
    return source;
  });
  const constants = [
    `VOCABULARY = ${wrapped(vocabulary)}`,
    "EOS = 1",
    `DIFFICULTY = ${difficulty}`,
    ...(picture ? pictureConstants(picture.size) : []),
  ].join("\n");
  return [constants, ...parts, ...rewards].join("\n\n\n");
}

/** A list on lines of at most 96 characters. */
function wrapped(texts: readonly string[]): string {
  const lines: string[] = [];
  for (const text of texts.map(pythonLiteral)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < 90)
      lines[lines.length - 1] = `${last} ${text},`;
    else lines.push(`    ${text},`);
  }
  return `[\n${lines.join("\n")}\n]`;
}
