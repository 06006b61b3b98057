import { expect, test } from "vitest";
import { readPaste } from "../../../src/config/python/paste.ts";
import { base, idsOf, paste, problem, valuesOf } from "./support.ts";

test.each([
  [
    "package.json",
    '{"name": "site", "version": "1.0.0", "scripts": {"debug": "x", "seed": "y"}}',
    "package.json",
  ],
  ["tsconfig.json", '{"compilerOptions": {"strict": true}}', "tsconfig.json"],
  ["any JSON", '{"a": 1, "b": {"c": 2}}', "This is JSON (a, b …)"],
  ["a sampler's file", '{"temperature": 0.7, "top_p": 0.9, "stop": "x", "n": 1}', "This is JSON"],
  ["a seed alone", "seed: 1\nname: x", "no configuration"],
  ["a JSON list", "[1, 2, 3]", "JSON list"],
  [
    "a log line",
    "{'loss': 0.1, 'grad_norm': 1.5, 'learning_rate': 2e-06, 'epoch': 0.5}",
    "a log line that a trainer printed",
  ],
  [
    "log lines under a bar",
    " 10%|#   | 5/50 [00:10<01:30] {'loss': 0.1, 'grad_norm': 1.5}\n 20%|##  | 6/50 {'loss': 0.2, 'reward': 1}",
    "2 log lines",
  ],
  [
    "a JSON log",
    '{"loss": 0.5, "grad_norm": 2, "learning_rate": 1e-6, "beta": 0}',
    "a log of training",
  ],
  ["a JSON list of rows", '[{"loss": 0.5, "step": 1}]', "a log of training"],
  [
    "trainer_state.json",
    '{"best_metric": null, "global_step": 5, "log_history": [{"loss": 1}]}',
    "trainer_state.json",
  ],
  [
    "a model's config",
    '{"architectures": ["LlamaForCausalLM"], "use_cache": true, "hidden_size": 64}',
    "a model's config.json",
  ],
  [
    "a generation config",
    '{"temperature": 0.6, "top_k": 20, "top_p": 0.9, "repetition_penalty": 1.1, "transformers_version": "5.0"}',
    "generation_config.json",
  ],
  ["an adapter config", '{"peft_type": "LORA", "r": 16}', "LoRA adapter"],
  [
    "a DeepSpeed config",
    '{"zero_optimization": {"stage": 3}, "bf16": {"enabled": true}}',
    "DeepSpeed",
  ],
  [
    "an accelerate file",
    "distributed_type: MULTI_GPU\nnum_processes: 4\nmixed_precision: bf16",
    "accelerate",
  ],
  [
    "a request",
    '{"model": "m", "temperature": 1, "top_p": 1, "messages": []}',
    "request to a language model",
  ],
  [
    "another trainer's class",
    "args = DPOConfig(beta=0.1, learning_rate=1e-6)",
    "DPOConfig in line 1 belongs to TRL's DPOTrainer",
  ],
  [
    "the asynchronous trainer",
    "c = AsyncGRPOConfig(epsilon=0.2, num_generations=4)",
    "another trainer, whose ratio",
  ],
  [
    "a script of another class",
    "a = TrainingArguments(\n  learning_rate=1e-5,\n  seed=1,\n)",
    "transformers' Trainer",
  ],
  [
    "a parser without values",
    "p = TrlParser((GRPOConfig, ModelConfig))\na, m = p.parse_args_and_config()",
    "TrlParser, line 1",
  ],
  [
    "a parser of a subclass",
    "class C(GRPOConfig):\n    beta: float = 0.5\n(a,) = HfArgumentParser(C).parse_args_into_dataclasses()",
    "HfArgumentParser, line 3",
  ],
  ["a call without values", "import trl\nargs = trl.GRPOConfig()", "line 2 sets nothing"],
  [
    "a command that names a file",
    "trl grpo --config my/recipe.yaml",
    "my/recipe.yaml, which is not in this text",
  ],
  [
    "a call of unknown values",
    "GRPOConfig(**settings)",
    "**settings in line 1, which is not known",
  ],
  ["prose", "Set the learning rate = 1e-6 and epsilon: small.", "no configuration"],
])("%s is named for what it is", (_, text, says) => {
  expect(problem(text)).toContain(says);
});

test.each([
  [
    "verl",
    "python -m verl.trainer.main_ppo data.train_batch_size=64 actor_rollout_ref.rollout.n=4",
  ],
  ["verl", "actor_rollout_ref:\n  rollout: {n: 4, temperature: 1.0, top_p: 1.0, top_k: -1}"],
  [
    "NeMo RL",
    "grpo: {num_prompts_per_step: 8, num_generations_per_prompt: 4}\nloss_fn: {ratio_clip_min: 0.2}",
  ],
  ["ms-swift", "swift rlhf --rlhf_type grpo --num_generations 8 --learning_rate 1e-6"],
  [
    "Axolotl",
    "base_model: a/b\nrl: grpo\ntrl:\n  num_generations: 8\nmicro_batch_size: 2\nlearning_rate: 1e-6",
  ],
  ["OpenRLHF", "python -m openrlhf.cli.train_ppo_ray --rollout.batch_size 8"],
  ["slime", "python train.py --n-samples-per-prompt 8 --rollout-batch-size 4 --eps-clip 4e-4"],
])("%s is called another trainer, and nothing else is said", (name, text) => {
  expect(problem(text)).toMatch(new RegExp(`^This is a configuration of ${name} \\(`));
});

test("a notebook's code is read, with the lines of its cells", () => {
  const cell = (source: string[], type = "code") => ({ cell_type: type, metadata: {}, source });
  const notebook = JSON.stringify({
    cells: [
      cell(["# GRPOConfig(beta=9)"], "markdown"),
      cell(["!pip install trl\n", "from trl import GRPOConfig"]),
      cell([
        "args = GRPOConfig(\n",
        "    num_generations=4,\n",
        "    per_device_train_batch_size=4,\n",
        ")",
      ]),
    ],
    metadata: { padding: "x".repeat(60_000) },
    nbformat: 4,
  });
  const read = paste(notebook);
  expect(read.notes[0]).toContain("notebook");
  expect(read.source.split("\n")[(read.settled[0]?.line ?? 0) - 1]).toContain("num_generations=4");
  expect(read.run.grpo.num_generations).toBe(4);
  expect(problem(JSON.stringify({ cells: [cell(["print(1)"])], nbformat: 4 }))).toContain(
    "notebook",
  );
});

test("a map within a file is read, and the path to it said", () => {
  const read = paste(
    '{"model": {"name": "m"}, "train": {"grpo": {"num_generations": 4, "loss_type": "grpo"}}}',
  );
  expect(read.run.grpo).toMatchObject({ num_generations: 4, loss_type: "grpo" });
  expect(read.notes[0]).toBe(
    "The configuration is what stands under train.grpo, from line 1 on; the rest of the text was not read.",
  );
  expect(
    valuesOf("run.num_generations: 4\nrun.epsilon: 0.1\nother: 2", "num_generations", "epsilon"),
  ).toEqual([4, 0.1]);
});

test("values of Weights & Biases stand under value", () => {
  const text =
    "wandb_version: 1\nnum_generations:\n  desc: null\n  value: 4\nloss_type:\n  value: bnpo\n";
  expect(valuesOf(text, "num_generations", "loss_type")).toEqual([4, "bnpo"]);
});

test("the document of several that has fields is read", () => {
  expect(
    valuesOf("name: x\n---\nnum_generations: 4\nbeta: 0.5\n", "num_generations", "beta"),
  ).toEqual([4, 0.5]);
});

test("an interpreter's prompts are no part of the text", () => {
  const text = ">>> args = GRPOConfig(\n...     num_generations=4,\n...     beta=0.5,\n... )\n";
  expect(valuesOf(text, "num_generations", "beta")).toEqual([4, 0.5]);
});

test("numbers written as texts are numbers in YAML and JSON, not in Python", () => {
  expect(
    valuesOf('learning_rate: "2e-6"\nnum_generations: "4"', "learning_rate", "num_generations"),
  ).toEqual([2e-6, 4]);
  const { settled } = paste('GRPOConfig(num_generations="4")');
  expect(settled[0]?.outcome).toBe("refused");
});

test("many lines of comments do not keep a file from being read", () => {
  expect(
    valuesOf(
      `num_generations: 4\n${"# more\n".repeat(3000)}beta: 0.5\n`,
      "num_generations",
      "beta",
    ),
  ).toEqual([4, 0.5]);
});

test("TOML and assignments are read whole, comments that name the class or not", () => {
  for (const comment of ["", "# for GRPOConfig\n"]) {
    const read = paste(
      `${comment}num_generations = 16\nper_device_train_batch_size = 16\nbf16 = true\nbeta = 1e-3\n`,
    );
    expect(read.format).toBe("toml");
    expect(read.run.grpo).toMatchObject({
      num_generations: 16,
      per_device_train_batch_size: 16,
      beta: 1e-3,
    });
    expect(read.run.exportOnly).toMatchObject({ bf16: true });
  }
  expect(paste("# a GRPOConfig\nnum_generations=4,\nbeta=0.1,\n").format).toBe("arguments");
  expect(paste("B = 4\nnum_generations = 2 * B\nbeta = 0.1\n").run.grpo.num_generations).toBe(8);
});

test("what print(args) shows is read: texts without quotes, members of enumerations", () => {
  const read = paste(
    "GRPOConfig(\n_n_gpu=1,\nbeta=0.04,\neval_strategy=IntervalStrategy.NO,\nloss_type=dapo,\nlr_scheduler_type=SchedulerType.COSINE,\nnum_generations=4,\noptim=<OptimizerNames.ADAMW_TORCH: 'adamw_torch'>,\noutput_dir=/tmp/x,\nreport_to=['wandb'],\n)",
  );
  expect(read.format).toBe("printed");
  expect(read.run.grpo).toMatchObject({
    beta: 0.04,
    lr_scheduler_type: "cosine",
    optim: "adamw_torch",
    num_generations: 4,
  });
  expect(read.run.exportOnly).toMatchObject({ output_dir: "/tmp/x", report_to: "wandb" });
});

test("a dump of a made configuration has both sizes, which agree", () => {
  const all = { ...base.grpo };
  const filler = Object.fromEntries(
    "do_train do_eval do_predict debug skip_memory_metrics local_rank use_cpu push_to_hub"
      .split(" ")
      .map((name) => [name, null]),
  );
  const dump = {
    ...all,
    ...filler,
    per_device_train_batch_size: 4,
    gradient_accumulation_steps: 2,
    steps_per_generation: 8,
    generation_batch_size: 64,
    num_generations: 8,
  };
  const read = paste(JSON.stringify(dump, null, 1));
  expect(read.run.grpo.num_processes).toBe(2);
  expect(idsOf(read)).not.toContain("batch-both");
  expect(read.schedule).toContain("4 optimizer steps per rollout");
});

test("an editor's launch file is read where its arguments are a configuration", () => {
  const args = ["--num_generations", "4", "--loss_type", "grpo", "--bf16"];
  const text = JSON.stringify({ version: "0.2.0", configurations: [{ name: "train", args }] });
  expect(valuesOf(text, "num_generations", "loss_type")).toEqual([4, "grpo"]);
  expect(
    problem('{"version": "0.2.0", "configurations": [{"name": "x", "args": ["--port", "1"]}]}'),
  ).toContain("launch.json");
});

test("nothing that is named is loadable", () => {
  expect(Object.keys(readPaste('{"name": "x", "dependencies": {}}', { base }))).toEqual([
    "problem",
    "recognised",
  ]);
});

test("a map that merges another has its values and its own over them", () => {
  const text = `
defaults: &d
  num_generations: 4
  beta: 0.5
train:
  <<: *d
  beta: 0.1
  epsilon: 0.3
`;
  expect(valuesOf(text, "num_generations", "beta", "epsilon")).toEqual([4, 0.1, 0.3]);
});

test("JSON with comments and a last comma is read", () => {
  const text = '{\n  // ours\n  "num_generations": 4,\n  "beta": 0.5,\n}';
  expect(valuesOf(text, "num_generations", "beta")).toEqual([4, 0.5]);
});

test("what Python prints of a dict is Python: None is none, not a text", () => {
  const { run } = paste("{'num_generations': 4, 'epsilon_high': None, 'run_name': None}");
  expect(run.grpo).toMatchObject({ num_generations: 4, epsilon_high: null });
  expect(run.exportOnly?.run_name ?? null).toBeNull();
});

test("of two maps the one of GRPO is read, however much the other has", () => {
  const other =
    "sft:\n  learning_rate: 1e-5\n  num_train_epochs: 3\n  warmup_steps: 10\n  bf16: true\n  gradient_accumulation_steps: 8\n";
  const text = `${other}grpo:\n  num_generations: 4\n  beta: 0.5\n`;
  expect(valuesOf(text, "num_generations", "warmup_steps")).toEqual([4, 0]);
});

test("where a command's output goes is no value of its last flag", () => {
  const { run } = paste("python t.py --num_generations 4 --report_to wandb 2>&1 > log.txt | tee x");
  expect(run.exportOnly?.report_to ?? run.grpo).toEqual("wandb");
});

test("a comment of an INI file ends its value", () => {
  const text = "[grpo]\nnum_generations = 4 ; four\nepsilon = 0.3\n";
  expect(valuesOf(text, "num_generations", "epsilon")).toEqual([4, 0.3]);
});

test("a diff is read as what it leaves, with its own line numbers", () => {
  const text = `--- a/t.py
+++ b/t.py
@@ -1,4 +1,4 @@
 args = GRPOConfig(
-    beta=0.1,
+    beta=0.5,
     num_generations=4,
 )
`;
  expect(valuesOf(text, "beta", "num_generations")).toEqual([0.5, 4]);
  expect(paste(text).settled.find(({ name }) => name === "beta")?.line).toBe(6);
});
