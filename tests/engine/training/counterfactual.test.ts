import { afterAll, expect, test } from "vitest";
import { readWarmStart } from "../../../src/cli/warm-start-file.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import type { ArmConfig, GRPOConfig, RunConfig } from "../../../src/config/types.ts";
import type { StepRecord } from "../../../src/record/record.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { expectClose } from "../../support/numeric.ts";
import { armAt, content as contentOf, MISALIGNED } from "../../support/small-run.ts";
import { openDevice } from "../../support/with-device.ts";

// One device for all: the same kernels are compiled once.
const { device, close } = await openDevice();
afterAll(close);
const weights = await readWarmStart("sort");

/** A small sort run: 16 completions per rollout, gone through four times. */
function small(arms: readonly ArmConfig[], set: Partial<GRPOConfig> = {}): RunConfig {
  const run = runFrom("sort", { seed: 5 });
  const passes = { per_device_train_batch_size: 16, steps_per_generation: 1, num_iterations: 4 };
  const grpo = { ...run.grpo, ...passes, num_generations: 8, epsilon: 0.03, ...set };
  return { ...run, arms, grpo };
}

/** Of any arm. */
const content = (record: StepRecord): string => contentOf({ ...record, arm: "" });

test.each([
  ["one batch", 5, {}],
  [
    "micro-batches and a reference",
    3,
    {
      per_device_train_batch_size: 8,
      gradient_accumulation_steps: 2,
      steps_per_generation: 2,
      beta: 0.04,
    },
  ],
])("asking leaves the run as it was, bit for bit: %s", async (_, steps, set) => {
  const train = async (asks: boolean) => {
    const run = await createRun({ device, config: small([armAt("token")], set), weights });
    const records: string[] = [];
    for (let i = 0; i < steps; i++) {
      records.push(content((await run.advance())[0]!));
      if (asks) await run.counterfactual(run.arms[0]!.name, run.step);
    }
    const final = await run.arms[0]!.weights();
    run.destroy();
    return { records, final };
  };
  expect(await train(true)).toEqual(await train(false));
});

test("the own step is the one that was taken, and the other is what the other level takes", async () => {
  const run = await createRun({ device, config: small([armAt("token")]), weights });
  await run.advance();
  // At k = 0 the levels agree: same gradient, same step.
  const first = await run.counterfactual(run.arms[0]!.name, run.step);
  expect(first.cosine).toBeCloseTo(1, 6);
  expect(first.other.gradNorm).toBe(first.own.gradNorm);
  expect(first.other.deltaLogp).toEqual(first.own.deltaLogp);

  const [second] = await run.advance();
  const asked = await run.counterfactual(run.arms[0]!.name, run.step);
  expect(asked).toMatchObject({ arm: "token", step: 2, rows: 16 });
  expect(asked.own.level).toBe("token");
  expect(asked.own.coefficient).toEqual(second!.coefficient);
  expect(asked.own.gradNorm).toBe(second!.metrics.grad_norm);
  expect(asked.own.loss).toBe(second!.metrics.loss);
  const ofRows = second!.mask.map((counts, i) => counts && Math.floor(i / second!.columns) + 1);
  expectClose(
    [...asked.other.coefficient],
    [...ofRows].map((row) => (row === 0 ? 0 : second!.sequenceCoefficient[row - 1]!)),
  );
  expect(asked.cosine).toBeGreaterThan(0);
  expect(asked.cosine).toBeLessThan(0.9999);
  expect(asked.other.deltaLogp).not.toEqual(asked.own.deltaLogp);

  // The next inner step measures log π after the own step, on the same tokens.
  const [third] = await run.advance();
  const moved = third!.logp.map((logp, i) => logp - second!.logp[i]!);
  expect([...asked.own.deltaLogp]).toEqual([...moved]);
  run.destroy();
});

test("a step over two rollouts is refused, and so is none at all", async () => {
  const run = await createRun({ device, config: small([armAt("token")], MISALIGNED), weights });
  await expect(run.counterfactual(run.arms[0]!.name, run.step)).rejects.toThrow("no step yet");
  await run.advance();
  await expect(run.counterfactual(run.arms[0]!.name, run.step)).rejects.toThrow("two rollouts");
  run.destroy();
});

test("a fork in the middle of a rollout goes on like its parent, bit for bit", async () => {
  const run = await createRun({
    device,
    config: small([armAt("token")], { beta: 0.04 }),
    weights,
  });
  for (let i = 0; i < 2; i++) await run.advance();
  await run.fork("token", { ...armAt("token"), name: "again" });
  for (let i = 0; i < 4; i++) {
    const [parent, fork] = await run.advance();
    expect(fork!.arm).toBe("again");
    expect(content(fork!)).toBe(content(parent!));
  }
  const [parent, fork] = await Promise.all(run.arms.map((each) => each.weights()));
  expect(fork).toEqual(parent);
  run.destroy();
});

test("a fork to the other level parts from its parent and leaves it alone", async () => {
  const alone = await createRun({ device, config: small([armAt("token")]), weights });
  const run = await createRun({ device, config: small([armAt("token")]), weights });
  for (let i = 0; i < 2; i++) {
    await alone.advance();
    await run.advance();
  }
  run.change("token", { epsilon: 0.04 });
  alone.change("token", { epsilon: 0.04 });
  await run.fork("token", armAt("sequence"));
  expect(run.config.arms.map(({ name }) => name)).toEqual(["token", "sequence"]);
  const [parent, fork] = await run.advance();
  const [uninterrupted] = await alone.advance();
  // The parent's other level is judged by the fork's ε from now on, which is the same.
  const { otherClip: lent, ...before } = parent!;
  expect(lent).toMatchObject({ arm: "sequence", epsilon: 0.04 });
  expect(content(before)).toBe(content(uninterrupted!));
  expect(fork!.level).toBe("sequence");
  // Live changes of the parent go with it.
  expect(fork!.config.epsilon).toBe(0.04);
  expect(fork!.logp).toEqual(parent!.logp);
  const [after, elsewhere] = await run.advance();
  expect(elsewhere!.logp).not.toEqual(after!.logp);
  await expect(run.fork("token", armAt("token"))).rejects.toThrow("one name");
  run.destroy();
  alone.destroy();
});
