import { expect, test } from "vitest";
import { getField } from "../../../src/config/run-fields.ts";
import { readPaste } from "../../../src/config/python/paste.ts";
import { ROWS } from "./python-outcomes.ts";
import { base, paste, valuesOf } from "./support.ts";

// Each of them was once read as another value than Python's. What is not followed is not known.
test.each(ROWS)("%s: nothing is read that Python would not have", (_, script, field, python) => {
  const read = readPaste(script, { base });
  if ("problem" in read || read.known.unread.has(field)) return;
  expect(python).toEqual([getField(read.run, field)]);
});

test.each<[string, string, Record<string, unknown>]>([
  [
    "a configuration that a function gives, changed after",
    "def make():\n    return GRPOConfig(beta=0.1, epsilon=0.3)\nargs = make()\nargs.beta = 0.5\nGRPOTrainer(args=args)",
    { beta: 0.5, epsilon: 0.3 },
  ],
  [
    "that of the function whose value the trainer is given",
    "def a():\n    return GRPOConfig(beta=0.1)\ndef b():\n    return GRPOConfig(beta=0.5)\nGRPOTrainer(args=b())",
    { beta: 0.5 },
  ],
  [
    "the trainer's third argument",
    "a = GRPOConfig(beta=0.1)\nb = GRPOConfig(beta=0.5)\nGRPOTrainer(m, r, b)",
    { beta: 0.5 },
  ],
  [
    "a quotient rounded down as Python does",
    "GRPOConfig(num_train_epochs=1.0 // 0.1)",
    { num_train_epochs: 9 },
  ],
  ["a small power", "GRPOConfig(learning_rate=10**-5)", { learning_rate: 1e-5 }],
  [
    "the first of two bases",
    "@dataclass\nclass A:\n    beta: float = 0.5\n@dataclass\nclass B:\n    beta: float = 0.1\n@dataclass\nclass My(A, B, GRPOConfig):\n    pass\nMy(epsilon=0.1)",
    { beta: 0.5 },
  ],
])("%s is read", (_, script, expected) => {
  expect(valuesOf(script, ...Object.keys(expected))).toEqual(Object.values(expected));
  expect([...paste(script).known.unread]).toEqual([]);
});

test("a default of a class that is no dataclass has no effect, which is said", () => {
  const text = "class My(GRPOConfig):\n    beta: float = 0.5\nMy(epsilon=0.1)";
  expect(valuesOf(text, "beta")).toEqual([0]);
  expect(paste(text).notes).toEqual([
    "Line 2: beta has no effect here: only an annotated name in a class with @dataclass is a default of GRPOConfig's.",
  ]);
});

test.each(["prepare(args)", "cfg = utils.prepare(args)"])(
  "what the text does not have is read as if it changed nothing, which is said: %s",
  (call) => {
    const read = paste(`args = GRPOConfig(beta=0.5)\n${call}\nGRPOTrainer(args=args)`);
    expect(read.run.grpo.beta).toBe(0.5);
    expect(read.notes).toEqual([
      "Line 2: prepare() is given args and is not in this text; it is read as if prepare() changed nothing.",
    ]);
  },
);
