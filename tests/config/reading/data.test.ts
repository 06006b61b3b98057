import { describe, expect, test } from "vitest";
import { foundData } from "../../../src/config/reading/data.ts";
import { idsOf, paste, problem, valuesOf } from "./support.ts";

/** What the maps of a text hold, by whole names. */
function found(text: string): Record<string, unknown> {
  const [first] = foundData(text);
  return Object.fromEntries(
    (first?.maps ?? []).flatMap(({ path, written }) =>
      written.map(({ name, literal }): [string, unknown] => [
        [...path, name].join("."),
        "problem" in literal ? `? ${literal.problem}` : literal.value,
      ]),
    ),
  );
}

describe("YAML that refers to itself", () => {
  test("an alias is the value that it stands for", () => {
    const text = "lr: &lr 1.0e-6\nlearning_rate: *lr\nnum_generations: 4\nnone: *other";
    expect(found("a: &a 1\nb: *a\nc: &c {d: 2}\ne: *c")).toMatchObject({
      b: 1,
      e: { d: 2 },
      "e.d": 2,
    });
    expect(valuesOf(text.replace("\nnone: *other", ""), "learning_rate")).toEqual([1e-6]);
  });

  test("numbers are those that Python reads", () => {
    expect(found("a: 100_000\nb: '1_0'\nc: 1_a\nd: 1.0e-6")).toEqual({
      a: 100_000,
      b: "1_0",
      c: "1_a",
      d: 1e-6,
    });
  });

  test("what a map merges in is there with the maps within it", () => {
    const text = "base: &base\n  optim: {lr: 1}\n  n: 4\nrun:\n  <<: *base\n  n: 8";
    expect(found(text)).toMatchObject({ "run.n": 8, "run.optim.lr": 1 });
  });

  test("aliases of aliases of lists are not written out whole", () => {
    const lines = [`a0: &a0 [${Array.from({ length: 20 }, () => 1).join(",")}]`];
    for (let i = 1; i < 5; i++) {
      lines.push(`a${i}: &a${i} [${Array.from({ length: 20 }, () => `*a${i - 1}`).join(",")}]`);
    }
    const { a1, a4 } = found(lines.join("\n"));
    expect(a1).toHaveLength(20);
    expect(a4).toBe("? refers to too much");
  });

  test.each<[string, string, unknown, string | undefined]>([
    ["an interpolation", "x: ${data.n}", 512, "the value of data.n"],
    ["one of a map", "x: ${data}", { n: 512 }, "the value of data"],
    ["one of one", "y: ${data.n}\nx: ${y}", 512, "the value of y"],
    ["a selection", "x: ${oc.select:data.n,7}", 512, "the value of data.n"],
    [
      "a selection of nothing",
      "x: ${oc.select:data.m,7}",
      7,
      "what stands in the text where there is no data.m",
    ],
    ["what NeMo RL has computed", "x: ${mul:${data.n}, 2}", 1024, "mul of ${data.n} and 2"],
    [
      "the environment with a default",
      "x: ${oc.env:N,8}",
      8,
      "what stands in the text in case $N is not set",
    ],
  ])("%s is put in, and said", (_, line, value, from) => {
    const [first] = foundData(`data:\n  n: 512\n${line}`);
    const x = first?.maps[0]?.written.find(({ name }) => name === "x");
    expect(x?.literal).toMatchObject({ value });
    expect(x?.from).toBe(from);
  });

  test.each<[string, string, string]>([
    ["a key that is not there", "x: ${data.m}", "is ${data.m}, which is not in this text"],
    [
      "the environment",
      "x: ${oc.env:N}",
      "is $N, which is set outside of this text: write its value in its place",
    ],
    ["another resolver", "x: ${pow:${a},2}", "is ${pow:${a},2}, which something else fills in"],
    ["a factor that is not there", "x: ${mul:${a},2}", "is ${a}, which is not in this text"],
    ["a division by nothing", "x: ${div:1,0}", "is ${div:1,0}, which is no number"],
    [
      "a text with another resolver",
      "x: a/${now:}/${data.m}",
      "is a/${now:}/${data.m}, which something else fills in",
    ],
    ["a template", 'x: "{{ n }}"', "is {{ n }}, which something else fills in"],
    ["itself", "x: ${x}", "refers to too much"],
  ])("%s is not known", (_, line, says) => {
    expect(found(line)["x"]).toBe(`? ${says}`);
  });
});

describe("files that build on others", () => {
  test.each<[string, string, string[]]>([
    [
      "NeMo-RL's",
      "defaults: ../grpo_math_1B.yaml\ngrpo:\n  n: 1",
      ["../grpo_math_1B.yaml in line 1"],
    ],
    [
      "Hydra's list",
      "defaults:\n  - ppo_trainer\n  - actor@a.b: dp_actor\n  - override /model: hf\n  - _self_\nn: 1",
      ["ppo_trainer in line 2", "actor/dp_actor in line 3", "/model/hf in line 4"],
    ],
  ])("%s are named as not to be had", (_, text, files) => {
    expect(foundData(text)[0]?.open).toEqual(
      files.map((file) => `what ${file} sets, which is not in this text`),
    );
  });

  test("and nothing is said that rests on what they set", () => {
    const read = paste("defaults: base.yaml\nnum_generations: 4\nepsilon: 0.3");
    expect(read.notes.join()).toContain("what base.yaml in line 1 sets");
    expect(idsOf(read)).toEqual([]);
    expect(read.run.grpo.num_generations).toBe(4);
  });

  test("a verl tree is read to its leaves", () => {
    const text =
      "actor_rollout_ref:\n  actor:\n    policy_loss: {loss_mode: gspo}\n    megatron: {optim: {override: {deep: {er: 1}}}}";
    expect(found(text)).toMatchObject({
      "actor_rollout_ref.actor.policy_loss.loss_mode": "gspo",
      "actor_rollout_ref.actor.megatron.optim.override.deep.er": 1,
    });
  });
});

describe("commands within files", () => {
  const LAUNCH = `{
  // what the editor starts
  "version": "0.2.0",
  "configurations": [
    { "name": "other", "program": "a.py", "args": ["--port", "1"] },
    {
      "name": "grpo", /* ours */
      "module": "accelerate.commands.launch",
      "args": [
        "--num_processes", "2", "train.py",
        "--num_generations", "4", // so many
        "--epsilon=0.3", "--report_to", "wandb", "tensorboard",
        "--output_dir", "\${workspaceFolder}/out",
      ],
    },
  ]
}`;

  test("a launch.json with comments: the arguments of the configuration with settings", () => {
    expect(valuesOf(LAUNCH, "num_generations", "epsilon", "report_to")).toEqual([
      4,
      0.3,
      ["wandb", "tensorboard"],
    ]);
    const read = paste(LAUNCH);
    expect(read.run.grpo.num_processes).toBe(2);
    expect(read.settled.find(({ name }) => name === "num_generations")?.line).toBe(11);
    expect(read.known.unread).toContain("output_dir");
    expect(read.notes).toContain("Read from the arguments in args, line 9.");
  });

  test("a module and its overrides", () => {
    const text =
      '{"configurations": [{"module": "verl.trainer.main_ppo", "args": ["--config-name", "x", "data.train_batch_size=8"]}]}';
    const command = foundData(text).find(({ format }) => format === "command");
    expect(command?.program).toBe("verl.trainer.main_ppo");
    expect(command?.maps.map(({ path }) => path)).toEqual([[], ["data"]]);
  });

  test("a list alone", () => {
    expect(
      valuesOf('["--num_generations", "4", "--beta", 0.5]', "num_generations", "beta"),
    ).toEqual([4, 0.5]);
  });

  test("a script in a job's file", () => {
    const text =
      "resources:\n  gpus: 8\nrun: |\n  N=4\n  trl grpo \\\n    --num_generations $N --epsilon 0.3\n";
    expect(valuesOf(text, "num_generations", "epsilon")).toEqual([4, 0.3]);
    expect(paste(text).settled.find(({ name }) => name === "epsilon")?.line).toBe(6);
    expect(paste(text).notes).toContain("Read from the script in run, line 4.");
  });

  test("a container's command and arguments", () => {
    const text =
      'spec:\n  command: ["python", "-m", "t"]\n  args: ["--num_generations", "4", "--beta", "0.5"]';
    expect(valuesOf(text, "num_generations")).toEqual([4]);
    expect(foundData(text).at(-1)?.program).toBe("t");
  });

  test("comments and commas of editors are taken out of JSON, not out of its texts", () => {
    const text =
      '{ // one\n "num_generations": 4, /* two\n three */ "run_name": "a//b,]", "beta": 0.5,\n}';
    expect(valuesOf(text, "num_generations", "run_name", "beta")).toEqual([4, "a//b,]", 0.5]);
    expect(paste(text).format).toBe("json");
  });

  test("a launch.json without settings is called what it is", () => {
    expect(
      problem('{"version": "0.2.0", "configurations": [{"args": ["--port", "1"]}]}'),
    ).toContain("This is a launch.json of an editor");
  });
});

test("a file of a thousand lines is read", () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `    key_${i}: ${i} # the ${i}th`);
  const text = `a:\n  b:\n${lines.join("\n")}\n`;
  expect(found(text)["a.b.key_999"]).toBe(999);
});
