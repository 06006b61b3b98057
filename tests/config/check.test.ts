import { expect, test } from "vitest";
import { checkConfig } from "../../src/config/check.ts";
import { parameterCount } from "../../src/config/parameter-count.ts";
import { applyPatch, setField } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { stepPlan } from "../../src/config/step-plan.ts";
import { armConfig, type PolicyConfig, type RunConfig } from "../../src/config/types.ts";
import { parameterLayout } from "../../src/engine/policy/parameters.ts";
import { anyRun } from "./arbitrary-run.ts";
import { fc } from "../support/fuzz.ts";

const sort = runFrom("sort");
const set = (values: Record<string, string>) => runFrom("sort", { set: values });

test.each<[string, RunConfig, string, string[]]>([
  [
    "out-of-bounds",
    setField(sort, "epsilon", -1),
    "epsilon is -1; it takes a number from 0 to 10.",
    ["epsilon"],
  ],
  [
    "width-and-heads",
    set({ width: "30", warmStart: "none" }),
    "width (30) over heads (4) is 7.5; each head needs a whole, even number of channels.",
    ["width", "heads"],
  ],
  [
    "heads-and-kv-heads",
    set({ kvHeads: "3", warmStart: "none" }),
    "heads (4) is not divisible by kvHeads (3).",
    ["kvHeads", "heads"],
  ],
  [
    "parameters",
    set({ width: "8", hidden: "8", warmStart: "none" }),
    "The policy has 1,048 parameters; at least 5,000 are supported.",
    ["width", "hidden", "layers"],
  ],
  [
    "parameters",
    set({ width: "512", hidden: "2048", layers: "8", warmStart: "none" }),
    "The policy has 31,481,344 parameters; at most 10,000,000 are supported.",
    ["width", "hidden", "layers"],
  ],
  [
    "difficulty",
    set({ difficulty: "13" }),
    "difficulty is 13; for sort it goes from 3 to 12 (most digits).",
    ["difficulty", "task"],
  ],
  [
    "context",
    set({ max_completion_length: "2048" }),
    "Prompts of up to 6 tokens and max_completion_length (2048) come to 2054; the context is 2048.",
    ["max_completion_length", "difficulty"],
  ],
  [
    "warm-start",
    set({ warmStart: "sorts" }),
    "There is no checkpoint named sorts; there are sort, reverse, add, copy, count, brackets, parity, sort-solved, count-dots, find-mark, moe-sort, moe-deep, gpt-oss-style.",
    ["warmStart"],
  ],
  [
    "warm-start",
    set({ task: "copy" }),
    "The checkpoint sort knows the task sort, not copy.",
    ["warmStart"],
  ],
  [
    "warm-start",
    set({ layers: "3" }),
    "The checkpoint sort has layers 2; the policy has 3.",
    ["warmStart"],
  ],
  [
    "reward-weights",
    set({ reward_weights: "1,1" }),
    "reward_weights has 2 numbers; sort has 3 reward functions (exact, positions, ends).",
    ["reward_weights"],
  ],
  ["arm-names", { ...sort, arms: [] }, "The run has no arm.", ["arms"]],
  [
    "arm-names",
    { ...sort, arms: [sort.arms[0]!, sort.arms[0]!] },
    "Two arms have one name (token, token).",
    ["arms"],
  ],
  [
    "arm-names",
    { ...sort, arms: [{ name: "view", overrides: {} }] },
    'An arm cannot be named "view".',
    ["arms"],
  ],
  [
    "arms-out-of-step",
    set({ "sequence.num_generations": "4" }),
    "Arm sequence has num_generations 4 and arm token has 16; arms train in lockstep.",
    ["num_generations"],
  ],
  [
    "groups-not-whole",
    set({ num_generations: "6" }),
    "A rollout of 128 completions (32 × 4) is not divisible by num_generations (6), so groups would be cut apart.",
    ["num_generations", "per_device_train_batch_size"],
  ],
  [
    "batch-both",
    set({ generation_batch_size: "64" }),
    "generation_batch_size (64) and steps_per_generation (4) cannot both be set.",
    ["generation_batch_size", "steps_per_generation"],
  ],
  [
    "plateau-without-evaluation",
    set({ lr_scheduler_type: "reduce_lr_on_plateau" }),
    'lr_scheduler_type="reduce_lr_on_plateau" waits for evaluations, and eval_strategy is "no".',
    ["lr_scheduler_type", "eval_strategy"],
  ],
  [
    "plateau-metric-unknown",
    set({
      lr_scheduler_type: "reduce_lr_on_plateau",
      eval_strategy: "epoch",
      per_device_eval_batch_size: "16",
      metric_for_best_model: "accuracy",
    }),
    "metric_for_best_model is accuracy, which no evaluation measures.",
    ["metric_for_best_model", "lr_scheduler_type"],
  ],
  [
    "evaluation-groups-not-whole",
    set({ eval_strategy: "steps" }),
    "An evaluation batch of 8 completions (per_device_eval_batch_size) is not divisible by the 16 of each prompt, so groups would be cut apart.",
    ["per_device_eval_batch_size", "num_generations_eval", "num_generations"],
  ],
  [
    "evaluation-batches-not-whole",
    set({ eval_strategy: "steps", num_generations_eval: "1", evaluationSize: "60" }),
    "The evaluation set has 60 prompts; batches of 8 completions take 8 at a time.",
    ["evaluationSize", "per_device_eval_batch_size"],
  ],
])("%s", (id, run, message, fields) => {
  const found = checkConfig(run);
  expect(found.map((finding) => [finding.id, finding.message, finding.fields])).toContainEqual([
    id,
    message,
    fields,
  ]);
  expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(["error"]));
});

test("a value out of one arm's bounds names the arm", () => {
  const run = setField(sort, "epsilon", -1, "sequence");
  expect(checkConfig(run)).toMatchObject([{ id: "out-of-bounds", arm: "sequence" }]);
});

test("what is wrong in every arm is said once", () => {
  expect(checkConfig(set({ num_generations: "6" }))).toHaveLength(1);
});

const mixture = { experts: 8, perToken: 2 };

test.each<[Partial<PolicyConfig>, string]>([
  [{ mixture }, "llama has no mixture; leave it out or take another architecture."],
  [{ architecture: "mixtral" }, "mixtral has a mixture; state it."],
  [{ architecture: "qwen2", headDim: 12 }, "qwen2 has no headDim; leave it out"],
  [{ headDim: 7 }, "headDim is 7; each head needs an even number of channels."],
  [
    { architecture: "mixtral", mixture: { experts: 2, perToken: 3 } },
    "a token cannot choose 3 of 2 experts.",
  ],
  [
    { architecture: "mixtral", mixture: { ...mixture, denseLayers: [0] } },
    "mixtral has no dense layers.",
  ],
  [
    { architecture: "qwen3_moe", mixture: { ...mixture, denseLayers: [0, 1] } },
    "every layer is dense: leave the mixture out.",
  ],
  [
    { architecture: "qwen3_moe", mixture: { experts: 8 } as never },
    "mixture.perToken is not stated; it must be a whole number of at least 1.",
  ],
  [
    { architecture: "qwen3_moe", mixture: { ...mixture, expert: 8 } as never },
    "mixture has expert, which is none of experts, perToken,",
  ],
  [
    { rotaryScaling: { type: "linear" } as never },
    "rotaryScaling has the type linear; llama3 and yarn are computed.",
  ],
])("a policy %j is refused in one sentence, and the remedy is taken", (over, message) => {
  const run = { ...sort, warmStart: null, policy: { ...sort.policy, ...over } };
  const [problem] = checkConfig(run);
  expect(problem?.message).toContain(message);
  expect(checkConfig(applyPatch(run, problem!.patch!))).toEqual([]);
});

test("a checkpoint of another architecture is refused", () => {
  const run = { ...sort, policy: { ...sort.policy, architecture: "qwen3" as const } };
  expect(checkConfig(run)).toMatchObject([
    { message: "The checkpoint sort has architecture llama; the policy has qwen3." },
  ]);
});

test.each<[string, Partial<PolicyConfig>]>([
  ["llama", { attentionBias: true, mlpBias: true, headDim: 12 }],
  ["qwen2", { architecture: "qwen2" }],
  ["qwen3", { architecture: "qwen3", attentionBias: true, headDim: 16 }],
  ["mistral", { architecture: "mistral", slidingWindow: 4 }],
  ["mixtral", { architecture: "mixtral", mixture }],
  [
    "qwen3_moe",
    { architecture: "qwen3_moe", mixture: { ...mixture, hidden: 12, denseLayers: [1] } },
  ],
  ["gpt_oss", { architecture: "gpt_oss", mixture, slidingWindow: 4 }],
])("counts the parameters that the engine lays out: %s", (_, over) => {
  const policy = { ...sort.policy, ...over };
  const shape = { ...policy, vocab: 15, padTokenId: null };
  expect(parameterCount(policy, 15)).toBe(parameterLayout(shape).count);
});

test("counts parameters as transformers' Llama has them", () => {
  const { policy } = sort;
  expect(parameterCount(policy, 15)).toBe(
    2 * 15 * 32 + 32 + 2 * (2 * 1024 + 2 * 512 + 3 * 2048 + 64),
  );
  expect(parameterCount({ ...policy, tied: true }, 15)).toBe(parameterCount(policy, 15) - 15 * 32);
});

test("cispo's floor is at most its cap, and other losses have none", () => {
  const set = { loss_type: "cispo", epsilon_high: "1.28", cispo_floor: "0.8" };
  const problems = (more: Record<string, string>) =>
    checkConfig(runFrom("sort", { set: { ...set, ...more } })).map(({ message }) => message);
  const refused =
    "cispo_floor 0.8 is above the weight's cap, epsilon_high 0.5: no ratio lies between.";
  expect(problems({ epsilon_high: "0.5" })).toEqual([refused]);
  expect(problems({})).toEqual([]);
  expect(problems({ loss_type: "grpo", epsilon_high: "0.5" })).toEqual([]);
});

test("following the remedies makes any run start, and a run that can start has a plan", () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      let repaired = run;
      for (let round = 0; round < 12; round++) {
        const open = checkConfig(repaired).find(({ patch }) => patch !== null);
        if (!open?.patch) break;
        repaired = applyPatch(repaired, open.patch, open.arm);
      }
      const left = checkConfig(repaired).filter(({ id }) => id !== "parameters");
      expect(left).toEqual([]);
      const plan = stepPlan(armConfig(repaired, repaired.arms[0]!), repaired.datasetSize);
      expect(plan.totalSteps).toBeGreaterThan(0);
    }),
    { numRuns: 200 },
  );
});
