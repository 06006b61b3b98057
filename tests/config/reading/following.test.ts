import { describe, expect, test } from "vitest";
import { idsOf, paste, valuesOf } from "./support.ts";

const CALL = "args = GRPOConfig(num_generations=4, per_device_train_batch_size=4)\n";

describe("what can be followed without running it", () => {
  test.each<[string, string, Record<string, unknown>]>([
    [
      "environment variables with a default",
      'GRPOConfig(beta=float(os.environ.get("B", "0.5")), num_generations=int(os.getenv("G", 4)))',
      { beta: 0.5, num_generations: 4 },
    ],
    [
      "dict(…)",
      'd = dict(beta=0.5)\nargs = GRPOConfig(**d, loss_type="grpo")',
      { beta: 0.5, loss_type: "grpo" },
    ],
    [
      "dicts in dicts",
      'a = {"beta": 0.5, "epsilon": 0.1}\nb = {**a, "epsilon": 0.3}\nGRPOConfig(**b)',
      { beta: 0.5, epsilon: 0.3 },
    ],
    [
      "joined dicts",
      'GRPOConfig(**({"beta": 0.5} | dict(epsilon=0.3)))',
      { beta: 0.5, epsilon: 0.3 },
    ],
    [
      "an entry of a dict",
      'c = {"train": {"beta": 0.5}}\nGRPOConfig(beta=c["train"]["beta"])',
      { beta: 0.5 },
    ],
    [
      "argparse",
      'p = ArgumentParser()\np.add_argument("--g", type=int, default="4")\np.add_argument("--log-completions", action="store_true")\na = p.parse_args()\nGRPOConfig(num_generations=a.g, log_completions=a.log_completions)',
      { num_generations: 4, log_completions: false },
    ],
    [
      "a copy with other values",
      "base = GRPOConfig(beta=0.5, epsilon=0.1)\nargs = dataclasses.replace(base, epsilon=0.3)\nGRPOTrainer(args=args)",
      { beta: 0.5, epsilon: 0.3 },
    ],
    [
      "a copy that is changed, and no change of what was copied after it",
      "base = GRPOConfig(beta=0.5, epsilon=0.1)\nargs = copy.deepcopy(base)\nargs.epsilon = 0.3\nbase.beta = 0.9\nGRPOTrainer(args=args)",
      { beta: 0.5, epsilon: 0.3 },
    ],
    [
      "what a function of the script makes",
      "def make():\n    return GRPOConfig(beta=0.5)\nargs = make()\nGRPOTrainer(args=args)",
      { beta: 0.5 },
    ],
    [
      "argparse beside other arguments",
      'p.add_argument("--g", type=int, default=4)\na, rest = p.parse_known_args()\nGRPOConfig(num_generations=a.g)',
      { num_generations: 4 },
    ],
    [
      "the first of both",
      'p.add_argument("--g", type=int, default=4)\na = p.parse_known_args()[0]\nGRPOConfig(num_generations=a.g)',
      { num_generations: 4 },
    ],
    [
      "all arguments of argparse",
      'p.add_argument("--num-generations", type=int, default=4)\np.add_argument("--beta", default=0.5)\na = p.parse_args()\nGRPOConfig(**vars(a))',
      { num_generations: 4, beta: 0.5 },
    ],
    [
      "a dataclass",
      "@dataclass\nclass C:\n    g: int = 4\n    beta: float = field(default=0.5)\nc = C(g=2)\nGRPOConfig(num_generations=c.g, beta=c.beta)",
      { num_generations: 2, beta: 0.5 },
    ],
    ["asdict", "class C:\n    beta: float = 0.5\nGRPOConfig(**asdict(C()))", { beta: 0.5 }],
    [
      "classes of one name: the last one above is meant",
      "@dataclass\nclass A(GRPOConfig):\n    beta: float = 0.5\n@dataclass\nclass B(A):\n    epsilon: float = 0.1\nclass A(B, GRPOConfig):\n    pass\nA(num_generations=8)",
      { num_generations: 8, epsilon: 0.1, beta: 0.5 },
    ],
    [
      "a class that passes on",
      "@dataclass\nclass My(GRPOConfig):\n    beta: float = 0.5\nMy(epsilon=0.1)",
      { beta: 0.5, epsilon: 0.1 },
    ],
    [
      "a partial",
      "make = functools.partial(GRPOConfig, beta=0.5)\nargs = make(epsilon=0.1)",
      { beta: 0.5, epsilon: 0.1 },
    ],
    [
      "a function's default",
      "def main(beta=0.5):\n    a = GRPOConfig(beta=beta)\nmain()",
      { beta: 0.5 },
    ],
    [
      "a function's own name",
      "def main():\n    b = 0.5\n    a = GRPOConfig(beta=b)",
      { beta: 0.5 },
    ],
    [
      "enumerations",
      "GRPOConfig(lr_scheduler_type=SchedulerType.COSINE, optim=OptimizerNames.ADAMW_8BIT)",
      { lr_scheduler_type: "cosine", optim: "adamw_8bit" },
    ],
    [
      "a format",
      'N = 4\nGRPOConfig(output_dir=f"out/{N}", num_generations=N)',
      { output_dir: "out/4", num_generations: 4 },
    ],
    [
      "an empty list of trackers",
      "GRPOConfig(report_to=[], beta=0.5)",
      { report_to: "none", beta: 0.5 },
    ],
    [
      "assignments after the call",
      `${CALL}args.beta = 0.5\nsetattr(args, "loss_type", "grpo")`,
      { beta: 0.5, loss_type: "grpo", num_generations: 4 },
    ],
    [
      "items and update",
      'd = {"beta": 0.1}\nd["epsilon"] = 0.3\nd.update(beta=0.5, delta=2)\nd.pop("delta")\nGRPOConfig(**d)',
      { beta: 0.5, epsilon: 0.3, delta: null },
    ],
    [
      "del and setdefault",
      'd = {"beta": 0.1, "delta": 2}\ndel d["delta"]\nd.setdefault("beta", 9)\nGRPOConfig(**d)',
      { beta: 0.1, delta: null },
    ],
    [
      "a plain dict that is changed",
      'd = {"num_generations": 8, "beta": 0.1}\nd["beta"] = 0.5',
      { beta: 0.5 },
    ],
    [
      "the one that the trainer is given",
      "a = GRPOConfig(beta=0.1)\nb = GRPOConfig(beta=0.5)\nt = GRPOTrainer(model=m, args=b)",
      { beta: 0.5 },
    ],
    [
      "the one that the trainer is given by another name",
      "a = GRPOConfig(beta=0.1)\nb = GRPOConfig(beta=0.5)\nargs = b\nt = GRPOTrainer(model=m, args=args)",
      { beta: 0.5 },
    ],
    [
      "the one that the trainer is given by another name",
      "a = GRPOConfig(beta=0.1)\nb = GRPOConfig(beta=0.5)\nargs = b\nt = GRPOTrainer(model=m, args=args)",
      { beta: 0.5 },
    ],
    [
      "what is written into the trainer's call",
      "a = GRPOConfig(beta=0.1)\nGRPOTrainer(model=m, args=GRPOConfig(beta=0.5))",
      { beta: 0.5 },
    ],
    ["another name of the class", "Config = trl.GRPOConfig\na = Config(beta=0.5)", { beta: 0.5 }],
    [
      "arguments in a list",
      'sys.argv = ["t.py", "--num_generations", "4", "--beta", "0.5"]\np = TrlParser((GRPOConfig,))',
      { num_generations: 4, beta: 0.5 },
    ],
  ])("%s", (_, text, expected) => {
    const read = paste(text);
    expect(valuesOf(text, ...Object.keys(expected))).toEqual(Object.values(expected));
    for (const name of Object.keys(expected)) expect(read.known.unread).not.toContain(name);
  });

  test("a default says that it is one", () => {
    const notes = (text: string) => paste(text).settled[0]?.note;
    expect(notes('GRPOConfig(beta=float(os.getenv("B", "0.5")))')).toContain(
      "the environment variable B is not set",
    );
    expect(notes("def f(beta=0.5):\n    GRPOConfig(beta=beta)")).toBe(
      "0.5 is the default of an argument of f().",
    );
  });
});

describe("what cannot is known as not read, with its line", () => {
  test.each<[string, string, string, number]>([
    [
      "an environment variable",
      'GRPOConfig(\n  beta=float(os.environ["B"]), epsilon=0.1)',
      "beta",
      2,
    ],
    ["one without a default", "GRPOConfig(beta=os.getenv('B'), epsilon=0.1)", "beta", 1],
    [
      "an argument that is required",
      'p.add_argument("--b", required=True)\na = p.parse_args()\nGRPOConfig(beta=a.b, epsilon=0.1)',
      "beta",
      3,
    ],
    [
      "what a method of it sets",
      "args = GRPOConfig(beta=0.5, epsilon=0.1).set_training(learning_rate=1e-3)",
      "beta",
      1,
    ],
    [
      "a configuration that the trainer is not given",
      'base = GRPOConfig(beta=0.5, epsilon=0.1)\nGRPOTrainer(args=load("x"))',
      "beta",
      1,
    ],
    [
      "a name that is made anew from itself",
      "args = GRPOConfig(beta=0.5, epsilon=0.1)\nargs = tune(args)\nGRPOTrainer(args=args)",
      "beta",
      1,
    ],
    [
      "an argument of what is both, the arguments and the rest",
      'p.add_argument("--b", default=0.5)\na = p.parse_known_args()\nGRPOConfig(beta=a.b, epsilon=0.1)',
      "beta",
      3,
    ],
    [
      "the rest that argparse leaves",
      'p.add_argument("--b", default=0.5)\na, rest = p.parse_known_args()\nGRPOConfig(beta=rest.b, epsilon=0.1)',
      "beta",
      3,
    ],
    [
      "one among all arguments that has no default",
      'p.add_argument("--beta")\np.add_argument("--epsilon", default=0.1)\na = p.parse_args()\nGRPOConfig(**vars(a))',
      "beta",
      4,
    ],
    [
      "an argument that a caller gives",
      "def main(beta=0.5):\n    a = GRPOConfig(beta=beta, epsilon=0.1)\nmain(0.1)",
      "beta",
      2,
    ],
    [
      "a name of two values",
      "G = 4\nif big:\n    G = 8\nGRPOConfig(num_generations=G, epsilon=0.1)",
      "num_generations",
      4,
    ],
    [
      "a change in a branch",
      `${CALL}if gspo:\n    args.importance_sampling_level = "sequence"`,
      "importance_sampling_level",
      3,
    ],
    [
      "a change in a loop",
      'd = {"beta": 0.1, "epsilon": 0.1}\nfor b in bs:\n    d["beta"] = b\nGRPOConfig(**d)',
      "beta",
      3,
    ],
    ["a change by a function", `def tune(c):\n    c.beta = 0.5\n${CALL}tune(args)`, "beta", 4],
    [
      "a change in a function that is called later",
      'd = {"beta": 0.1, "epsilon": 0.1}\ndef tune():\n    d["beta"] = 1\nGRPOConfig(**d)',
      "beta",
      3,
    ],
    ["a change by itself", `${CALL}args.learning_rate *= 2`, "learning_rate", 2],
    [
      "a change after the trainer is made",
      `${CALL}trainer = GRPOTrainer(model=m, args=args)\ntrainer.args.beta = 0.5`,
      "beta",
      3,
    ],
    ["a change past the object's method", `${CALL}object.__setattr__(args, "beta", b)`, "beta", 2],
    ["a change of its names", `${CALL}vars(args)["beta"] = b`, "beta", 2],
    [
      "a list that is added to",
      "w = [1, 2]\nw.append(3)\nGRPOConfig(reward_weights=w, beta=0)",
      "reward_weights",
      3,
    ],
    ["an attribute of something else", "GRPOConfig(beta=cfg.beta, epsilon=0.1)", "beta", 1],
  ])("%s", (_, text, name, line) => {
    const read = paste(text);
    expect(read.known.unread).toContain(name);
    const setting = read.settled.find((each) => each.name === name);
    expect(setting).toMatchObject({ outcome: "unread", line });
    expect(setting?.note).toContain("nothing is said here that rests on it; Load takes");
  });

  test.each([
    [
      "keywords of a caller",
      "def make(**kwargs):\n    return GRPOConfig(beta=0.5, **kwargs)",
      "**kwargs in line 2",
    ],
    [
      "a file",
      "GRPOConfig(beta=0.5, **json.load(open('c.json')))",
      "**json.load(open('c.json')) in line 1",
    ],
    ["dots", "GRPOConfig(\n    beta=0.5,\n    ...\n)", "the ... in line 3"],
    [
      "a class that does more",
      "class My(GRPOConfig):\n    def __post_init__(self):\n        self.epsilon = 1\nMy(beta=0.5)",
      "what My does when it is made",
    ],
    [
      "a change of a key that is not known",
      "d = {'beta': 0.5, 'epsilon': 1}\nd.pop('epsilon')\nargs = GRPOConfig(**d)\nsetattr(args, name, 1)",
      "the change in line 4",
    ],
    [
      "a function that changes it",
      "args = GRPOConfig(beta=0.5)\napply_overrides(args)",
      "the change in line 2",
    ],
    [
      "another value of the name",
      "args = GRPOConfig(beta=0.5)\nargs = tune(args)",
      "args, which is assigned again in line 2",
    ],
    [
      "a file of a command",
      "trl grpo --config c.yaml --beta 0.5 --num_generations 8",
      "c.yaml in line 1",
    ],
  ])("%s may set any field", (_, text, says) => {
    const read = paste(text);
    expect(read.notes.join("\n")).toContain(`Not known without running the text: ${says}`);
    expect(read.known.unread).toContain("num_iterations");
    expect(idsOf(read)).toEqual([]);
    expect(read.schedule).toContain("on-policy or not is not known");
  });

  test("what is written beside it stays known", () => {
    const read = paste('GRPOConfig(loss_type="dr_grpo", scale_rewards="group", **kwargs)');
    expect(idsOf(read)).toContain("dr-grpo-with-scaling");
    expect(idsOf(read)).not.toContain("ratio-always-one");
  });

  test("a finding comes back once its field is set", () => {
    const read = paste("GRPOConfig(num_iterations=n, beta=0)");
    expect(idsOf(read)).not.toContain("ratio-always-one");
    expect(idsOf(paste("GRPOConfig(num_iterations=1, beta=0)"))).toContain("ratio-always-one");
  });

  test("what a misspelt name means is not in force, and nothing is said of it", () => {
    const read = paste("GRPOConfig(num_iteration=4, loss_type='dapo')");
    expect(read.settled[0]).toMatchObject({ outcome: "unknown", patch: { num_iterations: 4 } });
    expect(idsOf(read)).not.toContain("ratio-always-one");
  });
});
