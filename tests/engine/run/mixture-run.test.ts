import { afterAll, describe, expect, test } from "vitest";
import type { ArchitectureConfig, RoutingFields } from "../../../src/config/architecture.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { watchDevice } from "../../../src/cli/bench/watch-device.ts";
import { memoryPlan } from "../../../src/engine/run/memory-plan.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { armAt, content, smallRun } from "../../support/small-run.ts";
import { openDevice, withRegisters } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const token = armAt("token", { learning_rate: 0.01 });
const sequence = armAt("sequence", { epsilon: 0.03 });

/** A tiny mixture; 8 optimizer steps a rollout. */
function small(
  architecture: Partial<ArchitectureConfig>,
  routing: RoutingFields = {},
  arms: RunConfig["arms"] = [token, sequence],
): RunConfig {
  const passes = { steps_per_generation: 4, num_iterations: 2, ...routing };
  const run = smallRun(passes, arms);
  return { ...run, policy: { ...run.policy, layers: 2, width: 16, hidden: 40, ...architecture } };
}

const qwen: Partial<ArchitectureConfig> = {
  architecture: "qwen3_moe",
  mixture: { experts: 4, perToken: 2, hidden: 12 },
};
const oss: Partial<ArchitectureConfig> = {
  architecture: "gpt_oss",
  slidingWindow: 4,
  mixture: { experts: 4, perToken: 2 },
};

async function train(run: Run, steps: number): Promise<string[]> {
  const records: string[] = [];
  for (let i = 0; i < steps; i++) records.push(...(await run.advance()).map(content));
  return records;
}

const cases = [
  { name: "qwen3_moe", config: small(qwen, { router_aux_loss_coef: 0.01 }) },
  { name: "gpt_oss, R2", config: small(oss, { router_replay: "R2" }) },
  { name: "qwen3_moe, R3", config: small(qwen, { router_replay: "R3" }, [token]) },
];

describe.each(cases)("a run of mixtures: $name", ({ config }) => {
  test("goes on elsewhere bit for bit", async () => {
    const run = await createRun({ device, config, weights: null });
    await train(run, 5);
    const asked = run.checkpoint();
    const expected = await train(run, 6);
    const checkpoint = structuredClone(await asked);
    run.destroy();
    const fresh = await createRun({ device, config: checkpoint.run, weights: null });
    fresh.restore(checkpoint);
    expect(await train(fresh, 6)).toEqual(expected);
    fresh.destroy();
  });
});

test("what is answered between the steps of a rollout leaves the routes that it kept", async () => {
  const config = small(qwen, { router_replay: "R3" }, [token]);
  const trained = async (asks: boolean): Promise<string[]> => {
    const run = await createRun({ device, config, weights: null });
    const records: string[] = [];
    for (let i = 0; i < 6; i++) {
      records.push(...(await train(run, 1)));
      if (asks) expect((await run.answers())[0]!.answers).not.toHaveLength(0);
    }
    run.destroy();
    return records;
  };
  expect(await trained(true)).toEqual(await trained(false));
});

test("rewinding, forking and asking what the other level would have done leave a mixture's bits", async () => {
  const config = small(qwen, { router_replay: "R2", router_aux_loss_coef: 0.01 }, [token]);
  const run = await createRun({ device, config, weights: null, pastBytes: 2 ** 24 });
  const first = await train(run, 6);
  const asked = await run.counterfactual("token", run.step);
  const later = await train(run, 4);
  const again = await run.counterfactual("token", 6);
  expect(again).toEqual(asked);
  await run.rewind(6);
  expect(await train(run, 4)).toEqual(later);
  await run.rewind(2);
  expect(await train(run, 4)).toEqual(first.slice(2));
  await run.fork("token", sequence);
  const [own, forked] = await run.advance();
  // The fork has the routes of the rollout that it goes on with.
  expect(forked!.metrics["router/flipped"]).toBe(own!.metrics["router/flipped"]);
  expect([...forked!.logp]).toEqual([...own!.logp]);
  run.destroy();
});

test("a step says how even the load is, and which share of the routes has flipped", async () => {
  const config = small(qwen, { router_aux_loss_coef: 0.01 }, [token]);
  const run = await createRun({ device, config, weights: null });
  const flipped: number[] = [];
  for (let step = 0; step < 8; step++) {
    const [record] = await run.advance();
    const { aux_loss: load, "router/flipped": share } = record!.metrics;
    expect(load).toBeGreaterThan(1);
    expect(load).toBeLessThan(4);
    flipped.push(share!);
  }
  // The weights are the rollout's in its first step alone.
  expect(flipped[0]).toBe(0);
  expect(Math.max(...flipped)).toBeGreaterThan(0);
  run.destroy();
});

test.each([qwen, oss])(
  "the memory plan of $architecture is what its run allocates",
  async (one) => {
    const config = small({ ...one }, { router_replay: "R3" }, [token]);
    const watch = watchDevice(device);
    const plan = await memoryPlan(withRegisters(device), config);
    expect(watch).toMatchObject({ buffers: 0, bytes: 0, pipelines: 0, bindGroups: 0 });
    const run = await createRun({ device, config, weights: null });
    expect(plan.bytes).toBe(watch.bytes);
    run.destroy();
    expect(watch.bytes).toBe(0);
  },
);
