import { describe, expect, test } from "vitest";
import { trlDefaults } from "../../src/config/schema.ts";
import { microStep, stepPlan } from "../../src/config/step-plan.ts";
import type { GRPOConfig } from "../../src/config/types.ts";
import { fc } from "../support/fuzz.ts";

const PROMPTS = 1000;
const plan = (config: Partial<GRPOConfig>, datasetSize = PROMPTS) =>
  stepPlan({ ...trlDefaults, ...config }, datasetSize);

const walk = (config: Partial<GRPOConfig>, count: number, datasetSize = PROMPTS) => {
  const resolved = plan(config, datasetSize);
  return Array.from({ length: count }, (_, i) => microStep(resolved, i));
};

describe("what TRL 1.13's GRPOTrainer did in recorded runs", () => {
  const alternate = (length: number, each: number) =>
    Array.from({ length }, (_, i) => Math.floor(i / each));

  test.each([
    {
      name: "spg 4, GA 1",
      config: { steps_per_generation: 4, num_generations: 4 },
      optimizerStep: alternate(8, 1),
      generation: alternate(8, 4),
      batch: alternate(8, 1),
      storesOldLogProbs: true,
    },
    {
      name: "GA 4, as in Unsloth's snippet",
      config: { gradient_accumulation_steps: 4 },
      optimizerStep: alternate(16, 4),
      generation: alternate(16, 4),
      batch: alternate(16, 1),
      storesOldLogProbs: false,
    },
    {
      name: "spg 4, GA 2, two passes",
      config: {
        steps_per_generation: 4,
        gradient_accumulation_steps: 2,
        num_iterations: 2,
        num_generations: 4,
      },
      optimizerStep: alternate(16, 2),
      generation: alternate(16, 8),
      batch: [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7],
      storesOldLogProbs: true,
    },
    {
      name: "misaligned: spg 3, GA 2",
      config: {
        per_device_train_batch_size: 4,
        num_generations: 4,
        steps_per_generation: 3,
        gradient_accumulation_steps: 2,
      },
      optimizerStep: alternate(12, 2),
      generation: alternate(12, 3),
      batch: alternate(12, 1),
      storesOldLogProbs: true,
    },
  ])("$name", ({ config, optimizerStep, generation, batch, storesOldLogProbs }) => {
    const resolved = plan(config);
    const steps = walk(config, optimizerStep.length);
    expect(steps.map((step) => step.optimizerStep)).toEqual(optimizerStep);
    expect(steps.map((step) => step.generation)).toEqual(generation);
    expect(steps.map((step) => step.generation * resolved.stepsPerGeneration + step.slice)).toEqual(
      batch,
    );
    expect(steps.map((step) => step.generate)).toEqual(
      generation.map((value, i) => i === 0 || value !== generation[i - 1]),
    );
    expect(resolved.storesOldLogProbs).toBe(storesOldLogProbs);
    expect(resolved.onPolicy).toBe(!storesOldLogProbs);
  });
});

test("TRL's defaults: 8 completions of one prompt, one optimizer step per rollout", () => {
  expect(plan({})).toMatchObject({
    stepsPerGeneration: 1,
    generationBatchSize: 8,
    promptsPerGeneration: 1,
    optimizerStepsPerGeneration: 1,
    onPolicy: true,
    misaligned: false,
    generationsPerEpoch: 1000,
    totalSteps: 3000,
  });
});

test("generation_batch_size sets steps_per_generation", () => {
  expect(plan({ generation_batch_size: 64 })).toMatchObject({
    stepsPerGeneration: 8,
    optimizerStepsPerGeneration: 8,
    onPolicy: false,
  });
});

test("several rollouts in one optimizer step are on policy too", () => {
  const config = { steps_per_generation: 2, gradient_accumulation_steps: 4 };
  expect(plan(config)).toMatchObject({ onPolicy: true, misaligned: false });
  expect(walk(config, 8).map((step) => step.innerStep)).toEqual(Array(8).fill(0));
});

test("a misaligned rollout is older the later its slices are used, and is off policy", () => {
  const config = { steps_per_generation: 3, gradient_accumulation_steps: 4 };
  expect(plan(config)).toMatchObject({ misaligned: true, onPolicy: false });
  expect(walk(config, 9).map((step) => step.innerStep)).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 1]);
});

test("num_iterations goes through the same slices again", () => {
  const steps = walk({ num_iterations: 3, steps_per_generation: 2 }, 7);
  expect(steps.map((step) => step.slice)).toEqual([0, 1, 0, 1, 0, 1, 0]);
  expect(steps.map((step) => step.iteration)).toEqual([0, 0, 1, 1, 2, 2, 0]);
  expect(steps.map((step) => step.innerStep)).toEqual([0, 1, 2, 3, 4, 5, 0]);
});

test("the last optimizer step of an epoch takes what is left, and the next epoch starts anew", () => {
  const config = { gradient_accumulation_steps: 2, steps_per_generation: 1, num_train_epochs: 2 };
  const resolved = plan(config, 3);
  expect(resolved).toMatchObject({
    microStepsPerEpoch: 3,
    optimizerStepsPerEpoch: 2,
    totalSteps: 4,
  });
  const steps = walk(config, 6, 3);
  expect(steps.map((step) => step.accumulation)).toEqual([2, 2, 1, 2, 2, 1]);
  expect(steps.map((step) => step.endsOptimizerStep)).toEqual([
    false,
    true,
    true,
    false,
    true,
    true,
  ]);
  expect(steps.map((step) => step.optimizerStep)).toEqual([0, 0, 1, 2, 2, 3]);
});

test("max_steps wins over epochs", () => {
  expect(plan({ max_steps: 17 }).totalSteps).toBe(17);
  expect(plan({ max_steps: 0, num_train_epochs: 0.5 }).totalSteps).toBe(500);
});

test.each([
  [
    { generation_batch_size: 64, steps_per_generation: 2 },
    "generation_batch_size (64) and steps_per_generation (2) cannot both be set.",
  ],
  [
    { generation_batch_size: 20 },
    "generation_batch_size (20) must be divisible by per_device_train_batch_size (8).",
  ],
  [
    { num_generations: 3 },
    "A rollout of 8 completions (8 × 1) is not divisible by num_generations (3), so groups would be cut apart.",
  ],
  [
    { num_generations: 1 },
    "num_generations is 1; a group needs at least 2 completions to compare.",
  ],
])("%j is refused", (config, message) => {
  expect(() => plan(config)).toThrow(message);
});

test("prompts that do not fill a rollout are dropped", () => {
  const four = { per_device_train_batch_size: 32, steps_per_generation: 1, num_generations: 8 };
  expect(plan(four, 10)).toMatchObject({ promptsPerGeneration: 4, generationsPerEpoch: 2 });
});

test("a rollout of more prompts than the training set has is refused", () => {
  expect(() => plan({ per_device_train_batch_size: 64 }, 7)).toThrow("takes 8 prompts");
});

test("every valid plan: slices in order, each optimizer step ends once, rollouts of whole groups", () => {
  const small = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(small, small, small, small, fc.integer({ min: 2, max: 6 }), (B, GA, spg, mu, G) => {
      const config = {
        per_device_train_batch_size: B * G,
        gradient_accumulation_steps: GA,
        steps_per_generation: spg,
        num_iterations: mu,
        num_generations: G,
      };
      const resolved = plan(config);
      const steps = walk(config, 60);
      let done = 0;
      let accumulated = 0;
      steps.forEach((step, i) => {
        expect(step.optimizerStep).toBe(done);
        expect(step.generate).toBe(i % (spg * mu) === 0);
        expect(step.slice).toBe(i % spg);
        const isOne = step.generate || resolved.onPolicy;
        expect(isOne && step.innerStep !== 0).toBe(false);
        accumulated++;
        expect(accumulated === step.accumulation).toBe(step.endsOptimizerStep);
        if (step.endsOptimizerStep) {
          done++;
          accumulated = 0;
        }
      });
      expect(Number.isInteger(resolved.promptsPerGeneration)).toBe(true);
    }),
  );
});
