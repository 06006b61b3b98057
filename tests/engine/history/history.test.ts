import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readWarmStart } from "../../../src/cli/warm-start-file.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import type { StepRecord } from "../../../src/record/record.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { content as contentOf } from "../../support/small-run.ts";
import { openDevice } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);
const weights = await readWarmStart("sort");

const at = (level: "token" | "sequence", name: string = level) => ({
  name,
  overrides: { importance_sampling_level: level },
});

/** Eight completions a rollout, gone through four times. */
function small(arms: RunConfig["arms"] = [at("token")]): RunConfig {
  const run = runFrom("sort", { seed: 5 });
  const passes = {
    per_device_train_batch_size: 8,
    steps_per_generation: 1,
    num_iterations: 4,
    num_generations: 8,
    epsilon: 0.03,
  };
  return { ...run, arms, grpo: { ...run.grpo, ...passes } };
}

/** What a reader does while a run trains, by the step that it follows. */
const LIFE: Readonly<Record<number, (run: Run) => unknown>> = {
  3: (run) => run.change("token", { epsilon: 0.01, temperature: 0.8 }),
  7: (run) => run.fork("token", at("sequence")),
  9: (run) => run.change(null, { learning_rate: 1e-3 }),
  // Judges the other level of the token arm's steps from now on.
  10: (run) => run.change("sequence", { epsilon: 0.05 }),
};

async function live(run: Run, from: number, to: number): Promise<StepRecord[][]> {
  const records: StepRecord[][] = [];
  for (let step = from; step < to; step++) {
    await LIFE[step]?.(run);
    records.push(await run.advance());
  }
  return records;
}

const content = (records: readonly StepRecord[]): string[] => records.map(contentOf);

const create = (pastBytes: number): Promise<Run> =>
  createRun({ device, config: small(), weights, pastBytes });

const MIB = 2 ** 20;

describe("what the other level would have done in any past step", () => {
  const steps = [1, 4, 6, 8, 11, 13];
  /** As it was asked for when the step had just been taken. */
  const then = new Map<string, unknown>();
  let after: string[][];

  beforeAll(async () => {
    const run = await create(0);
    for (let step = 0; step < 14; step++) {
      await LIFE[step]?.(run);
      await run.advance();
      if (!steps.includes(run.step)) continue;
      for (const { name } of run.arms) {
        then.set(`${name} ${run.step}`, await run.counterfactual(name, run.step));
      }
    }
    after = (await live(run, 14, 18)).map(content);
    run.destroy();
  });

  test.each([
    ["with room for every checkpoint", 64 * MIB],
    ["with room for a few", 2 * MIB],
    ["with room for none: from the initial weights", 1],
  ])("%s", async (_, bytes) => {
    const run = await create(bytes);
    await live(run, 0, 14);
    for (const step of steps.toReversed()) {
      const told: number[] = [];
      const found = await run.counterfactual("token", step, (done) => told.push(done));
      expect(found).toEqual(then.get(`token ${step}`));
      expect(told.length).toBeGreaterThan(0);
    }
    expect(await run.counterfactual("sequence", 8)).toEqual(then.get("sequence 8"));
    await expect(run.counterfactual("sequence", 7)).rejects.toThrow("begins at step 7");
    // Nothing of it is left in the run.
    expect((await live(run, 14, 18)).map(content)).toEqual(after);
    run.destroy();
  });
});

test("a run that was taken back goes the same way again, bit for bit, or another", async () => {
  const run = await create(64 * MIB);
  const first = (await live(run, 0, 12)).map(content);

  const arms = await run.rewind(5);
  expect(arms.map(({ name }) => name)).toEqual(["token"]);
  // As it was after the change at step 3, the one that waited for a rollout included.
  expect(arms[0]!.overrides).toMatchObject({ epsilon: 0.01, temperature: 0.8 });
  expect(arms[0]!.overrides.learning_rate).toBeUndefined();
  expect(run.step).toBe(5);
  expect((await live(run, 5, 12)).map(content)).toEqual(first.slice(5));

  // A fork of a past step is the fork that would have been made then.
  await run.rewind(6);
  await run.fork("token", at("sequence", "late"));
  const forked = await run.advance();
  const alone = await create(0);
  await live(alone, 0, 6);
  await alone.fork("token", at("sequence", "late"));
  expect(content(forked)).toEqual(content(await alone.advance()));
  expect(content(await run.advance())).toEqual(content(await alone.advance()));
  // The fork begins here: before it there is nothing to go back to but for its parent.
  expect((await run.rewind(6)).map(({ name }) => name)).toEqual(["token", "late"]);
  expect((await run.rewind(2)).map(({ name }) => name)).toEqual(["token"]);
  expect(content(await run.advance())).toEqual(first[2]);
  run.destroy();
  alone.destroy();
});

test("a run that was restored begins there, and one without a past says so", async () => {
  const run = await create(64 * MIB);
  await live(run, 0, 3);
  const checkpoint = await run.checkpoint();
  const again = await create(64 * MIB);
  again.restore(checkpoint);
  const [ahead] = [await live(run, 3, 7), await live(again, 3, 7)];
  expect(await again.counterfactual("token", 5)).toEqual(await run.counterfactual("token", 5));
  await expect(again.rewind(2)).rejects.toThrow("begins at step 3");
  await again.rewind(3);
  expect((await live(again, 3, 7)).map(content)).toEqual(ahead.map(content));

  const plain = await create(0);
  await live(plain, 0, 2);
  await expect(plain.counterfactual("token", 1)).rejects.toThrow("keeps no past");
  await plain.counterfactual("token", 2);
  for (const each of [run, again, plain]) each.destroy();
});

test.each([
  ["before the changes of its last step", 13],
  ["between the changes of its last step", 14],
  ["before its last step", 12],
])(
  "a run whose device is lost goes on where it stood; a checkpoint was asked for %s",
  async (_, at) => {
    /** Up to two changes after 13 steps, with a checkpoint in `at`'s place. */
    const stand = async (run: Run) => {
      await live(run, 0, 12);
      if (at === 12) await run.checkpoint();
      await live(run, 12, 13);
      if (at === 13) await run.checkpoint();
      run.change("token", { epsilon: 0.02, temperature: 0.9 });
      if (at === 14) await run.checkpoint();
      run.change("sequence", { epsilon: 0.06 });
    };
    const whole = await create(64 * MIB);
    await stand(whole);
    const expected = (await live(whole, 13, 18)).map(content);

    const lost = await create(1);
    await stand(lost);
    lost.destroy();
    const config = lost.config;
    const back = await createRun({ device, config, weights, pastBytes: 1 });
    expect(await back.recover(lost, 13)).toBe(at === 12 ? 1 : 0);
    expect(back.step).toBe(13);
    expect((await live(back, 13, 18)).map(content)).toEqual(expected);
    // What it remembers is the lost run's.
    await back.rewind(13);
    expect(back.arms.map((arm) => arm.config.epsilon)).toEqual([0.01, 0.05]);
    await back.rewind(4);
    expect(back.arms.map(({ name }) => name)).toEqual(["token"]);
    for (const run of [whole, back]) run.destroy();
  },
);

test("how a run stands that was taken back is at hand, until something is changed there", async () => {
  const run = await create(64 * MIB);
  const first = (await live(run, 0, 6)).map(content);
  await run.rewind(2);
  const submit = vi.spyOn(device.queue, "submit");
  const here = await run.checkpoint();
  expect(submit).not.toHaveBeenCalled();
  submit.mockRestore();
  run.change("token", { epsilon: 0.07 });
  const changed = await run.checkpoint();
  expect([here, changed].map(({ arms }) => arms[0]!.config.epsilon)).toEqual([0.03, 0.07]);
  run.restore(here);
  expect((await live(run, 2, 6)).map(content)).toEqual(first.slice(2));
  run.destroy();
});
