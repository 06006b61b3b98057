import { expect, test } from "vitest";
import { idsOf, paste, valuesOf } from "./support.ts";

const CFG = 'cfg = {"grpo": {"beta": 0.04, "num_generations": 4}, "model": {"name": "x"}}\n';

test.each<[string, string, Record<string, unknown>]>([
  ["a key that is set", 'cfg["grpo"]["beta"] = 0.5', { beta: 0.5, num_generations: 4 }],
  ["a key that is new", 'cfg["grpo"]["epsilon"] = 0.3', { beta: 0.04, epsilon: 0.3 }],
  ["update with names", 'cfg["grpo"].update(beta=0.5)', { beta: 0.5, num_generations: 4 }],
  ["update with a dict", 'cfg["grpo"].update({"beta": 0.5})', { beta: 0.5 }],
  ["a merge", 'cfg["grpo"] |= {"beta": 0.5}', { beta: 0.5, num_generations: 4 }],
  ["del", 'del cfg["grpo"]["beta"]', { beta: 0, num_generations: 4 }],
  ["pop", 'cfg["grpo"].pop("beta", None)', { beta: 0, num_generations: 4 }],
  ["setdefault", 'cfg["grpo"].setdefault("beta", 9)', { beta: 0.04 }],
  ["setdefault of a new one", 'cfg["grpo"].setdefault("epsilon", 0.3)', { epsilon: 0.3 }],
  ["another dict in its place", 'cfg["grpo"] = {"beta": 0.5}', { beta: 0.5, num_generations: 8 }],
  ["an update of the outer one", 'cfg.update(grpo={"beta": 0.5})', { beta: 0.5 }],
  ["another part", 'cfg["model"]["name"] = y', { beta: 0.04, num_generations: 4 }],
  ["another name of the part", 't = cfg["grpo"]\nt["beta"] = 0.5', { beta: 0.5 }],
  ["update by another name", 't = cfg["grpo"]\nt.update(beta=0.5)', { beta: 0.5 }],
  ["a change of a copy", 't = dict(cfg["grpo"])\nt["beta"] = 0.5', { beta: 0.04 }],
  ["one after the other", 'cfg["grpo"]["beta"] = 1\ncfg["grpo"]["beta"] = 0.5', { beta: 0.5 }],
])("a change in a dict in a dict is followed: %s", (_, change, expected) => {
  const text = `${CFG}${change}\nargs = GRPOConfig(**cfg["grpo"])`;
  expect(valuesOf(text, ...Object.keys(expected))).toEqual(Object.values(expected));
  const { unread, ...read } = { ...paste(text).known, notes: paste(text).notes };
  expect([...unread]).toEqual([]);
  expect(read.notes).toEqual([]);
});

test.each<[string, string, Record<string, unknown>]>([
  [
    "three deep",
    'c = {"a": {"b": {"beta": 0.1}}}\nc["a"]["b"]["beta"] = 0.5\nGRPOConfig(**c["a"]["b"])',
    { beta: 0.5 },
  ],
  [
    "one entry of it",
    'c = {"a": {"beta": 0.1}}\nc["a"]["beta"] = 0.5\nGRPOConfig(beta=c["a"]["beta"])',
    { beta: 0.5 },
  ],
  [
    "a field that is a dict",
    'args = GRPOConfig(lr_scheduler_kwargs={"num_cycles": 1}, beta=0.5)\nargs.lr_scheduler_kwargs["num_cycles"] = 2',
    { lr_scheduler_kwargs: { num_cycles: 2 } },
  ],
  [
    "a dict for a field, changed before",
    'kw = {"num_cycles": 1}\nkw["num_cycles"] = 2\nargs = GRPOConfig(lr_scheduler_kwargs=kw, beta=0.5)',
    { lr_scheduler_kwargs: { num_cycles: 2 } },
  ],
  [
    "another name, read after the first was changed",
    'c = {"t": {"beta": 0.1}}\nt = c["t"]\nc["t"]["beta"] = 0.5\nGRPOConfig(epsilon=0.1, **t)',
    { beta: 0.5 },
  ],
  [
    "a plain name, read after the first was changed",
    'a = {"beta": 0.1}\nb = a\na["beta"] = 0.5\nGRPOConfig(epsilon=0.1, **b)',
    { beta: 0.5 },
  ],
  [
    "only what is not known of it is not",
    'c = {"t": {"beta": b, "epsilon": 0.3}}\nc["t"]["num_generations"] = 4\nGRPOConfig(**c["t"])',
    { epsilon: 0.3, num_generations: 4 },
  ],
])("%s", (_, text, expected) => {
  expect(valuesOf(text, ...Object.keys(expected))).toEqual(Object.values(expected));
  for (const name of Object.keys(expected)) expect(paste(text).known.unread).not.toContain(name);
});

test.each<[string, string, string, number]>([
  ["what is not known", 'cfg["grpo"]["beta"] = b', "beta", 2],
  ["by itself", 'cfg["grpo"]["beta"] *= 2', "beta", 2],
  ["in a loop", 'for b in bs:\n    cfg["grpo"]["beta"] = b', "beta", 3],
  ["in a branch", 'if x:\n    cfg["grpo"]["beta"] = 0.5', "beta", 3],
  ["in a function", 'def f():\n    cfg["grpo"]["beta"] = 0.5\nf()', "beta", 3],
  ["by a function that is given it", 'def f(c):\n    c["grpo"]["beta"] = 0.5\nf(cfg)', "beta", 4],
  ["of one of two names", 't = cfg["grpo"]\nt = other\nt["beta"] = 0.5', "beta", 4],
])("a change %s leaves its field unread, with its line", (_, change, name, line) => {
  const read = paste(`${CFG}${change}\nargs = GRPOConfig(**cfg["grpo"])`);
  expect(read.settled.find((each) => each.name === name)).toMatchObject({
    outcome: "unread",
    line,
  });
  expect([...read.known.unread]).toEqual([name]);
});

test.each<[string, string]>([
  ["a key that is not known", 'cfg["grpo"][key] = 0.5'],
  ["an outer key that is not known", 'cfg[key]["beta"] = 0.5'],
  ["a dict that is not known", 'cfg["grpo"].update(load())'],
  ["a dict that is not known in its place", 'cfg["grpo"] = load()'],
  ["all of it taken away", 'cfg["grpo"].clear()'],
  ["a loop through its parts", 'for part in cfg.values():\n    part["beta"] = 0.5'],
  ["a loop through its entries", 'for k, part in cfg.items():\n    part["beta"] = 0.5'],
  ["a function that changes it", "update_config(cfg)"],
  ["a function that changes the part", 'update_config(cfg["grpo"])'],
])("a change by %s may set any field", (_, change) => {
  const read = paste(`${CFG}${change}\nargs = GRPOConfig(epsilon=0.3, **cfg["grpo"])`);
  expect(read.notes.join("\n")).toContain("Not known without running the text");
  expect(read.known.unread).toContain("num_iterations");
  expect(idsOf(read)).toEqual([]);
});

test.each<[string, string]>([
  ["in a dict", 'd = {"beta": 0.5, **load()}\nGRPOConfig(epsilon=0.1, **d)'],
  ["by a key", 'd = {"beta": 0.5, key: 0.1}\nGRPOConfig(epsilon=0.1, **d)'],
  [
    "within a dict of another name",
    't = {"beta": 0.5}\nc = {"t": t}\nc["t"]["beta"] = 1\nGRPOConfig(epsilon=0.1, **t)',
  ],
])("what may be set again is not known: %s", (_, text) => {
  expect(paste(text).known.unread).toContain("beta");
});

test.each<[string, string, string]>([
  [
    "another dict in its place, and the first by another name",
    'c = {"t": {"beta": 0.1}}\nt = c["t"]\nc["t"] = {"beta": 0.9}\nt["epsilon"] = 0.3\nGRPOConfig(num_generations=8, **c["t"])',
    "epsilon",
  ],
  [
    "a dict that is put into another and changed there",
    'c = {"t": {"beta": 0.1}}\nn = {"beta": 0.9}\nc["t"] = n\nc["t"]["beta"] = 0.5\nGRPOConfig(num_generations=8, **n)',
    "beta",
  ],
  [
    "what a copy has in common",
    'a = {"t": {"beta": 0.1}}\nb = a.copy()\nb["t"]["beta"] = 0.5\nGRPOConfig(num_generations=8, **a["t"])',
    "beta",
  ],
  [
    "what the first has in common with a copy",
    'a = {"t": {"beta": 0.1}}\nb = {**a}\na["t"]["beta"] = 0.5\nGRPOConfig(num_generations=8, **b["t"])',
    "beta",
  ],
  [
    "a dict in a loop that changes it after",
    'd = {"num_generations": 8, "beta": 0.1}\nfor i in range(3):\n    args = GRPOConfig(**d)\n    d["beta"] = 0.5',
    "beta",
  ],
  [
    "a dict of a function that is called after a change",
    'd = {"num_generations": 8, "beta": 0.1}\ndef make():\n    return GRPOConfig(**d)\nd["beta"] = 0.5\nargs = make()',
    "beta",
  ],
  [
    "a name of a name",
    'c = {"t": {"beta": 0.1}}\nt = c["t"]\nu = t\nfor b in bs:\n    u["beta"] = b\nGRPOConfig(num_generations=8, **c["t"])',
    "beta",
  ],
])("%s is not known", (_, text, name) => {
  const read = paste(text);
  expect(read.known.unread).toContain(name);
  expect(read.known.unread).not.toContain("num_generations");
});

test("by another name after another dict came into its place, nothing of it is known", () => {
  const text =
    'c = {"t": {"beta": 0.1}}\nt = c["t"]\nc["t"] = {"beta": 0.9}\nGRPOConfig(num_generations=8, **t)';
  expect(paste(text).known.unread).toContain("beta");
});

test("more changes than are followed leave every field open", () => {
  const read = paste(`${`${"x=".repeat(450)}1\n`.repeat(5)}args = GRPOConfig(beta=0.5)`);
  expect(read.notes.join("\n")).toContain("what its more than 2000 changes reach");
  expect(read.known.unread).toContain("beta");
});

test("a deep copy has nothing in common", () => {
  const text =
    'a = {"t": {"beta": 0.1}}\nb = copy.deepcopy(a)\nb["t"]["beta"] = 0.5\nGRPOConfig(**a["t"])';
  expect(valuesOf(text, "beta")).toEqual([0.1]);
  expect([...paste(text).known.unread]).toEqual([]);
});
