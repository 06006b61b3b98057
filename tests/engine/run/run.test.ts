import { afterAll, describe, expect, test } from "vitest";
import type { GRPOConfig, RunConfig } from "../../../src/config/types.ts";
import { DivergedError } from "../../../src/engine/training/diverged.ts";
import type { StepRecord } from "../../../src/record/record.ts";
import { lossMaskOf, processesOf } from "../../../src/analysis/loss-mask.ts";
import { lossParts } from "../../../src/analysis/recombine.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { armAt, content as contentOf, MISALIGNED, smallRun } from "../../support/small-run.ts";
import { openDevice } from "../../support/with-device.ts";

// One device for all: the same kernels are compiled once.
const { device, close } = await openDevice();
afterAll(close);

/** 16 completions per rollout. */
const small = (set: Partial<GRPOConfig>, arms: RunConfig["arms"]): RunConfig =>
  smallRun({ per_device_train_batch_size: 16, ...set }, arms);

const token = armAt("token");
const sequence = armAt("sequence");

/** Records of `steps` optimizer steps: [step][arm]. */
async function train(config: RunConfig, steps: number) {
  const run = await createRun({ device, config, weights: null });
  const records: StepRecord[][] = [];
  for (let i = 0; i < steps; i++) records.push(await run.advance());
  const final = await Promise.all(run.arms.map((arm) => arm.weights()));
  run.destroy();
  return { records, final };
}

/** Of any arm. */
const content = (record: StepRecord): string => contentOf({ ...record, arm: "" });

test("several processes are computed in one: the same bits as their rows in one process", async () => {
  const set: Partial<GRPOConfig> = {
    gradient_accumulation_steps: 2,
    steps_per_generation: 4,
    num_iterations: 1,
    loss_type: "bnpo",
    top_entropy_quantile: 0.5,
    entropy_coef: 0.01,
  };
  const sizes = [
    { per_device_train_batch_size: 8 },
    { per_device_train_batch_size: 4, num_processes: 2 },
  ];
  const [alone, shared] = await Promise.all(
    sizes.map((size) => train(smallRun({ ...set, ...size }, [sequence]), 2)),
  );
  const without = ({ config: _, ...record }: StepRecord) => content(record as StepRecord);
  for (const [i, [record]] of shared!.records.entries()) {
    const other = alone!.records[i]![0]!;
    expect(record!.config).toMatchObject({ num_processes: 2, per_device_train_batch_size: 4 });
    expect(without(record!)).toBe(without(other));
    // Who takes the loss apart goes by the same micro-batches.
    expect(JSON.stringify(lossParts(record!, "sequence"))).toBe(
      JSON.stringify(lossParts(other, "sequence")),
    );
    expect(lossMaskOf(record!)).toEqual(lossMaskOf(other));
    expect(processesOf(record!)).toBe(1);
  }
  expect(shared!.final).toEqual(alone!.final);
});

describe("on the first inner step after a rollout", () => {
  test("every ratio is exactly 1, nothing is clipped, and both levels have the same gradient", async () => {
    const { records } = await train(small({}, [token, sequence]), 5);
    for (const step of [records[0]!, records[4]!]) {
      for (const record of step) {
        expect(record.innerStep).toBe(0);
        record.mask.forEach((counts, i) => {
          expect(record.logRatio[i]).toBe(0);
          if (counts === 1) expect(record.tokenRatio[i]).toBe(1);
        });
        expect([...record.sequenceRatio]).toEqual(Array(record.rows).fill(1));
        expect(record.tokenClipped.every((clipped) => clipped === 0)).toBe(true);
        expect(record.sequenceClipped.every((clipped) => clipped === 0)).toBe(true);
      }
    }
    const [first, second] = records[0]!;
    expect(first!.gradient.some((value) => value !== 0)).toBe(true);
    expect([...second!.gradient]).toEqual([...first!.gradient]);
    // The next step's ratios have moved: the identity above is not the empty one.
    expect(records[1]![0]!.tokenRatio.some((ratio) => ratio !== 1 && ratio !== 0)).toBe(true);
  });

  test("the same with mini-batches: only the first slice is on-policy", async () => {
    const set = { per_device_train_batch_size: 8, steps_per_generation: 2, num_iterations: 1 };
    const { records } = await train(small(set, [token]), 3);
    const off = records.map(([record]) => record!.logRatio.some((value) => value !== 0));
    expect(off).toEqual([false, true, false]);
    expect(records.map(([record]) => record!.innerStep)).toEqual([0, 1, 0]);
    expect(records.map(([record]) => record!.generation)).toEqual([0, 0, 1]);
  });
});

test("with one token per completion the two levels agree on every step", async () => {
  const config = small({ max_completion_length: 1, epsilon: 0.1 }, [token, sequence]);
  const { records, final } = await train(config, 8);
  for (const [first, second] of records) {
    expect([...second!.gradient]).toEqual([...first!.gradient]);
    expect([...second!.sequenceRatio]).toEqual([...first!.tokenRatio]);
  }
  expect(final[1]).toEqual(final[0]);
});

test("the same seed gives the same bits; another seed does not", async () => {
  const config = small({}, [token, sequence]);
  const [once, again] = [await train(config, 6), await train(config, 6)];
  expect(again.records.flat().map(content)).toEqual(once.records.flat().map(content));
  expect(again.final).toEqual(once.final);
  const other = await train({ ...config, grpo: { ...config.grpo, seed: 6 } }, 1);
  expect(content(other.records[0]![0]!)).not.toBe(content(once.records[0]![0]!));
});

test("two arms with equal configs stay identical for 100 steps", async () => {
  const twin = { ...token, name: "twin" };
  const { records, final } = await train(small({}, [token, twin]), 100);
  for (const [first, second] of records) expect(content(second!)).toBe(content(first!));
  expect(final[1]).toEqual(final[0]);
  expect(final[0]).not.toEqual(new Float32Array(final[0]!.length));
});

test("a reset trains the same again, and live fields change the next step only from there on", async () => {
  const run = await createRun({ device, config: small({}, [token]), weights: null });
  const once = [await run.advance(), await run.advance()].flat().map(content);
  run.change("token", { epsilon: 1e-6 });
  const [narrow] = await run.advance();
  expect(narrow!.config.epsilon).toBe(1e-6);
  expect(narrow!.metrics["clip_ratio/region_mean"]).toBeGreaterThan(0.2);
  run.change("token", { epsilon: 0.2 });
  run.reset();
  expect(run.step).toBe(0);
  const again = [await run.advance(), await run.advance()].flat().map(content);
  expect(again).toEqual(once);
  expect(() => run.change(null, { num_generations: 4 })).toThrow(/num_generations is fixed/);
  expect(() => run.change("nobody", { epsilon: 0.1 })).toThrow(/The run has no arm "nobody"/);
  run.destroy();
});

test("switching the level in mid-run changes what drives the gradient, without a restart", async () => {
  const run = await createRun({ device, config: small({}, [token]), weights: null });
  await run.advance();
  run.change("token", { importance_sampling_level: "sequence" });
  const [record] = await run.advance();
  expect(record!.level).toBe("sequence");
  expect(record!.step).toBe(2);
  for (let row = 0; row < record!.rows; row++) {
    const own = record!.coefficient.subarray(
      row * record!.columns,
      row * record!.columns + record!.length[row]!,
    );
    expect(new Set(own).size).toBe(1);
  }
  run.destroy();
});

test("accumulation, several slices and passes, misaligned: the bookkeeping is TRL's", async () => {
  const { records } = await train(small(MISALIGNED, [token]), 3);
  // 4 of 3 + 3 + …: micro-steps 0–3, 4–7, 8–11 of rollouts 0, 1, 2, 3.
  expect(records.map(([record]) => record!.rows)).toEqual([32, 32, 32]);
  expect(records.map(([record]) => record!.generation)).toEqual([1, 2, 3]);
});

test("a gradient that is not finite stops the run and keeps the weights", async () => {
  const run = await createRun({ device, config: small({}, [token]), weights: null });
  await run.advance();
  // One step at this rate throws the weights so far out that the next forward pass overflows.
  run.change("token", { learning_rate: 1e30 });
  await run.advance();
  const before = await run.arms[0]!.weights();
  await expect(run.advance()).rejects.toThrow(DivergedError);
  expect(await run.arms[0]!.weights()).toEqual(before);
  run.destroy();
});

test("the logged learning rate is the one the step used: 0 in the first step of a warmup", async () => {
  const warm = { lr_scheduler_type: "linear", warmup_steps: 2, max_steps: 6 };
  const { records } = await train(small(warm, [token]), 4);
  expect(records.map(([record]) => record!.metrics.learning_rate)).toEqual([
    0, 0.001, 0.002, 0.0015,
  ]);
});

test("when one arm diverges the other ends its step, and both stay in lockstep", async () => {
  const run = await createRun({ device, config: small({}, [token, sequence]), weights: null });
  await run.advance();
  const start = await run.arms[0]!.weights();
  run.change("token", { learning_rate: 1e30 });
  await run.advance();
  await expect(run.advance()).rejects.toThrow(/The token arm diverged at step 3/);
  expect(run.step).toBe(3);
  expect(run.arms.map(({ state }) => state.microIndex)).toEqual([3, 3]);
  expect(await run.arms[0]!.weights()).not.toEqual(start);
  run.destroy();
});

test("a reference that syncs follows the policy; KL is 0 on the first step and not after", async () => {
  const follow = {
    beta: 0.1,
    sync_ref_model: true,
    ref_model_sync_steps: 2,
    ref_model_mixup_alpha: 1,
  };
  const synced = await train(small(follow, [token]), 9);
  const frozen = await train(small({ beta: 0.1 }, [token]), 9);
  const kl = ({ records }: typeof synced) => records.map(([record]) => record!.metrics.kl!);
  expect(kl(synced)[0]).toBe(0);
  expect(kl(synced)[3]).toBeGreaterThan(0);
  expect(kl(frozen)[8]).toBeGreaterThan(0);
  // Steps 5 and 9 begin rollouts: the reference, synced at steps 4 and 8, is then the policy.
  expect([kl(synced)[4], kl(synced)[8]]).toEqual([0, 0]);
});
