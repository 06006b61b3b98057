import { describe, expect, test } from "vitest";
import { askedFor } from "../../../src/config/frameworks/asked-for.ts";
import { readAny } from "../../../src/config/frameworks/read-any.ts";
import { isForeign } from "../../../src/config/frameworks/values.ts";
import { fc } from "../../support/fuzz.ts";
import { base } from "./support.ts";

function read(text: string, given: Record<string, string> = {}) {
  const paste = readAny(text, { base, given });
  if ("problem" in paste) throw new Error(paste.problem);
  const { deciding, others } = askedFor(paste, new Set(Object.keys(given)));
  const named = (asked: typeof deciding) => asked.map(({ name, line }) => `${name} in ${line}`);
  const values = isForeign(paste) ? paste.foreign.values : paste.run.grpo;
  return { deciding: named(deciding), others: named(others), values, paste };
}

const VERL = `N=\${N:-8}
python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo \\
  data.train_batch_size=$TBS actor_rollout_ref.rollout.n=$N \\
  actor_rollout_ref.actor.ppo_mini_batch_size=64 actor_rollout_ref.model.path=$MODEL`;

describe("variables of the environment are asked for by name and line, and read when they are told", () => {
  test("in a shell script of another trainer: those that settings wait for before paths", () => {
    const open = read(VERL);
    expect(open.deciding).toEqual(["TBS in 3"]);
    expect(open.others).toEqual(["MODEL in 4"]);
    expect(open.values).not.toHaveProperty("generation_batch_size");
    const known = read(VERL, { TBS: "256" });
    expect(known.values).toMatchObject({ generation_batch_size: 2048, num_generations: 8 });
    // What was told stays asked for, so that it can be changed.
    expect(known.deciding).toEqual(["TBS in 3"]);
  });

  test("a default of the text's gives way to what is told", () => {
    expect(read(VERL, { TBS: "256", N: "16" }).values).toMatchObject({
      generation_batch_size: 4096,
      num_generations: 16,
    });
  });

  test.each<[string, string, string, Record<string, unknown>]>([
    ["a command of TRL", "trl grpo --num_generations 4 --beta $BETA", "BETA in 1", { beta: 0.5 }],
    [
      "Python's os.environ",
      'import os\nGRPOConfig(num_generations=4, beta=float(os.environ["BETA"]))',
      "BETA in 2",
      { beta: 0.5 },
    ],
    [
      "Python's os.getenv",
      'import os\nb = os.getenv("BETA")\nGRPOConfig(num_generations=4, beta=float(b))',
      "BETA in 2",
      { beta: 0.5 },
    ],
    ["YAML", "num_generations: 4\nbeta: ${oc.env:BETA}", "BETA in 2", { beta: 0.5 }],
    [
      "a notebook's cell",
      JSON.stringify({
        cells: [{ cell_type: "code", source: ["!trl grpo --num_generations 4 --beta $BETA"] }],
      }),
      "BETA in 1",
      { beta: 0.5 },
    ],
  ])("in %s", (_, text, asked, values) => {
    const open = read(text);
    expect(open.deciding).toEqual([asked]);
    expect(open.paste.known.unread).toContain("beta");
    const known = read(text, { BETA: "0.5" });
    expect(known.values).toMatchObject(values);
    expect([...known.paste.known.unread]).toEqual([]);
  });

  test("that a launch in a comment takes: how many processes there are", () => {
    const text = "# accelerate launch --num_processes $WORLD t.py\nGRPOConfig(num_generations=4)";
    expect(read(text).deciding).toEqual(["WORLD in 1"]);
    expect(read(text, { WORLD: "2" }).values).toMatchObject({ num_processes: 2 });
  });

  test("but not those that the text sets itself, nor ones with a default", () => {
    const script = 'os.environ["B"] = "1"\nGRPOConfig(num_generations=4, beta=os.environ["B"])';
    expect(read(script).deciding).toEqual([]);
    expect(read(script, { B: "2" }).paste.known.unread).toContain("beta");
    const withDefault = 'GRPOConfig(num_generations=int(os.getenv("G", "4")))';
    expect(read(withDefault).deciding).toEqual([]);
    expect(read(withDefault, { G: "16" }).values).toMatchObject({ num_generations: 16 });
    expect(read("A=3\ntrl grpo --num_generations 4 --beta $A", { A: "9" }).values).toMatchObject({
      beta: 3,
    });
  });

  test("any name and value: no crash, and a number is read as that number", () => {
    const name = fc.oneof(
      fc.constantFrom("(", "a-b", "A", "__proto__", "constructor"),
      fc.string(),
    );
    fc.assert(
      fc.property(name, fc.string(), (variable, value) => {
        const quoted = JSON.stringify(variable);
        const text = `GRPOConfig(num_generations=4, beta=float(os.environ[${quoted}]), temperature=os.getenv(${quoted}))`;
        read(text, { [variable]: value });
        read(text);
      }),
      { numRuns: 40 },
    );
  });
});

test("a trainer that is chosen reads the text, or says that nothing of it is its own", () => {
  const text = "trl grpo --num_generations 4 --beta 0.1";
  expect(readAny(text, { base, from: "verl" })).toEqual({
    problem: "No setting of verl is in this text.",
    recognised: true,
  });
  expect(readAny(text, { base, from: "ms-swift" })).toMatchObject({
    foreign: { framework: { id: "ms-swift" }, values: { num_generations: 4, beta: 0.1 } },
  });
  expect(readAny(text, { base, from: "unsloth" })).toMatchObject({ defaults: "unsloth" });
});
