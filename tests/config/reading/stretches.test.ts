import { describe, expect, test } from "vitest";
import { findTexts } from "../../../src/config/reading/find-texts.ts";
import { paste, problem, valuesOf } from "./support.ts";

const notebook = (...cells: readonly string[]): string =>
  JSON.stringify({
    cells: cells.map((source) => ({
      cell_type: source.startsWith("#md") ? "markdown" : "code",
      source: source.split(/(?<=\n)/),
      outputs: [{ text: "GRPOConfig(beta=9)" }],
    })),
    metadata: {},
    nbformat: 4,
  });

describe("notebooks", () => {
  test.each<[string, string[], Record<string, unknown>]>([
    [
      "a cell for the shell",
      ["import os", "%%bash\nN=4\ntrl grpo --num_generations $N --beta 0.1"],
      { num_generations: 4, beta: 0.1 },
    ],
    [
      "a line for the shell",
      ["import os\n!trl grpo --num_generations 4 \\\n   --beta 0.1\nprint(1)"],
      { num_generations: 4, beta: 0.1 },
    ],
    [
      "a script magic",
      ["%%script bash --no-raise-error\ntrl grpo --num_generations 4 --beta 0.1"],
      { num_generations: 4 },
    ],
    [
      "a file that a cell writes and a command takes",
      ["%%writefile c.yaml\nnum_generations: 4\nbeta: 0.5", "!trl grpo --config c.yaml --beta 0.1"],
      { num_generations: 4, beta: 0.1 },
    ],
    [
      "a file that a cell writes",
      ["%%writefile c.yaml\nnum_generations: 4\nbeta: 0.5"],
      { num_generations: 4, beta: 0.5 },
    ],
    [
      "a script that a cell writes",
      ["%%writefile t.py\nfrom trl import GRPOConfig\nGRPOConfig(num_generations=4)"],
      { num_generations: 4 },
    ],
    ["a timed cell of Python", ["%%time\nGRPOConfig(num_generations=4)"], { num_generations: 4 }],
    [
      "Python first",
      ["GRPOConfig(num_generations=4)", "!trl grpo --num_generations 16 --beta 0.1"],
      { num_generations: 4, beta: 0 },
    ],
    [
      "names over cells",
      ["G = 4", "%pip install trl", "GRPOConfig(num_generations=G)"],
      { num_generations: 4 },
    ],
    [
      "a variable of the environment",
      ["%env N=4\n%env B 0.1", "!trl grpo --num_generations $N --beta $B"],
      { num_generations: 4, beta: 0.1 },
    ],
  ])("%s", (_, cells, expected) => {
    expect(valuesOf(notebook(...cells), ...Object.keys(expected))).toEqual(Object.values(expected));
  });

  test("lines are those of the code, and a name of Python in a command is not known", () => {
    const read = paste(
      notebook("#md\ntext", "import os", "!trl grpo --num_generations 4 \\\n  --beta {beta}"),
    );
    expect(read.settled.map(({ name, line }) => [name, line]).slice(0, 2)).toEqual([
      ["num_generations", 3],
      ["beta", 4],
    ]);
    expect(read.source.split("\n")[2]).toContain("num_generations 4");
    expect(read.settled.find(({ name }) => name === "beta")?.note).toContain("is ${beta}, which");
    expect([...read.known.unread]).toEqual(["beta"]);
  });

  test("without a configuration it is called a notebook", () => {
    expect(problem(notebook("print(1)", "%%bash\nls"))).toContain("This is a notebook");
  });

  test("a cell pasted by itself", () => {
    expect(valuesOf("%%bash\ntrl grpo --num_generations 4 --beta 0.1", "num_generations")).toEqual([
      4,
    ]);
    expect(valuesOf("!trl grpo --num_generations 4 --beta 0.1", "beta")).toEqual([0.1]);
  });
});

describe("documents with blocks of code", () => {
  test("the block with most settings is read, in its own lines", () => {
    const text =
      "# Model\n\nTrained -- well.\n\n```yaml\nnum_generations: 4\n```\n\n```bash\ntrl grpo \\\n  --num_generations 8 --beta 0.1 \\\n  --epsilon 0.3\n```\n";
    const read = paste(text);
    expect(read.run.grpo).toMatchObject({ num_generations: 8, beta: 0.1, epsilon: 0.3 });
    expect(read.settled.find(({ name }) => name === "epsilon")?.line).toBe(12);
    expect(read.notes).toContain(
      "The text has 2 blocks of code with settings; the one with most, from line 11 on, is read.",
    );
  });

  test("a block of Python", () => {
    expect(
      valuesOf("Use this:\n```python\nGRPOConfig(num_generations=4)\n```", "num_generations"),
    ).toEqual([4]);
  });
});

describe("scripts that say how they are started", () => {
  const SCRIPT = `# Copyright
"""
pip install trl

It doesn't need \`much\`: see "the docs" (N >= 32), $5.

accelerate launch \\
    --config_file zero3.yaml \\
    examples/grpo.py \\
    --num_generations 4 \\
    --loss_type grpo
"""
import trl
parser = TrlParser((ScriptArguments, GRPOConfig))
script_args, training_args = parser.parse_args_and_config()
`;

  test("the command of the docstring is read where the script has no configuration", () => {
    const read = paste(SCRIPT);
    expect(read.run.grpo).toMatchObject({ num_generations: 4, loss_type: "grpo" });
    expect(read.format).toBe("command");
    expect(read.settled.find(({ name }) => name === "loss_type")?.line).toBe(11);
    expect(read.notes.at(-1)).toContain(
      "Read from the command in line 10, by which the script says",
    );
    expect(read.known.unread).toContain("num_processes");
  });

  test("with fences, and with a prompt", () => {
    const fenced = SCRIPT.replace("$5.", "$5.\n```bash").replace('grpo\n"""', 'grpo\n```\n"""');
    expect(valuesOf(fenced, "num_generations")).toEqual([4]);
    const prompted =
      "from trl import GRPOTrainer\n# $ python t.py --num_generations 4 --beta 0.1\nmain()";
    expect(valuesOf(prompted, "num_generations")).toEqual([4]);
  });

  test("also where the docstring has fences", () => {
    const fenced = SCRIPT.replace("$5.", "$5.\n```bash").replace('grpo\n"""', 'grpo\n```\n"""');
    const own = "args = GRPOConfig(num_generations=16)\n";
    expect(valuesOf(`${fenced}${own}`, "num_generations")).toEqual([16]);
  });

  test("of a script of another trainer nothing is read", () => {
    expect(problem(SCRIPT.replace("GRPOConfig", "RLOOConfig"))).toMatch(
      /RLOOConfig|no configuration/,
    );
  });

  test("a configuration of the script's own goes before it", () => {
    expect(valuesOf(`${SCRIPT}args = GRPOConfig(num_generations=16)\n`, "num_generations")).toEqual(
      [16],
    );
  });
});

describe("settings whoever's they are", () => {
  const names = (text: string) =>
    findTexts(text)[0]?.maps.flatMap(({ path, written }) =>
      written.map(({ name }) => [...path, name].join(".")),
    );

  test.each<[string, string, string[]]>([
    ["a command", "swift rlhf --rlhf_type grpo", ["rlhf_type"]],
    ["YAML", "# of mine\n---\na:\n  b: 1", ["a", "a.b"]],
    ["JSON", '{"a": {"b": 1}}', ["a", "a.b"]],
    [
      "TOML",
      "[orchestrator]\nx = 1\n[trainer.loss]\ny = true",
      ["orchestrator.x", "trainer.loss.y"],
    ],
    ["a notebook's cell", "x = 1\n!python -m m a.b=1", ["a.b"]],
    [
      "a script that writes one of Python",
      "cat > t.py <<'EOF'\nimport x\nEOF\npython -m m a.b=1",
      ["a.b"],
    ],
    ["a docstring", '"""\npython -m m a.b=1\n"""\nimport m', ["a.b"]],
    ["a block", "text\n```\npython -m m a.b=1\n```", ["a.b"]],
    ["the larger of two", "python -m m a=1\npython -m n b.c=1 d.e=2", ["b.c", "d.e"]],
  ])("of %s", (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  test("of Python's code there are none", () => {
    expect(findTexts("import x\nx.f(a=1)")).toEqual([]);
  });
});
