import { describe, expect, test } from "vitest";
import { idsOf, paste, valuesOf } from "./support.ts";

const TRAIN = "\nGRPOTrainer(model=m, args=args)";

/** Fields that are not known, with the note of each. */
const unreadOf = (text: string) => {
  const { settled, known } = paste(text);
  return [...known.unread].map((name) => [
    name,
    settled.find((each) => each.name === name)?.note.replace(/, so nothing.*/, ""),
  ]);
};

describe("one of several configurations", () => {
  const EITHER =
    "if big:\n    args = GRPOConfig(beta=0, num_generations=4)\nelse:\n    args = GRPOConfig(beta=0.1, num_generations=4)";

  test("what they agree on is read, and what they differ in names the condition", () => {
    const read = paste(EITHER);
    expect(read.run.grpo.num_generations).toBe(4);
    expect(unreadOf(EITHER)).toEqual([["beta", "Line 2: beta depends on the condition in line 1"]]);
    expect(read.notes).toContain(
      "The script makes one of 2 configurations (lines 2 and 4), by the condition in line 1: what they agree on is read.",
    );
  });

  test("no finding rests on what they differ in", () => {
    const text = (other: string) =>
      `if big:\n    args = GRPOConfig(num_iterations=1)\nelse:\n    args = GRPOConfig(num_iterations=${other})`;
    expect(idsOf(paste(text("4")))).not.toContain("ratio-always-one");
    expect(idsOf(paste(text("1")))).toContain("ratio-always-one");
  });

  test.each<[string, string, string[], Record<string, unknown>]>([
    ["a trainer after both", `${EITHER}${TRAIN}`, ["beta"], { num_generations: 4 }],
    [
      "elif",
      "if a:\n    args = GRPOConfig(beta=0, epsilon=0.1)\nelif b:\n    args = GRPOConfig(beta=0, epsilon=0.1, delta=2)\nelse:\n    args = GRPOConfig(beta=0, epsilon=0.3)",
      ["epsilon", "delta"],
      { beta: 0 },
    ],
    [
      "a field that one of them leaves out",
      "if a:\n    args = GRPOConfig(epsilon=0.1, beta=0.1)\nelse:\n    args = GRPOConfig(epsilon=0.1)",
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "one that sets nothing",
      "if a:\n    args = GRPOConfig()\nelse:\n    args = GRPOConfig(beta=0.1)",
      ["beta"],
      {},
    ],
    [
      "one that is made anew in a branch",
      "args = GRPOConfig(beta=0, epsilon=0.1)\nif a:\n    args = GRPOConfig(beta=0.1, epsilon=0.1)",
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "the same with a trainer",
      `args = GRPOConfig(beta=0, epsilon=0.1)\nif a:\n    args = GRPOConfig(beta=0.1, epsilon=0.1)${TRAIN}`,
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "two trainers",
      "if a:\n    t = GRPOTrainer(args=GRPOConfig(beta=0, epsilon=0.1))\nelse:\n    t = GRPOTrainer(args=GRPOConfig(beta=0.1, epsilon=0.1))",
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "a trainer of another kind",
      "sft = SFTConfig()\na = GRPOConfig(beta=0.1, epsilon=0.1)\nif x:\n    t = SFTTrainer(args=sft)\nelse:\n    t = GRPOTrainer(args=a)",
      [],
      { beta: 0.1 },
    ],
    [
      "two that return",
      "def make():\n    if a:\n        return GRPOConfig(beta=0, epsilon=0.1)\n    return GRPOConfig(beta=0.1, epsilon=0.1)",
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "an expression of two",
      "args = GRPOConfig(beta=0, epsilon=0.1) if a else GRPOConfig(beta=0.1, epsilon=0.1)",
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "an expression of two names",
      `a = GRPOConfig(beta=0, epsilon=0.1)\nb = GRPOConfig(beta=0.1, epsilon=0.1)\nargs = a if x else b${TRAIN}`,
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "an expression of two names, in the trainer's call",
      "a = GRPOConfig(beta=0, epsilon=0.1)\nb = GRPOConfig(beta=0.1, epsilon=0.1)\nGRPOTrainer(args=a if x else b)",
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "names in branches",
      `a = GRPOConfig(beta=0, epsilon=0.1)\nb = GRPOConfig(beta=0.1, epsilon=0.1)\nif x:\n    args = a\nelse:\n    args = b${TRAIN}`,
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "changes of each",
      `if a:\n    args = GRPOConfig(beta=0)\n    args.epsilon = 0.1\nelse:\n    args = GRPOConfig(beta=0)\n    args.epsilon = 0.3\nargs.delta = 2${TRAIN}`,
      ["epsilon"],
      { beta: 0, delta: 2 },
    ],
    [
      "two conditions",
      `if a:\n    args = GRPOConfig(beta=0, epsilon=0.1)\nelse:\n    args = GRPOConfig(beta=0, epsilon=0.3)\nif b:\n    args = GRPOConfig(beta=0.1, epsilon=0.1)${TRAIN}`,
      ["beta", "epsilon"],
      {},
    ],
  ])("%s", (_, text, unread, expected) => {
    expect([...paste(text).known.unread]).toEqual(unread);
    expect(valuesOf(text, ...Object.keys(expected))).toEqual(Object.values(expected));
  });

  test("each field names the conditions that decide about it", () => {
    const text = `if a:\n    args = GRPOConfig(beta=0, epsilon=0.1)\nelse:\n    args = GRPOConfig(beta=0, epsilon=0.3)\nif b:\n    args = GRPOConfig(beta=0.1, epsilon=0.1)${TRAIN}`;
    expect(unreadOf(text)).toEqual([
      ["beta", "Line 6: beta depends on the condition in line 5"],
      ["epsilon", "Line 6: epsilon depends on the conditions in lines 1 and 5"],
    ]);
  });

  test.each([
    [
      "match",
      "match m:\n    case 1:\n        args = GRPOConfig(beta=0.1)\n    case _:\n        args = GRPOConfig(beta=0.2)",
    ],
    ["try", "try:\n    args = GRPOConfig(beta=0.1)\nexcept E:\n    args = GRPOConfig(beta=0.2)"],
  ])("one of a %s leaves every field open", (_, text) => {
    const read = paste(text);
    expect(read.known.unread).toContain("beta");
    expect(read.known.unread).toContain("num_iterations");
    expect(read.notes.join("\n")).toContain("which of the configurations in lines ");
    expect(idsOf(read)).toEqual([]);
  });

  test("where a branch makes none, that is said", () => {
    const read = paste("if grpo:\n    args = GRPOConfig(beta=0.1)");
    expect(read.run.grpo.beta).toBe(0.1);
    expect(read.notes).toContain(
      "In one of the branches of line 1 no configuration is made: what is read holds for the others.",
    );
    const raises = paste(
      "if grpo:\n    args = GRPOConfig(beta=0.1)\nelse:\n    raise ValueError()",
    );
    expect(raises.notes).toEqual([]);
  });

  test("more ways than are looked at leave every field open", () => {
    const ifs = Array.from(
      { length: 6 },
      (_, i) => `if x${i}:\n    args = GRPOConfig(beta=${i}, epsilon=0.1)\n`,
    );
    const read = paste(`args = GRPOConfig(beta=0.5, epsilon=0.1)\n${ifs.join("")}`);
    expect(read.known.unread).toContain("num_iterations");
    expect(read.known.unread).toContain("beta");
    expect(idsOf(read)).toEqual([]);
    expect(read.notes.join("\n")).toContain(
      "what is taken of the branches in lines 2, 4, 6, 8, 10 and 12",
    );
  });
});

describe("dicts without a call", () => {
  const either = (one: string, other: string) =>
    `if x:\n    d = {"num_generations": 8, ${one}}\nelse:\n    d = {"num_generations": 8, ${other}}`;

  test("of which a condition takes one: what they agree on is read", () => {
    const text = either('"beta": 0.1, "epsilon": 0.3', '"beta": 0.2, "epsilon": 0.3');
    expect(valuesOf(text, "num_generations", "epsilon")).toEqual([8, 0.3]);
    expect(unreadOf(text)).toEqual([["beta", "Line 2: beta depends on the condition in line 1"]]);
    expect(paste(text).notes).toEqual([
      "The script makes one of 2 configurations (lines 2 and 4), by the condition in line 1: what they agree on is read.",
    ]);
  });

  test("of which there are several: which is read is said", () => {
    const text = 'a = {"num_generations": 8}\nb = {"num_generations": 4, "beta": 0.1}';
    expect(valuesOf(text, "num_generations")).toEqual([8]);
    expect(paste(text).notes).toEqual([
      "There are 2 dicts with fields of GRPOConfig (lines 1 and 2); the first is read.",
    ]);
  });
});

describe("values that are bound in branches", () => {
  test.each<[string, string]>([
    ["an expression", "b = 0.1 if x else 0.2\n"],
    ["two branches", "if x:\n    b = 0.1\nelse:\n    b = 0.2\n"],
    ["three branches", "if x:\n    b = 0.1\nelif y:\n    b = 0.1\nelse:\n    b = 0.2\n"],
    ["one branch over a value before", "b = 0.1\nif x:\n    b = 0.2\n"],
    ["branches in branches", "b = 0.1\nif x:\n    if y:\n        b = 0.2\n"],
    ["a name of it", "if x:\n    a = 0.1\nelse:\n    a = 0.2\nb = a * 2\n"],
  ])("%s that differ", (_, before) => {
    const text = `${before}args = GRPOConfig(beta=b, epsilon=0.1)`;
    const line = before.startsWith("b = 0.1\n") ? 2 : 1;
    expect([...paste(text).known.unread]).toEqual(["beta"]);
    expect(unreadOf(text)[0]?.[1]).toContain(`beta depends on the condition`);
    expect(unreadOf(text)[0]?.[1]).toContain(`${line}`);
  });

  test.each<[string, string, unknown]>([
    ["an expression", "b = 0.2 if x else 0.2\n", 0.2],
    ["two branches", "if x:\n    b = 0.2\nelse:\n    b = 0.2\n", 0.2],
    ["a branch that ends it", "if x:\n    b = 0.2\nelse:\n    raise ValueError()\n", 0.2],
    ["made anew after them", "if x:\n    b = 0.1\nb = 0.2\n", 0.2],
    ["an expression in an expression", "b = (0.2 if y else 0.2) if x else 0.1 * 2\n", 0.2],
  ])("%s that agree", (_, before, value) => {
    const text = `${before}args = GRPOConfig(beta=b, epsilon=0.1)`;
    expect([...paste(text).known.unread]).toEqual([]);
    expect(valuesOf(text, "beta")).toEqual([value]);
  });

  test.each<[string, string]>([
    ["only one branch", "if x:\n    b = 0.1\n"],
    ["one branch is not known", "if x:\n    b = 0.1\nelse:\n    b = f()\n"],
    ["a loop", "b = 0.1\nfor i in x:\n    b = 0.2\n"],
    ["what may fail", "try:\n    b = 0.1\nexcept E:\n    b = 0.1\n"],
    ["a loop in a branch", "b = 0.1\nif x:\n    for i in y:\n        b = 0.2\n"],
    ["a match", "b = 0.1\nmatch x:\n    case 1:\n        b = 0.2\n"],
    ["a condition that binds", "b = 0.1\nif (b := f()):\n    pass\n"],
    ["a context", "b = 0.1\nwith f() as b:\n    pass\n"],
  ])("%s is not known", (_, before) => {
    const text = `${before}args = GRPOConfig(beta=b, epsilon=0.1)`;
    expect([...paste(text).known.unread]).toEqual(["beta"]);
  });

  test.each<[string, string, string[], Record<string, unknown>]>([
    [
      "dicts",
      'if x:\n    d = {"beta": 0.1, "epsilon": 0.3}\nelse:\n    d = {"beta": 0.2, "epsilon": 0.3}\nGRPOConfig(**d)',
      ["beta"],
      { epsilon: 0.3 },
    ],
    [
      "an expression of dicts",
      'a = {"beta": 0.1, "epsilon": 0.3}\nGRPOConfig(**(a if x else {"epsilon": 0.3}))',
      ["beta"],
      { epsilon: 0.3 },
    ],
    [
      "dicts that are changed after",
      'if x:\n    d = {"beta": 0.1, "epsilon": 0.3}\nelse:\n    d = {"beta": 0.2, "epsilon": 0.3}\nd["epsilon"] = 0.1\nGRPOConfig(**d)',
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "changes that agree",
      'd = {"beta": 0.1}\nif x:\n    d["beta"] = 0.5\n    d["epsilon"] = 0.1\nelse:\n    d["beta"] = 0.5\nGRPOConfig(**d)',
      ["epsilon"],
      { beta: 0.5 },
    ],
    [
      "changes that are undone",
      'd = {"beta": 0.1, "epsilon": 0.1}\nif x:\n    d["beta"] = 0.5\nd["beta"] = 0.2\nGRPOConfig(**d)',
      [],
      { beta: 0.2 },
    ],
    [
      "a value that is set again",
      "args = GRPOConfig(beta=0.5, epsilon=0.1)\nif x:\n    args.beta = 0.5",
      [],
      { beta: 0.5 },
    ],
    [
      "what is taken away in a branch",
      'd = {"beta": 0.5, "epsilon": 0.1}\nif x:\n    del d["beta"]\nGRPOConfig(**d)',
      ["beta"],
      { epsilon: 0.1 },
    ],
    [
      "a nested change",
      'c = {"t": {"beta": 0.5, "epsilon": 0.1}}\nif x:\n    c["t"]["beta"] = 0.2\nGRPOConfig(**c["t"])',
      ["beta"],
      { epsilon: 0.1 },
    ],
  ])("%s", (_, text, unread, expected) => {
    expect([...paste(text).known.unread]).toEqual(unread);
    expect(valuesOf(text, ...Object.keys(expected))).toEqual(Object.values(expected));
  });
});

describe("conditions that the text decides", () => {
  test.each<[string, string, unknown]>([
    ["True", "if True:\n    b = 0.5\nelse:\n    b = 0.1\n", 0.5],
    ["False", "if False:\n    b = 0.1\nelse:\n    b = 0.5\n", 0.5],
    ["False, over a value", "b = 0.5\nif False:\n    b = 0.1\n", 0.5],
    ["True, over a value", "b = 0.1\nif True:\n    b = 0.5\n", 0.5],
    ["elif", "if False:\n    b = 0\nelif True:\n    b = 0.5\nelse:\n    b = 0.1\n", 0.5],
    ["an expression", "b = 0.5 if True else 0.1\n", 0.5],
    ["a number", "b = 0.1 if 0 else 0.5\n", 0.5],
    ["None", "b = 0.1 if None else 0.5\n", 0.5],
    ["a name", "DEBUG = False\nb = 0.1 if DEBUG else 0.5\n", 0.5],
    ["not a name", "DEBUG = False\nif not DEBUG:\n    b = 0.5\nelse:\n    b = 0.1\n", 0.5],
    ["a comparison", 'M = "a"\nif M == "b":\n    b = 0.1\nelif M == "a":\n    b = 0.5\n', 0.5],
    ["another", "N = 4\nb = 0.5 if N >= 4 and N != 5 else 0.1\n", 0.5],
    ["whether it is there", "N = None\nb = 0.1 if N is not None else 0.5\n", 0.5],
    ["one of two", "A = True\nb = 0.5 if x or A else 0.1\n", 0.5],
    ["both", "A = False\nb = 0.1 if x and A else 0.5\n", 0.5],
    ["one in a list", 'M = "a"\nb = 0.5 if M in ("a", "b") else 0.1\n', 0.5],
    ["the name of the script", 'b = 0.1\nif __name__ == "__main__":\n    b = 0.5\n', 0.5],
  ])("%s", (_, before, value) => {
    const text = `${before}args = GRPOConfig(beta=b, epsilon=0.1)`;
    expect([...paste(text).known.unread]).toEqual([]);
    expect(valuesOf(text, "beta")).toEqual([value]);
  });

  test.each<[string, string, unknown]>([
    [
      "configurations",
      "if False:\n    args = GRPOConfig(beta=0.1)\nelse:\n    args = GRPOConfig(beta=0.5)",
      0.5,
    ],
    ["a change", "args = GRPOConfig(beta=0.1)\nif True:\n    args.beta = 0.5", 0.5],
    ["no change", "args = GRPOConfig(beta=0.5)\nif False:\n    args.beta = 0.1", 0.5],
    [
      "a script's own part",
      'def main():\n    args = GRPOConfig(beta=0.5)\n    GRPOTrainer(args=args)\nif __name__ == "__main__":\n    main()',
      0.5,
    ],
    ["a configuration in it", 'if __name__ == "__main__":\n    args = GRPOConfig(beta=0.5)', 0.5],
  ])("%s", (_, text, value) => {
    const read = paste(text);
    expect([...read.known.unread]).toEqual([]);
    expect(valuesOf(text, "beta")).toEqual([value]);
    expect(read.notes).toEqual([]);
  });

  test.each([
    ["the environment", 'D = os.getenv("D", "")\n', "D"],
    ["the environment, compared", 'D = os.getenv("D", "0")\n', 'D == "1"'],
    [
      "the command line",
      'p.add_argument("--d", action="store_true")\na = p.parse_args()\n',
      "not a.d",
    ],
    ["an argument", "def f(d=False):\n  pass\n", "d"],
    ["an unknown beside a known one", "", "x and True"],
    ["another type", "", "1 == '1'"],
  ])("a default of %s decides nothing", (_, before, condition) => {
    const text = `${before}args = GRPOConfig(beta=0.1 if ${condition} else 0.5, epsilon=0.1)`;
    expect([...paste(text).known.unread]).toEqual(["beta"]);
  });

  test("what is worked out from a default says so", () => {
    const text = 'D = int(os.getenv("D", "2"))\nargs = GRPOConfig(num_iterations=D * 2)';
    expect(paste(text).settled[0]?.note).toBe(
      "4 is worked out from what stands in the text in case the environment variable D is not set.",
    );
  });
});
