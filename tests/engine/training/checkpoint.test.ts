import { afterAll, expect, test, vi } from "vitest";
import type { GRPOConfig, RunConfig } from "../../../src/config/types.ts";
import { watchDevice } from "../../../src/cli/bench/watch-device.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { armAt, content, smallRun } from "../../support/small-run.ts";
import { openDevice } from "../../support/with-device.ts";

// A run elsewhere has no more of this one than its checkpoint, on the same device as on another;
// that of another device is in tests/worker/recovery.test.ts.
const { device, close } = await openDevice();
afterAll(close);

const token = armAt("token");
const sequence = armAt("sequence", { epsilon: 0.03 });

/** Two tiny arms; 8 optimizer steps a rollout unless `set` says otherwise. */
function small(set: Partial<GRPOConfig>, arms: RunConfig["arms"] = [token, sequence]): RunConfig {
  const run = smallRun({ steps_per_generation: 4, num_iterations: 2, ...set }, arms);
  // One tensor is large enough for 8-bit moments.
  return { ...run, policy: { ...run.policy, width: 32, hidden: 128 } };
}

async function train(run: Run, steps: number): Promise<string[]> {
  const records: string[] = [];
  for (let i = 0; i < steps; i++) records.push(...(await run.advance()).map(content));
  return records;
}

interface Case {
  name: string;
  config: RunConfig;
  /** Before the checkpoint, after so many steps. */
  steps?: number;
  /** What people do after those steps. */
  after?: (run: Run) => unknown;
}

const cases: Case[] = [
  { name: "in the middle of a rollout that is gone through twice", config: small({}) },
  {
    name: "accumulation that is misaligned with the rollouts",
    config: small({ gradient_accumulation_steps: 3, steps_per_generation: 4, num_iterations: 1 }),
  },
  {
    name: "a reference that moves, and KL",
    config: small({
      beta: 0.1,
      sync_ref_model: true,
      ref_model_sync_steps: 4,
      ref_model_mixup_alpha: 0.5,
    }),
  },
  {
    name: "8-bit states",
    config: small({ optim: "adamw_8bit" }),
  },
  { name: "Lion's state", config: small({ optim: "lion_32bit", learning_rate: 1e-4 }, [token]) },
  {
    name: "the entropy controller",
    config: small({ use_adaptive_entropy: true, entropy_target: 3, entropy_coef: 0.01 }),
  },
  {
    name: "evaluations, and a rate that follows them",
    config: {
      ...small({
        eval_strategy: "steps",
        eval_steps: 5,
        lr_scheduler_type: "reduce_lr_on_plateau",
        lr_scheduler_kwargs: { patience: 0, factor: 0.5 },
      }),
      evaluationSize: 2,
    },
  },
  {
    name: "changes of which one waits for the next rollout",
    config: small({ beta: 0.05 }),
    after: (run) => {
      run.change("token", { epsilon: 0.01 });
      run.change(null, { temperature: 0.7, learning_rate: 1e-3 });
    },
  },
  {
    name: "a forked arm",
    config: small({}, [token]),
    after: (run) => run.fork("token", sequence),
  },
  { name: "between two rollouts", config: small({}), steps: 8 },
  { name: "before the first step", config: small({}), steps: 0 },
];

/** Into the next rollout, but for what begins with one. */
const AFTER = 7;

test.each(cases)("a run goes on elsewhere bit for bit: $name", async ({ config, steps, after }) => {
  const run = await createRun({ device, config, weights: null });
  await train(run, steps ?? 10);
  await after?.(run);
  // Training goes on while the checkpoint is read: it is of the moment it was asked for.
  const asked = run.checkpoint();
  const expected = await train(run, AFTER);
  const checkpoint = structuredClone(await asked);
  const weights = await Promise.all(run.arms.map((arm) => arm.weights()));
  run.destroy();
  expect(checkpoint.step).toBe(steps ?? 10);

  const fresh = await createRun({
    device,
    config: checkpoint.run,
    weights: null,
  });
  fresh.restore(checkpoint);
  expect(fresh.step).toBe(steps ?? 10);
  expect(await train(fresh, AFTER)).toEqual(expected);
  expect(await Promise.all(fresh.arms.map((arm) => arm.weights()))).toEqual(weights);
  fresh.destroy();
});

test("a checkpoint survives another one and more training: it can be gone back to again and again", async () => {
  const run = await createRun({ device, config: small({}, [token]), weights: null });
  await train(run, 3);
  const [first, second] = await Promise.all([run.checkpoint(), run.checkpoint()]);
  expect(second).toEqual(first);
  const expected = await train(run, 9);
  for (let again = 0; again < 2; again++) {
    run.restore(first);
    expect(await train(run, 9)).toEqual(expected);
  }
  run.destroy();
});

test("a checkpoint that holds the tokens and their starts before the rest, as it used to, is taken", async () => {
  const run = await createRun({ device, config: small({}, [token]), weights: null });
  await train(run, 3);
  const checkpoint = await run.checkpoint();
  const expected = await train(run, 6);
  const former = checkpoint.arms.map(({ microIndex: at, numTokens, ...arm }) => {
    const buffers = [new ArrayBuffer(64), new ArrayBuffer(32), ...arm.held.buffers];
    const counters = [3, at, at, 3, 1, numTokens];
    return { ...arm, counters, held: { ...arm.held, buffers } };
  });
  run.restore({ ...checkpoint, version: undefined, arms: former });
  expect(await train(run, 6)).toEqual(expected);
  run.destroy();
});

test("checkpoints after the first one allocate nothing", async () => {
  const config = small({}, [token]);
  const watch = watchDevice(device);
  const run = await createRun({ device, config, weights: null });
  await train(run, 9);
  const without = run.bytes;
  await run.checkpoint();
  expect(run.bytes).toBeGreaterThan(without);
  const { buffers, pipelines, bindGroups } = watch;
  for (let i = 0; i < 3; i++) {
    await train(run, 1);
    await run.checkpoint();
  }
  expect({ ...watch }).toMatchObject({ buffers, pipelines, bindGroups });
  run.destroy();
});

test("a run that is restored copies nothing out: its past begins with the checkpoint's own bytes", async () => {
  const config = small({}, [token]);
  const run = await createRun({ device, config, weights: null, pastBytes: 2 ** 24 });
  await train(run, 3);
  const checkpoint = await run.checkpoint();
  const expected = await train(run, 5);
  const submit = vi.spyOn(device.queue, "submit");
  run.restore(checkpoint);
  await run.arms[0]!.weights();
  // The weights were asked for here.
  expect(submit).toHaveBeenCalledTimes(1);
  submit.mockRestore();
  await train(run, 2);
  await run.rewind(3);
  expect(await train(run, 5)).toEqual(expected);
  run.destroy();
});

test("a checkpoint of another run is refused, and nothing of it is taken", async () => {
  const run = await createRun({ device, config: small({}, [token]), weights: null });
  const wider = small({}, [token]);
  const other = await createRun({
    device,
    config: { ...wider, policy: { ...wider.policy, hidden: 64 } },
    weights: null,
  });
  const two = await createRun({ device, config: small({}), weights: null });
  await train(other, 1);
  const wrong = await other.checkpoint();
  expect(() => run.restore(wrong)).toThrow(/buffers have other sizes/);
  expect(() => two.restore(wrong)).toThrow(/has the arms token; the run has token, sequence/);
  const own = await run.checkpoint();
  expect(own.family).toBe("register");
  expect(() => run.restore({ ...own, family: "workgroup" })).toThrow(
    /trained with workgroup tiles; the run has register tiles/,
  );
  expect(run.step).toBe(0);
  const untouched = await createRun({
    device,
    config: small({}, [token]),
    weights: null,
  });
  expect(await train(run, 5)).toEqual(await train(untouched, 5));
  for (const each of [run, other, two, untouched]) each.destroy();
});
