import { afterAll, describe, expect, test } from "vitest";
import { evaluatesAfter } from "../../../src/config/evaluation.ts";
import { stepPlan } from "../../../src/config/step-plan.ts";
import type { GRPOConfig, RunConfig } from "../../../src/config/types.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { smallRun } from "../../support/small-run.ts";
import { openDevice } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

/** Eight completions of four tokens per step; evaluations on four prompts. */
function small(set: Partial<GRPOConfig>): RunConfig {
  const run = smallRun({
    steps_per_generation: 1,
    num_generations: 4,
    max_steps: 5,
    learning_rate: 5e-3,
    eval_steps: 2,
    per_device_eval_batch_size: 8,
    ...set,
  });
  return { ...run, evaluationSize: 4 };
}

/** Metrics of every step, and the final weights. */
async function train(config: RunConfig) {
  const run = await createRun({ device, config, weights: null });
  const steps: Readonly<Record<string, number>>[] = [];
  while (run.step < run.totalSteps) {
    const [record] = await run.advance();
    steps.push(record!.metrics);
  }
  const weights = await run.arms[0]!.weights();
  run.destroy();
  return { steps, weights };
}

const evaluated = (metrics: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(metrics).filter(([name]) => name.startsWith("eval_") && name !== "eval_runtime"),
  );

describe("an evaluation", () => {
  test("leaves training's bits alone and logs TRL's metrics under eval_ when it is due", async () => {
    const without = await train(small({ eval_strategy: "no" }));
    const first = await train(small({ eval_strategy: "steps" }));
    const again = await train(small({ eval_strategy: "steps" }));
    expect(first.weights).toEqual(without.weights);
    expect(first.steps.map(evaluated)).toEqual(again.steps.map(evaluated));

    // After every second step and after the last one.
    const due = first.steps.map((metrics) => "eval_reward" in metrics);
    expect(due).toEqual([false, true, false, true, true]);
    expect(Object.keys(evaluated(without.steps[1]!))).toEqual([]);
    const names = Object.keys(evaluated(first.steps[1]!));
    expect(names).toEqual(
      expect.arrayContaining([
        "eval_loss",
        "eval_entropy",
        "eval_clip_ratio/region_mean",
        "eval_reward",
        "eval_reward_std",
        "eval_frac_reward_zero_std",
        "eval_rewards/exact/mean",
        "eval_completions/mean_length",
      ]),
    );
    expect(names.filter((name) => /kl|ratio\/token|sampling|nonfinite/.test(name))).toEqual([]);
    const { eval_reward, eval_entropy } = first.steps[1]!;
    expect(eval_reward).toBeGreaterThan(0);
    expect(eval_entropy).toBeGreaterThan(0);
    // Other samples of other weights.
    expect(first.steps[3]!.eval_reward).not.toBe(eval_reward);
  });

  test("measures the KL where there is one, and a group of one deviates by nothing", async () => {
    const set = { eval_strategy: "steps", num_generations_eval: 1, beta: 0.1 };
    const { steps } = await train(small({ ...set, per_device_eval_batch_size: 4, max_steps: 2 }));
    const { eval_kl, eval_frac_reward_zero_std, eval_loss } = steps[1]!;
    expect(eval_kl).toBeGreaterThan(0);
    expect(eval_frac_reward_zero_std).toBe(1);
    // Advantages are 0: what is left of the loss is the KL term.
    expect(eval_loss! / (0.1 * eval_kl!)).toBeGreaterThan(0.5);
    expect(eval_loss! / (0.1 * eval_kl!)).toBeLessThan(2);
  });

  test("what it measures is what the same weights do in training", async () => {
    // Without learning, rollouts and evaluations are samples of one policy.
    const set = { eval_strategy: "steps", eval_steps: 1, learning_rate: 0, max_steps: 12 };
    const { steps } = await train(small({ ...set, lr_scheduler_type: "constant" }));
    const mean = (name: string) =>
      steps.reduce((sum, metrics) => sum + metrics[name]!, 0) / steps.length;
    expect(mean("eval_entropy") / mean("entropy")).toBeCloseTo(1, 1);
    expect(mean("eval_completions/mean_length") / mean("completions/mean_length")).toBeCloseTo(
      1,
      0,
    );
  });
});

test("reduce_lr_on_plateau follows the evaluations, also over a fork", async () => {
  const config = small({
    eval_strategy: "steps",
    eval_steps: 1,
    lr_scheduler_type: "reduce_lr_on_plateau",
    lr_scheduler_kwargs: { mode: "max", patience: 0, factor: 0.5 },
    metric_for_best_model: "completions/max_length",
    learning_rate: 1e-3,
  });
  const run = await createRun({ device, config, weights: null });
  const rates: number[] = [];
  let best = -Infinity;
  let expected = 1e-3;
  for (let i = 0; i < 5; i++) {
    const [record] = await run.advance();
    rates.push(record!.metrics.learning_rate!);
    expect(rates.at(-1)).toBeCloseTo(expected, 12);
    const value = record!.metrics["eval_completions/max_length"]!;
    if (value > best * (1 + 1e-4)) best = value;
    else expected /= 2;
  }
  expect(rates[4]).toBeLessThan(rates[0]!);
  await run.fork("token", { name: "twin", overrides: {} });
  const [own, twin] = await run.advance();
  expect(own!.metrics.learning_rate).toBeCloseTo(expected, 12);
  expect(twin!.metrics.learning_rate).toBe(own!.metrics.learning_rate);
  expect(evaluated(twin!.metrics)).toEqual(evaluated(own!.metrics));
  run.reset();
  const [fresh] = await run.advance();
  expect(fresh!.metrics.learning_rate).toBe(1e-3);
  run.destroy();
});

describe("when", () => {
  const steps = (set: Partial<GRPOConfig>) => {
    // 8 prompts, 2 a step: 4 steps an epoch.
    const { grpo } = small({ max_steps: 10, ...set });
    const plan = stepPlan(grpo, 8);
    const all = Array.from({ length: plan.totalSteps }, (_, i) => i + 1);
    return all.filter((step) => evaluatesAfter(grpo, plan, step));
  };
  test.each<[string, Partial<GRPOConfig>, number[]]>([
    ["no", { eval_strategy: "no" }, []],
    ["steps", { eval_strategy: "steps", eval_steps: 4 }, [4, 8, 10]],
    ["a share of the run", { eval_strategy: "steps", eval_steps: 0.25 }, [3, 6, 9, 10]],
    ["logging_steps", { eval_strategy: "steps", eval_steps: null, logging_steps: 5 }, [5, 10]],
    ["not before the delay", { eval_strategy: "steps", eval_steps: 2, eval_delay: 7 }, [8, 10]],
    ["epoch", { eval_strategy: "epoch" }, [4, 8, 10]],
    ["epochs not before the delay", { eval_strategy: "epoch", eval_delay: 1.5 }, [8, 10]],
  ])("%s", (_, set, expected) => {
    expect(steps(set)).toEqual(expected);
  });
});
