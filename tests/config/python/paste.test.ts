import { describe, expect, test } from "vitest";
import { exportArm } from "../../../src/config/python/export.ts";
import { readPaste, type Paste } from "../../../src/config/python/paste.ts";
import { getField } from "../../../src/config/run-fields.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { findings } from "../../../src/config/findings/findings.ts";
import { trlDefaults, unslothDefaults } from "../../../src/config/schema.ts";

const base = runFrom("sort");

/** Unsloth's published GSPO snippet, values verbatim. */
const UNSLOTH = `training_args = GRPOConfig(
    output_dir = "vlm-grpo-unsloth",
    per_device_train_batch_size = 8,
    gradient_accumulation_steps = 4,
    learning_rate = 5e-6,
    adam_beta1 = 0.9,
    adam_beta2 = 0.99,
    weight_decay = 0.1,
    warmup_ratio = 0.1,
    lr_scheduler_type = "cosine",
    optim = "adamw_8bit",
    # beta = 0.00,
    epsilon = 3e-4,
    epsilon_high = 4e-4,
    num_generations = 8,
    max_prompt_length = 1024,
    max_completion_length = 1024,
    log_completions = False,
    max_grad_norm = 0.1,
    temperature = 0.9,
    # report_to = "none",
    num_train_epochs = 2,
    report_to = "none",
    # GSPO is below:
    importance_sampling_level = "sequence",
    loss_type = "dr_grpo",
)
`;

function paste(text: string, run = base): Paste {
  const result = readPaste(text, { base: run });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

const of = (result: Paste, name: string) => {
  const found = result.settled.find((each) => each.name === name);
  if (!found) throw new Error(`no setting ${name}`);
  return found;
};

describe("Unsloth's snippet", () => {
  const pasted = paste(UNSLOTH);

  test("every value arrives as published", () => {
    const values = Object.fromEntries(pasted.settled.map(({ name, used }) => [name, used]));
    expect(values).toEqual({
      output_dir: "vlm-grpo-unsloth",
      per_device_train_batch_size: 8,
      gradient_accumulation_steps: 4,
      learning_rate: 5e-6,
      adam_beta1: 0.9,
      adam_beta2: 0.99,
      weight_decay: 0.1,
      warmup_ratio: 0.1,
      lr_scheduler_type: "cosine",
      optim: "adamw_8bit",
      epsilon: 3e-4,
      epsilon_high: 4e-4,
      num_generations: 8,
      max_prompt_length: 1024,
      max_completion_length: base.grpo.max_completion_length,
      log_completions: false,
      max_grad_norm: 0.1,
      temperature: 0.9,
      num_train_epochs: 2,
      report_to: "none",
      importance_sampling_level: "sequence",
      loss_type: "dr_grpo",
    });
  });

  test("each setting says what became of it, and where it stands", () => {
    expect(of(pasted, "learning_rate")).toMatchObject({ outcome: "applied", line: 5, note: "" });
    expect(of(pasted, "max_completion_length")).toMatchObject({ outcome: "limited", line: 17 });
    expect(of(pasted, "max_prompt_length")).toMatchObject({
      outcome: "kept",
      note: "Not in TRL since 0.28; kept for the export to Unsloth.",
    });
    expect(of(pasted, "warmup_ratio").note).toContain("warmup_steps 0.1");
    expect(pasted.settled.filter(({ outcome }) => outcome === "refused")).toEqual([]);
  });

  test("what is commented out stays out, and what is left out has TRL's default", () => {
    expect(pasted.defaults).toBe("trl");
    expect(pasted.run.grpo.beta).toBe(trlDefaults.beta);
    expect(pasted.run.grpo.num_iterations).toBe(1);
  });

  test("it is the preset, but for Unsloth's defaults and the name of the warmup", () => {
    const preset = runFrom("unsloth-gspo");
    const { run } = paste(`import unsloth\n${UNSLOTH}`);
    const differing = Object.keys(trlDefaults).filter(
      (name) => JSON.stringify(getField(run, name)) !== JSON.stringify(getField(preset, name)),
    );
    expect(differing).toEqual(["warmup_ratio"]);
    expect(preset.grpo.warmup_ratio).toBe(0.1);
    expect(run.grpo.warmup_steps).toBe(0.1);
    expect(run.exportOnly).toMatchObject(preset.exportOnly ?? {});
  });

  test("the page says that its ratio is always 1", () => {
    expect(findings(pasted.run).map(({ id }) => id)).toContain("ratio-always-one");
  });
});

describe("where a configuration is found", () => {
  const rate = (text: string) => getField(paste(text).run, "learning_rate");

  test.each([
    ["a call", "GRPOConfig(learning_rate=0.01)"],
    ["Unsloth's class", "UnslothGRPOConfig(learning_rate=0.01)"],
    ["through its module", "import trl\nargs = trl.GRPOConfig(learning_rate=0.01)"],
    ["under another name", "from trl import GRPOConfig as C\nargs = C(learning_rate=0.01)"],
    ["a dict", `config = {"learning_rate": 0.01, 'epsilon': None}`],
    ["a spread dict", `d = {"learning_rate": 0.01}\nGRPOConfig(**d, epsilon=0.1)`],
    ["a spread literal", `GRPOConfig(**{"learning_rate": 0.01})`],
    ["YAML", "learning_rate: 0.01\nepsilon: 3e-4"],
    ["YAML with a comment", "# mine\nlearning_rate: 1e-2  # high\nloss_type: grpo"],
    ["JSON", `{"learning_rate": 0.01, "epsilon_high": null}`],
    ["arguments alone", "learning_rate = 0.01,\nepsilon = 3e-4,"],
    ["indented", "    args = GRPOConfig(\n        learning_rate=1e-2,\n    )"],
    ["with spaces of a web page", "GRPOConfig(\u00a0learning_rate\u00a0=\u00a01e-2)"],
    ["Windows line ends", "GRPOConfig(\r\n  learning_rate=1e-2,\r\n)"],
    ["in a function", "def main():\n    return GRPOConfig(learning_rate=0.01)"],
    ["in a notebook", "%pip install trl\n!ls\nargs = GRPOConfig(learning_rate=0.01)"],
  ])("%s", (_, text) => {
    expect(rate(text)).toBe(0.01);
  });

  test("in a whole script, with its line", () => {
    const pasted = paste(
      `from trl import GRPOConfig, GRPOTrainer\n\ndef reward(completions, **kwargs):\n    return [len(c) for c in completions]\n\nargs = GRPOConfig(\n    # epsilon=0.1,\n    beta=0.04,  # as in the paper\n)\ntrainer = GRPOTrainer(args=args, reward_funcs=[reward])\n`,
    );
    expect(of(pasted, "beta")).toMatchObject({ line: 8, used: 0.04 });
    expect(pasted.settled.map(({ name }) => name)).toEqual(["beta", "max_completion_length"]);
  });

  test("the first of several counts, and the page says so", () => {
    const pasted = paste("a = GRPOConfig(beta=0.1)\nb = GRPOConfig(beta=0.2)");
    expect(pasted.run.grpo.beta).toBe(0.1);
    expect(pasted.notes).toEqual([
      "The script makes 2 configurations; the first, in line 1, is read.",
    ]);
  });

  test.each([
    "",
    "hello",
    "x = 1",
    "[1, 2]",
    "a: 1",
    "GRPOConfig()",
    "print('GRPOConfig(beta=1)')",
  ])("none in %j", (text) => {
    expect(readPaste(text, { base })).toHaveProperty("problem");
  });

  test("a text that is too long is refused with its length", () => {
    const result = readPaste("#".repeat(60_000), { base });
    expect(result).toMatchObject({ problem: expect.stringContaining("60,000 characters") });
  });

  test("Unsloth's defaults fill what is left out where the text names it", () => {
    expect(paste("UnslothGRPOConfig(epsilon=0.1)").run.grpo.loss_type).toBe(
      unslothDefaults.loss_type,
    );
    expect(
      paste("from unsloth import FastLanguageModel\nargs = GRPOConfig(epsilon=0.1)").defaults,
    ).toBe("unsloth");
    expect(paste("GRPOConfig(epsilon=0.1)").run.grpo.loss_type).toBe("dapo");
  });
});

describe("what a literal is", () => {
  test.each<[string, string, unknown]>([
    ["learning_rate", "5e-6", 5e-6],
    ["learning_rate", "1/4", 0.25],
    ["learning_rate", "1e-6 * 5", 1e-6 * 5],
    ["learning_rate", "2 ** -10", 2 ** -10],
    ["learning_rate", "(1 + 1) / 8", 0.25],
    ["learning_rate", "+.5", 0.5],
    ["learning_rate", "1.", 1],
    ["max_steps", "1_000", 1000],
    ["max_steps", "-1", -1],
    ["max_steps", "7 // 2", 3],
    ["max_steps", "-7 % 4", 1],
    ["max_steps", "0x10", 16],
    ["max_steps", "0b101", 5],
    ["loss_type", "'dr_grpo'", "dr_grpo"],
    ["loss_type", '"dr_" "grpo"', "dr_grpo"],
    ["loss_type", '"dr_" + "grpo"', "dr_grpo"],
    ["loss_type", 'f"dr_grpo"', "dr_grpo"],
    ["loss_type", '"""dr_grpo"""', "dr_grpo"],
    ["loss_type", '"\\x64r_grpo"', "dr_grpo"],
    ["scale_rewards", "True", "group"],
    ["scale_rewards", "False", "none"],
    ["scale_rewards", "not True", "none"],
    ["epsilon_high", "None", null],
    ["learning_rate", "float('1e-5')", 1e-5],
    ["max_steps", "int('12')", 12],
    ["lr_scheduler_kwargs", '{"num_cycles": 2}', { num_cycles: 2 }],
    [
      "model_init_kwargs",
      '{"dtype": "float32", "x": [1, None]}',
      { dtype: "float32", x: [1, null] },
    ],
    ["report_to", '["wandb"]', "wandb"],
    ["run_name", "'it\\'s \\u00e9'", "it's é"],
    ["run_name", "r'a\\n'", "a\\n"],
  ])("%s=%s", (name, text, value) => {
    const pasted = paste(`GRPOConfig(${name}=${text})`);
    expect(getField(pasted.run, name)).toEqual(value);
    expect(["applied", "kept"]).toContain(of(pasted, name).outcome);
  });

  test.each<[string, string, string]>([
    ["learning_rate", "float(rate)", "is the name rate, whose value is not known"],
    ["learning_rate", "lr", "is the name lr, whose value is not known"],
    ["learning_rate", "1e999", "is not a finite number"],
    ["learning_rate", "1 / 0", "is not a finite number"],
    ["learning_rate", "1j", "is not a plain number"],
    ["run_name", 'f"{x}"', "is the name x, whose value is not known"],
    ["run_name", 'b"x"', "is not text"],
    ["max_steps", "[1 for _ in x]", "is an expression"],
    [
      "max_steps",
      "__import__('os').getpid()",
      "is __import__('os').getpid(), whose value is not known",
    ],
    ["max_steps", "3 if x else 4", "depends on the condition in line 3"],
  ])("%s=%s is none", (name, text, why) => {
    const pasted = paste(`GRPOConfig(\n  beta=0.5,\n  ${name}=${text},\n)`);
    const setting = of(pasted, name);
    expect(setting.outcome).toBe("unread");
    expect(setting.note).toContain(`Line 3: ${name} ${why}`);
    expect(pasted.known.unread).toContain(name);
    expect(getField(pasted.run, "beta")).toBe(0.5);
  });
});

describe("names", () => {
  test("assigned once to literals are known", () => {
    const pasted = paste(
      "max_seq_length = 1024\nmax_prompt_length = 256 + 1\nargs = GRPOConfig(\n  max_prompt_length = max_prompt_length,\n  max_steps = max_seq_length - max_prompt_length,\n)",
    );
    expect(getField(pasted.run, "max_prompt_length")).toBe(257);
    expect(pasted.run.grpo.max_steps).toBe(767);
  });

  test("assigned again in a straight line have the last value", () => {
    const pasted = paste("n = 1\nn = n + 1\nGRPOConfig(max_steps=n)\nn = 7");
    expect(pasted.run.grpo.max_steps).toBe(2);
  });

  test.each([
    ["twice, the second time in a loop", "n = 1\nfor i in x:\n    n = 2\nGRPOConfig(max_steps=n)"],
    ["later", "GRPOConfig(max_steps=n)\nn = 1"],
    ["under a condition", "if x:\n    n = 1\nGRPOConfig(max_steps=n)"],
    ["and then changed", "n = 1\nn += 1\nGRPOConfig(max_steps=n)"],
    ["and as an argument", "n = 1\ndef f(n):\n    return GRPOConfig(max_steps=n)"],
    ["by itself", "n = n + 1\nGRPOConfig(max_steps=n)"],
    ["in a loop", "n = 1\nfor n in range(3):\n    pass\nGRPOConfig(max_steps=n)"],
    ["by a call", "n = len(x)\nGRPOConfig(max_steps=n)"],
    ["of a module", "GRPOConfig(max_steps=cfg.n)"],
  ])("assigned %s are not", (_, text) => {
    const setting = of(paste(text), "max_steps");
    expect(setting).toMatchObject({ outcome: "unread", used: -1 });
  });
});

describe("what cannot be taken as written", () => {
  test.each([
    [
      "num_generations=1",
      "Line 1: num_generations takes a whole number from 2 to 256; 1 is not, so nothing is said here that rests on it; Load takes 8.",
    ],
    ["learning_rate='fast'", "takes a number from 0 to 1; 'fast' is not, so nothing"],
    ["loss_type='ppo'", "takes one of grpo, bnpo, dr_grpo"],
    ["log_completions=1", "takes true or false; 1 is not"],
    ["max_steps=1.5", "takes a whole number"],
    ["epsilon=True", "takes a number from 0 to 10"],
    ["model_init_kwargs={'__proto__': 1}", "has a key that is not a name"],
  ])("%s", (text, why) => {
    const pasted = paste(`GRPOConfig(${text})`);
    expect(pasted.settled[0]?.outcome).toMatch(/refused|unread/);
    expect(pasted.settled[0]).toMatchObject({ patch: null });
    expect(pasted.settled[0]?.note).toContain(why);
  });

  test("several trackers are a list, and come back as one from the export", () => {
    const pasted = paste(`GRPOConfig(report_to=["wandb", "tensorboard"], debug=[])`);
    expect(pasted.run.exportOnly).toMatchObject({
      report_to: ["wandb", "tensorboard"],
      debug: null,
    });
    const arm = pasted.run.arms[0]!;
    expect(exportArm(pasted.run, arm, "config")).toContain(
      `    report_to=["wandb", "tensorboard"],\n`,
    );
    expect(exportArm(pasted.run, arm, "yaml")).toContain(`report_to: ["wandb", "tensorboard"]\n`);
  });

  test("a dictionary may be the path of its file", () => {
    const pasted = paste(`GRPOConfig(deepspeed="zero3.json", fsdp_config={"offload": True})`);
    expect(pasted.run.exportOnly).toMatchObject({ deepspeed: "zero3.json" });
  });

  test("a token for the hub is a secret: neither kept nor shown", () => {
    const pasted = paste(`GRPOConfig(hub_token="hf_abcdef", epsilon=0.1)`);
    expect(JSON.stringify(pasted)).not.toContain("hf_abcdef");
    expect(of(pasted, "hub_token")).toMatchObject({
      outcome: "unknown",
      note: "Line 1: hub_token is a secret and was not kept; write it into your own script, or log in.",
    });
  });

  test("evaluation fields are applied, under their former name for one click", () => {
    const pasted = paste(
      `GRPOConfig(eval_strategy="steps", eval_steps=0.1, num_generations_eval=4, evaluation_strategy="epoch")`,
    );
    expect(pasted.run.grpo).toMatchObject({
      eval_strategy: "steps",
      eval_steps: 0.1,
      num_generations_eval: 4,
    });
    expect(of(pasted, "evaluation_strategy")).toMatchObject({
      outcome: "unknown",
      patch: { eval_strategy: "epoch" },
    });
  });

  test("what transformers 5 has no more stays as a comment, and is read back", () => {
    const pasted = paste(
      `GRPOConfig(logging_dir="logs", max_seq_length=2048, save_safetensors=True)`,
    );
    expect(of(pasted, "logging_dir").note).toBe(
      "Not in transformers since 5; kept as a comment in exports.",
    );
    const arm = pasted.run.arms[0]!;
    for (const form of ["trl", "unsloth"] as const) {
      const script = exportArm(pasted.run, arm, form);
      expect(script).toContain(`    # logging_dir="logs",  # not in transformers since 5\n`);
      expect(paste(script).run.exportOnly).toEqual(
        expect.objectContaining({ logging_dir: "logs", max_seq_length: 2048 }),
      );
    }
    expect(exportArm(pasted.run, arm, "unsloth")).toContain("    max_seq_length=2048,\n");
  });

  test("an unknown name with the one that was meant, for one click", () => {
    const pasted = paste(`GRPOConfig(\n  lr_schedular = "cosine",\n  epsilom=0.1,\n  zzzzzz=1,\n)`);
    expect(pasted.settled.slice(0, 3)).toMatchObject([
      { outcome: "unknown", line: 2, patch: { lr_scheduler_type: "cosine" } },
      { outcome: "unknown", line: 3, patch: { epsilon: 0.1 } },
      { outcome: "unknown", line: 4, patch: null },
    ]);
  });

  test("fields of this page are no fields of TRL", () => {
    expect(paste("GRPOConfig(beta=0, width=8)").settled[1]?.outcome).toBe("unknown");
  });

  test("a length or a filter beyond the toy is limited", () => {
    const pasted = paste(
      "GRPOConfig(max_completion_length=4096, top_k=100, optim='paged_adamw_8bit')",
    );
    expect(pasted.settled).toMatchObject([
      { outcome: "limited", used: base.grpo.max_completion_length },
      { outcome: "limited", used: 0 },
      { outcome: "limited", used: "adamw_8bit" },
    ]);
    expect(paste("GRPOConfig(beta=0)").settled.at(-1)).toMatchObject({
      name: "max_completion_length",
      line: null,
      outcome: "limited",
    });
  });

  test("a name twice: the first counts", () => {
    const pasted = paste("GRPOConfig(beta=0.1, beta=0.2)");
    expect(pasted.run.grpo.beta).toBe(0.1);
    expect(pasted.notes[0]).toContain("beta is there twice");
  });

  test.each([
    [
      "  epsilon=0.3 0.4,",
      ["Line 3: a comma is missing after epsilon=0.3.", "Line 3: 0.4 has no name and is left out."],
    ],
    ["  lambda=3,", ["Line 3 is not valid Python and was left out."]],
    ["  epsilon=,", ["Line 3 is not valid Python and was left out."]],
    ["  epsilon=0.3", ["Line 3: a comma is missing after epsilon=0.3."]],
    ["  epsilon=0.3 ?,", ["Line 3 is not valid Python and was left out."]],
  ])("%j is named, and the other lines are read", (line, notes) => {
    const pasted = paste(`GRPOConfig(\n  beta=0.1,\n${line}\n  delta=2,\n  max_steps=5,\n)`);
    expect(pasted.notes).toEqual(notes);
    expect(pasted.run.grpo).toMatchObject({ beta: 0.1, delta: 2, max_steps: 5 });
  });

  test("a call that is cut off is read as far as it goes", () => {
    const pasted = paste("GRPOConfig(\n  beta=0.1,\n  delta=2,\n");
    expect(pasted.notes).toEqual(["The call is not closed."]);
    expect(pasted.run.grpo).toMatchObject({ beta: 0.1, delta: 2 });
  });
});
