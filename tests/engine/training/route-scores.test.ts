import { afterAll, expect, test } from "vitest";
import type { RoutingFields } from "../../../src/config/architecture.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { readFloats } from "../../../src/engine/gpu/readback.ts";
import { policyShape } from "../../../src/engine/policy/shape-of.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import type { StepRecord } from "../../../src/record/record.ts";
import { task } from "../../../src/tasks/registry.ts";
import { type Model, openModel } from "../../../src/vectors/model.ts";
import { expectClose } from "../../support/numeric.ts";
import { armAt, content, smallRun } from "../../support/small-run.ts";
import { openDevice, withRegisters } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const TEMPERATURE = 0.9;
/** Two micro-batches a step, two steps a pass over the rollout, two passes; some rows do not count. */
const passes = {
  ...{ steps_per_generation: 4, gradient_accumulation_steps: 2, num_iterations: 2 },
  mask_truncated_completions: true,
};

/** A tiny mixture whose routers change their minds. */
function small(routing: RoutingFields = {}): RunConfig {
  const arm = armAt("token", { learning_rate: 0.02 });
  const run = smallRun({ ...passes, temperature: TEMPERATURE, ...routing }, [arm]);
  const mixture = { experts: 4, perToken: 2, hidden: 12 };
  const shape = { architecture: "qwen3_moe", layers: 2, width: 16, mixture } as const;
  return { ...run, policy: { ...run.policy, ...shape } };
}

const weightsOf = async (run: Run) =>
  Object.fromEntries(
    Object.entries(await run.weights("token")).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: [...data] },
    ]),
  );

async function train(run: Run, steps: number): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for (let i = 0; i < steps; i++) records.push((await run.advance())[0]!);
  return records;
}

/** What is in the record where it counts, and 0 elsewhere. */
const counted = ({ mask }: StepRecord, values: ArrayLike<number>): number[] =>
  Array.from(mask, (counts, i) => (counts ? values[i]! : 0));

/**
 * The batch of the step after the rollout's first pass, scored by policies of their own: whole
 * sequences, none of what the update packs and keeps.
 */
async function scoredApart(
  run: Run,
  record: StepRecord,
  before: Awaited<ReturnType<typeof weightsOf>>,
  rolledOut: Awaited<ReturnType<typeof weightsOf>>,
): Promise<Record<"along" | "own", number[]>> {
  const { rows, columns: K } = record;
  const { rollout, order } = (await run.checkpoint()).arms[0]!.generation!;
  const P = rollout.promptTokens.length / rollout.length.length;
  const batch = order.slice(0, rows);
  const ids = batch.map((row) => [
    ...rollout.promptTokens.subarray(row * P, (row + 1) * P),
    ...rollout.completionTokens.subarray(row * K, (row + 1) * K),
  ]);
  const attention_mask = batch.map((row) =>
    Array.from({ length: P + K }, (_, at) => Number(at >= rollout.start[row]!)),
  );
  const shape = policyShape(run.config, task(run.config.task));
  const open = (weights: typeof before) =>
    openModel(withRegisters(device), shape, { weights, input_ids: ids, attention_mask });
  const ofCompletions = (logp: readonly number[]) =>
    counted(
      record,
      batch.flatMap((_, row) => logp.slice(row * (P + K) + P - 1, row * (P + K) + P - 1 + K)),
    );
  const [first, present] = [await open(rolledOut), await open(before)];
  const score = async ({ pass, policy }: Model, replays = false) => {
    const forward = replays ? policy.replay! : policy.forward;
    return ofCompletions((await pass(TEMPERATURE, { forward })).logp);
  };
  await score(first);
  const { chosen } = first.policy.routing!;
  device.queue.writeBuffer(present.policy.routing!.given, 0, await readFloats(device, chosen));
  const found = { along: await score(present, true), own: await score(present) };
  first.destroy();
  present.destroy();
  return found;
}

test.each(["none", "R2"] as const)(
  "both scores are those of forward passes apart, and the record's is one of them: %s",
  async (router_replay) => {
    const config = small({ router_replay });
    const run = await createRun({ device, config, weights: null });
    const rolledOut = await weightsOf(run);
    await train(run, 2);
    const before = await weightsOf(run);
    const [record] = await train(run, 1);
    const { logpOldRoutes, logpOwnRoutes, ...facts } = await run.routeScores("token", 3);
    expect(facts).toEqual({ arm: "token", step: 3, rows: 16, columns: 4 });
    const apart = await scoredApart(run, record!, before, rolledOut);
    run.destroy();
    expectClose([...logpOldRoutes], apart.along);
    expectClose([...logpOwnRoutes], apart.own);
    // The routes are others, and the step went along one of them.
    const most = Math.max(...apart.own.map((own, i) => Math.abs(own - apart.along[i]!)));
    expect(most).toBeGreaterThan(0.001);
    expect(router_replay === "R2" ? logpOldRoutes : logpOwnRoutes).toEqual(record!.logp);
  },
);

test("asking leaves the run as it was, and a past step answers the same, bit for bit", async () => {
  const trained = async (asks: boolean) => {
    const run = await createRun({ device, config: small(), weights: null, pastBytes: 2 ** 24 });
    const records: string[] = [];
    const scores = [];
    for (let step = 1; step <= 6; step++) {
      records.push(...(await train(run, 1)).map(content));
      if (asks) scores.push(await run.routeScores("token", step));
    }
    if (asks) expect(await run.routeScores("token", 3)).toEqual(scores[2]);
    records.push(...(await train(run, 1)).map(content));
    run.destroy();
    return { records, scores };
  };
  const { records, scores } = await trained(true);
  expect((await trained(false)).records).toEqual(records);
  // With the rollout's weights both routes are the same.
  expect(scores[0]!.logpOwnRoutes).toEqual(scores[0]!.logpOldRoutes);
  expect(scores[2]!.logpOwnRoutes).not.toEqual(scores[2]!.logpOldRoutes);
});

test("a policy without a mixture, and an arm without a step, are refused", async () => {
  const dense = await createRun({ device, config: smallRun(passes), weights: null });
  await train(dense, 1);
  await expect(dense.routeScores("token", 1)).rejects.toThrow("has no mixture of experts");
  dense.destroy();
  const run = await createRun({ device, config: small(), weights: null });
  await expect(run.routeScores("token", 0)).rejects.toThrow("no step yet");
  run.destroy();
});
