import { describe, expect, test } from "vitest";
import { findings } from "../../../src/config/findings/findings.ts";
import { exportArm, forms } from "../../../src/config/python/export.ts";
import { unknownName } from "../../../src/config/reading/unknown-names.ts";
import { getField } from "../../../src/config/run-fields.ts";
import { idsOf, paste } from "./support.ts";

const meant = (name: string) => unknownName(name).meant.map((field) => field.name);

describe("a name that is no field", () => {
  test.each([
    ["attn_implementation", "belongs to the model", []],
    ["reward_funcs", "belongs to the script", []],
    ["processing_class", "argument of GRPOTrainer", []],
    ["num_processes", "belongs to the launcher", []],
    ["packing", "another trainer's", []],
    ["kl_coeff", "TRL calls it beta", ["beta"]],
    ["lr", "TRL calls it learning_rate", ["learning_rate"]],
    ["clip_ratio_high", "TRL calls it epsilon_high", ["epsilon_high"]],
    ["num_generation", "is not a field of GRPOConfig", ["num_generations"]],
    ["epsilom", "is not a field", ["epsilon"]],
    ["importance_sampling_levl", "is not a field", ["importance_sampling_level"]],
    ["top_n", "is not a field", []],
    ["beta3", "is not a field", []],
    ["reward_scaling", "is not a field", []],
    ["model_implementation", "is not a field", []],
  ])("%s %s", (name, says, names) => {
    expect(unknownName(name).says).toContain(says);
    expect(meant(name)).toEqual(names);
  });

  test("is not hidden, however many there are", () => {
    const names = Array.from({ length: 60 }, (_, i) => `own_setting_${i}`);
    const read = paste(`GRPOConfig(beta=0, ${names.map((name) => `${name}=1`).join(", ")})`);
    const unknown = read.settled.filter(({ outcome }) => outcome === "unknown");
    expect(unknown.map(({ name }) => name)).toEqual(names);
  });
});

describe("what a toy cannot run with goes to the export and comes back", () => {
  const TEXT = `args = GRPOConfig(
    max_completion_length=2048, top_k=100, optim="paged_adamw_8bit",
    reward_weights=[1.0, 1.0, 0.5], num_generations=8)`;
  const read = paste(TEXT);

  test("the page has its own", () => {
    expect(read.run.grpo).toMatchObject({ top_k: 0, optim: "adamw_8bit", reward_weights: null });
    expect(read.run.grpo.max_completion_length).toBeLessThan(64);
    expect(idsOf(read)).not.toContain("reward-weights");
    expect(read.settled.find(({ name }) => name === "reward_weights")).toMatchObject({
      outcome: "kept",
      note: expect.stringContaining("script's own reward functions"),
    });
  });

  test.each(forms)("as %s", (form) => {
    const text = exportArm(read.run, read.run.arms[0]!, form);
    const again = paste(text);
    expect(again.run.exportOnly).toMatchObject({
      max_completion_length: 2048,
      top_k: 100,
      optim: "paged_adamw_8bit",
      reward_weights: [1, 1, 0.5],
    });
    expect(again.run.grpo).toEqual(
      expect.objectContaining({ top_k: 0, optim: "adamw_8bit", reward_weights: null }),
    );
    if (form !== "trl" && form !== "unsloth")
      expect(text).toMatch(/reward_weights["=: ]+\[1, ?1, ?0\.5\]|reward_weights": \[\s+1,/);
  });

  test("a default that is left out is the reader's too", () => {
    const plain = paste("GRPOConfig(num_generations=8)");
    expect(exportArm(plain.run, plain.run.arms[0]!, "config")).toContain(
      "max_completion_length=512,",
    );
  });

  test("until the page's own value is another", () => {
    const changed = { ...read.run, grpo: { ...read.run.grpo, top_k: 5, optim: "sgd" } };
    const text = exportArm(changed, changed.arms[0]!, "config");
    expect(text).toContain("top_k=5,");
    expect(text).toContain('optim="sgd",');
  });
});

test("schedules that transformers refuses to make are errors, and the first rate is told as it is", () => {
  expect(
    idsOf(paste('GRPOConfig(lr_scheduler_type="warmup_stable_decay", warmup_steps=5)')),
  ).toEqual(["schedule-arguments"]);
  expect(idsOf(paste('GRPOConfig(lr_scheduler_type="cosine_with_min_lr", beta=0)'))).toEqual([
    "schedule-arguments",
  ]);
  const text = (kind: string) =>
    `GRPOConfig(lr_scheduler_type="${kind}", lr_scheduler_kwargs={"min_lr": 1e-6}, warmup_steps=5, max_steps=50)`;
  expect(idsOf(paste(text("cosine_with_min_lr")))).toContain("first-step-is-zero");
  expect(idsOf(paste(text("cosine_warmup_with_min_lr")))).not.toContain("first-step-is-zero");
});

test("with vLLM a ratio that is always 1 is so but for rounding", () => {
  const first = (text: string) => findings(paste(text).run, paste(text).known)[0]?.message;
  expect(first("GRPOConfig(use_vllm=True, beta=0)")).toContain("Every ratio is 1 but for rounding");
  expect(first("GRPOConfig(use_vllm=v, beta=0)")).toContain("Every ratio is 1 but for rounding");
  expect(first("GRPOConfig(beta=0)")).toContain("Every ratio is exactly 1");
});

test("every value is where the page keeps it", () => {
  expect(getField(paste("GRPOConfig(output_dir='a', beta=0.5)").run, "output_dir")).toBe("a");
});
