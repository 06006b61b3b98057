import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { stepPlan, microStep } from "../../../src/config/step-plan.ts";
import type { GRPOConfig } from "../../../src/config/types.ts";
import {
  CHECKPOINT_VERSION,
  type RunCheckpoint1,
  upgradeCheckpoint,
} from "../../../src/engine/training/checkpoint.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { readRunFile, writeRunFile } from "../../../src/runs/formats/run-file.ts";
import { sharedDevice } from "../../support/shared-device.ts";
import { content, MISALIGNED, smallRun } from "../../support/small-run.ts";

const device = sharedDevice();

/** Version 1 counted: this is how, step by step. */
function counted(config: GRPOConfig, datasetSize: number, steps: number): number[] {
  const plan = stepPlan(config, datasetSize);
  let [micro, microInEpoch, innerStep, generations, numTokens] = [0, 0, 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    const GA = config.gradient_accumulation_steps;
    const micros = Math.min(GA, plan.microStepsPerEpoch - microInEpoch);
    for (let i = 0; i < micros; i++) {
      if (generations === 0 || micro === plan.microStepsPerGeneration) {
        generations++;
        numTokens += 7;
        [micro, innerStep] = [0, 0];
      }
      micro++;
      microInEpoch = (microInEpoch + 1) % plan.microStepsPerEpoch;
    }
    innerStep++;
  }
  return [steps, micro, microInEpoch, innerStep, generations, numTokens];
}

test.each<[string, Partial<GRPOConfig>, number]>([
  ["a step a rollout", {}, 1000],
  ["a rollout gone through twice", { steps_per_generation: 4, num_iterations: 2 }, 1000],
  ["several rollouts a step", { steps_per_generation: 1, gradient_accumulation_steps: 3 }, 1000],
  ["accumulation misaligned with rollouts", MISALIGNED, 1000],
  [
    "epochs that end in the middle of an accumulation",
    { ...MISALIGNED, gradient_accumulation_steps: 2, num_train_epochs: 9 },
    10,
  ],
])("a checkpoint of version 1 stands at the same micro-step: %s", (_, set, datasetSize) => {
  const run = { ...smallRun(set), datasetSize };
  for (let steps = 0; steps < 12; steps++) {
    const counters = counted(run.grpo, datasetSize, steps);
    const held = { buffers: [], known: [] };
    const former = { run, step: steps, arms: [{ config: run.grpo, counters, held }] };
    // The rest of an arm is taken over as it is.
    const { version, arms } = upgradeCheckpoint(former as unknown as RunCheckpoint1);
    expect(version).toBe(CHECKPOINT_VERSION);
    const { microIndex, numTokens } = arms[0]!;
    expect(arms[0]).not.toHaveProperty("counters");
    expect(numTokens).toBe(counters[5]);
    const next = microStep(stepPlan(run.grpo, datasetSize), microIndex);
    expect(next.optimizerStep).toBe(steps);
    expect(next.generate ? next.generation : next.generation + 1).toBe(counters[4]);
    expect(microStep(stepPlan(run.grpo, datasetSize), microIndex + 1).optimizerStep - steps).toBe(
      next.endsOptimizerStep ? 1 : 0,
    );
  }
});

test("one of this version is taken as it is", () => {
  const now = { version: CHECKPOINT_VERSION, run: smallRun({}), step: 3, arms: [] } as const;
  expect(upgradeCheckpoint(now)).toBe(now);
});

// Trained for 7 steps by the release before version 2, in the middle of a rollout; at step 6 epsilon
// became 0.01 and the temperature of the next rollout 0.8.
test("a run file with a checkpoint of version 1 opens, and its run goes on to the same bits", async () => {
  const bytes = new Uint8Array(await readFile("tests/fixtures/version-1.ratioscope"));
  const whole = readRunFile(bytes, 0);
  expect([...writeRunFile(whole)]).toEqual([...bytes]);
  const { checkpoint } = whole.checkpoints[0]!;
  expect([checkpoint.version, checkpoint.step]).toEqual([undefined, 7]);
  const create = () => createRun({ device: device(), config: checkpoint.run, weights: null });

  const never = await create();
  for (let step = 0; step < 6; step++) await never.advance();
  never.change("token", { epsilon: 0.01, temperature: 0.8 });
  await never.advance();
  const continued = await create();
  continued.restore(checkpoint);
  expect(continued.step).toBe(7);
  for (let step = 7; step < 12; step++) {
    const [own, other] = [await continued.advance(), await never.advance()];
    expect(own.map(content)).toEqual(other.map(content));
  }
  never.destroy();
  continued.destroy();
});
