import { expect, test } from "vitest";
import { checkConfig } from "../../../src/config/check.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { createRun } from "../../../src/engine/run/run.ts";
import { warmStart } from "../../../src/engine/training/warm-start.ts";
import { task } from "../../../src/tasks/registry.ts";
import type { Task } from "../../../src/tasks/task.ts";
import { withRewards } from "../../../src/tasks/with-rewards.ts";
import { sharedDevice } from "../../support/shared-device.ts";
import { smallRun } from "../../support/small-run.ts";

const device = sharedDevice();

/** Sort under another name, with two tokens more. */
const own: Task = {
  ...task("sort"),
  id: "order",
  vocabulary: [...task("sort").vocabulary, "here", "there"],
};
const small = (changes: Partial<RunConfig> = {}): RunConfig => ({
  ...smallRun({
    max_steps: 2,
    eval_strategy: "steps",
    eval_steps: 1,
    per_device_eval_batch_size: 8,
  }),
  evaluationSize: 4,
  task: own.id,
  ...changes,
});

test("a task that is not in the list trains, is evaluated and warm-starts", async () => {
  const config = small();
  const start = { batch: 8, learningRate: 3e-3, targetReward: 2, maxSteps: 5 };
  const made = await warmStart({ device: device(), config, task: own, ...start });
  expect(made.steps).toBe(5);
  expect(made.tensors["model.embed_tokens.weight"]!.shape).toEqual([17, 24]);
  const run = await createRun({ device: device(), config, task: own, weights: made.tensors });
  expect(await run.weights("token")).toEqual(made.tensors);
  const [record] = await run.advance();
  expect(record!.prompt[0]).toMatch(/^sort( \d)+ =$/);
  expect(record!.metrics).toMatchObject({ eval_reward: expect.any(Number) });
  expect(await run.weights("token")).not.toEqual(made.tensors);
  run.destroy();
});

test("a warm start whose reward applied to nothing goes on to its last step", async () => {
  function never() {
    return null;
  }
  const start = { batch: 8, learningRate: 3e-3, targetReward: 0.5, maxSteps: 5 };
  const options = { device: device(), config: small(), task: withRewards(own, [never]), ...start };
  const { steps, reward } = await warmStart(options);
  expect([steps, reward]).toEqual([5, Number.NaN]);
});

test("rewards that are handed in are what is learnt from, beside the task's own", async () => {
  const seen: string[] = [];
  function tokens(_prompt: readonly string[], completion: readonly string[]) {
    seen.push(completion.join(" "));
    return completion.length;
  }
  const mixed = withRewards(own, ["ends", tokens]);
  const config = small({ grpo: { ...small().grpo, eval_strategy: "no", reward_weights: [2, 3] } });
  const run = await createRun({ device: device(), config, task: mixed, weights: null });
  const [record] = await run.advance();
  run.destroy();
  expect(record!.rewardNames).toEqual(["ends", "tokens"]);
  const [ended, counted] = record!.rewards;
  expect([...counted!]).toEqual(
    Array.from(record!.length, (length, row) => length - (record!.truncated[row] ? 0 : 1)),
  );
  expect(seen).toHaveLength(4 * record!.rows); // a rollout serves four steps
  expect([...record!.reward]).toEqual(
    Array.from(ended!, (value, row) => 2 * value + 3 * counted![row]!),
  );
});

test("a reward that is not a number stops the run and says where", async () => {
  const broken = withRewards(own, [
    function odd() {
      return NaN;
    },
  ]);
  const run = await createRun({ device: device(), config: small(), task: broken, weights: null });
  await expect(run.advance()).rejects.toThrow(/^The reward odd is NaN for the completion ".*"/);
  expect(run.step).toBe(0);
  run.destroy();
});

test("the configuration names the task that is handed in", async () => {
  const config = small({ task: "sort" });
  expect(checkConfig(config, own)).toMatchObject([
    { id: "other-task", patch: { task: "order" }, fields: ["task"] },
  ]);
  await expect(createRun({ device: device(), config, task: own, weights: null })).rejects.toThrow(
    "task is sort; the task that was handed in is order.",
  );
  await expect(createRun({ device: device(), config: small(), weights: null })).rejects.toThrow(
    "task is order; it takes",
  );
});

test("a preset's run takes the task with its difficulty and lengths", () => {
  const run = runFrom("sort", { task: own, set: { difficulty: "5" } });
  expect(run).toMatchObject({ task: "order", difficulty: 5, warmStart: null });
  expect(run.grpo.max_completion_length).toBe(7);
  expect(checkConfig(run, own)).toEqual([]);
  expect(runFrom("sort", { task: withRewards(task("sort"), ["exact"]) }).warmStart).toBe("sort");
});

test("bounds and reward weights are those of the task that is handed in", () => {
  const rigid: Task = { ...own, difficulty: { label: "Digits", min: 2, max: 3, default: 2 } };
  expect(checkConfig(small({ difficulty: 6 }), rigid)[0]!.message).toBe(
    "difficulty is 6; for order it goes from 2 to 3 (digits).",
  );
  const grpo = { ...small().grpo, reward_weights: [1] };
  expect(checkConfig(small({ grpo }), own)[0]!.message).toContain("order has 3 reward functions");
});
