import { describe, expect, test } from "vitest";
import { paste, problem, valuesOf } from "./support.ts";

const FIELDS = "num_generations = 4\nbeta = 0.5\n";

describe("tables that are fields", () => {
  test.each<[string, string, unknown]>([
    [
      "a table under the one with the fields",
      `[t]\n${FIELDS}[t.lr_scheduler_kwargs]\nnum_cycles = 2\n`,
      { num_cycles: 2 },
    ],
    ["a table at the top", `${FIELDS}[lr_scheduler_kwargs]\nnum_cycles = 2\n`, { num_cycles: 2 }],
    [
      "before the fields",
      `[t.lr_scheduler_kwargs]\nnum_cycles = 2\n[t]\n${FIELDS}`,
      { num_cycles: 2 },
    ],
    ["a key with dots", `[t]\n${FIELDS}lr_scheduler_kwargs.num_cycles = 2\n`, { num_cycles: 2 }],
    ["dots at the top", `${FIELDS}lr_scheduler_kwargs.num_cycles = 2\n`, { num_cycles: 2 }],
    [
      "dots all the way",
      "t.num_generations = 4\nt.beta = 0.5\nt.lr_scheduler_kwargs.num_cycles = 2\n",
      { num_cycles: 2 },
    ],
    [
      "braces",
      `[t]\n${FIELDS}lr_scheduler_kwargs = { num_cycles = 2 } # so many\n`,
      { num_cycles: 2 },
    ],
    [
      "a table in braces around all",
      "t = { num_generations = 4, beta = 0.5, lr_scheduler_kwargs = { num_cycles = 2 } }\n",
      { num_cycles: 2 },
    ],
    [
      "two keys",
      `[t]\n${FIELDS}lr_scheduler_kwargs.num_cycles = 2\nlr_scheduler_kwargs.min_lr = 1e-7`,
      { num_cycles: 2, min_lr: 1e-7 },
    ],
  ])("%s", (_, text, expected) => {
    expect(valuesOf(text, "lr_scheduler_kwargs", "num_generations", "beta")).toEqual([
      expected,
      4,
      0.5,
    ]);
    const read = paste(text);
    expect(read.format).toBe("toml");
    expect(read.settled.filter(({ outcome }) => outcome === "unknown")).toEqual([]);
    expect(read.notes).toEqual([]);
  });

  test.each<[string, string, string, unknown]>([
    [
      "model_init_kwargs",
      '[t]\nnum_generations = 4\n[t.model_init_kwargs]\ntorch_dtype = "bfloat16"\nlayers = [1, 2]\n',
      "model_init_kwargs",
      { torch_dtype: "bfloat16", layers: [1, 2] },
    ],
    [
      "a table within it",
      "[t]\nnum_generations = 4\n[t.model_init_kwargs.quantization_config]\nload_in_4bit = true\n",
      "model_init_kwargs",
      { quantization_config: { load_in_4bit: true } },
    ],
    [
      "vllm_sampling_params",
      "[trainer]\nnum_generations = 4\n[trainer.vllm_sampling_params]\nmin_p = 0.1\n",
      "vllm_sampling_params",
      { min_p: 0.1 },
    ],
  ])("%s", (_, text, name, expected) => {
    const setting = paste(text).settled.find((each) => each.name === name);
    expect(setting).toMatchObject({ outcome: "kept", used: expected });
  });
});

test("values as TOML writes them", () => {
  const text = `[a]\nnum_generations = 0x10\nbf16 = true\nlearning_rate = 1_0e-6\nrun_name = 'C:\\x'\noutput_dir = """\no"""\nreward_weights = [\n  1.0, # one\n  0.5,\n]\n`;
  expect(
    valuesOf(text, "num_generations", "bf16", "learning_rate", "run_name", "reward_weights"),
  ).toEqual([16, true, 1e-5, "C:\\x", null]);
  expect(
    paste(text)
      .settled.slice(0, 6)
      .map(({ outcome }) => outcome),
  ).toEqual(["applied", "kept", "applied", "kept", "kept", "kept"]);
});

test("several tables are read together, which is said", () => {
  const text =
    "[model]\nname = 'm'\n[training]\nlearning_rate = 1e-5\n[grpo]\nnum_generations = 4\n";
  expect(valuesOf(text, "learning_rate", "num_generations")).toEqual([1e-5, 4]);
  expect(paste(text).notes).toEqual([
    "The fields of [training] and [grpo] are read together, as of one configuration.",
  ]);
});

test("a field of two tables with two values is not known", () => {
  const read = paste(
    "[sft]\nlearning_rate = 1e-5\n[grpo]\nlearning_rate = 1e-6\nnum_generations = 4\n",
  );
  expect([...read.known.unread]).toEqual(["learning_rate"]);
  expect(read.settled.find(({ name }) => name === "learning_rate")?.note).toContain(
    "learning_rate stands in [grpo] and in [sft] with different values, so nothing is said here",
  );
});

test.each([
  ["inf", "max_grad_norm = inf"],
  ["a date", "max_grad_norm = 2024-01-01"],
])("%s is not read", (_, line) => {
  expect([...paste(`[t]\nnum_generations = 4\n${line}\n`).known.unread]).toEqual(["max_grad_norm"]);
});

test("of several runs what they agree on is read", () => {
  const text =
    "[[runs]]\nnum_generations = 4\nbeta = 0.5\n[runs.lr_scheduler_kwargs]\nnum_cycles = 1\n[[runs]]\nnum_generations = 4\nbeta = 0.1\n[runs.lr_scheduler_kwargs]\nnum_cycles = 2\n";
  const read = paste(text);
  expect([...read.known.unread]).toEqual(["beta", "lr_scheduler_kwargs"]);
  expect(read.run.grpo.num_generations).toBe(4);
  expect(read.settled.find(({ name }) => name === "beta")?.note).toContain(
    "beta stands in [runs[1]] and in [runs[2]] with different values",
  );
});

test("another trainer's TOML is named", () => {
  expect(
    problem(
      "[orchestrator]\nrollouts_per_example = 8\n[trainer]\nlearning_rate = 1e-6\nmax_steps = 3\n",
    ),
  ).toContain("prime-rl");
});

test("what is not TOML to its end is read as before", () => {
  expect(
    valuesOf("[t]\nloss_type = grpo\nnum_generations = 4\nbeta = 0.5\n", "num_generations", "beta"),
  ).toEqual([4, 0.5]);
});

test.each([
  ["a table", "[__proto__]\npolluted = 1\n[t]\n"],
  ["a key with dots", "[t]\n__proto__.polluted = 1\n"],
  ["a table under a field", "[t.lr_scheduler_kwargs.__proto__]\npolluted = 1\n[t]\n"],
])("%s of the name of every object's prototype reaches nothing else", (_, head) => {
  expect(valuesOf(`${head}num_generations = 4\n`, "num_generations")).toEqual([4]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("brackets that nest deeper than the stack are no TOML, and nothing throws", () => {
  const nested = `a = ${"[".repeat(9000)}${"]".repeat(9000)}\n`;
  expect(problem(`[t]\n${nested}${FIELDS}`)).toContain("There is no configuration in this text");
});

test.each([
  ["escapes", 'run_name = "a\\u00e9\\tb"', "run_name", "aé\tb"],
  ["a line that goes on", 'run_name = """a\\\n   b"""', "run_name", "ab"],
  ["a quoted key", '"beta" = 0.25', "beta", 0.25],
  ["an exponent", "learning_rate = 5e-06", "learning_rate", 5e-6],
])("TOML's own %s", (_, line, name, value) => {
  const read = paste(`[t]\nnum_generations = 4\n${line}\n`);
  expect(read.settled.find((each) => each.name === name)?.used).toEqual(value);
});
