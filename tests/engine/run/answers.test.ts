import { afterAll, expect, test } from "vitest";
import { policyShape } from "../../../src/engine/policy/shape-of.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { task as findTask } from "../../../src/tasks/registry.ts";
import { encode, EOS } from "../../../src/tasks/task.ts";
import { armAt, content, smallRun } from "../../support/small-run.ts";
import { referencePolicy } from "../../support/reference-policy.ts";
import { openDevice } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

// More than eight prompts a rollout, with four completions each: the first eight are answered.
const config = smallRun({ num_generations: 4, learning_rate: 0.02 }, [
  armAt("token"),
  armAt("sequence"),
]);
const task = findTask(config.task);

/** Step by step in float64, the likeliest token each time. */
async function likeliest(run: Run, arm: string, prompt: readonly string[]): Promise<number[]> {
  const shape = policyShape(config, task);
  const tensors = Object.entries(await run.weights(arm));
  const weights = Object.fromEntries(tensors.map(([name, { data }]) => [name, [...data]]));
  const tokens = encode(task, prompt);
  const written: number[] = [];
  while (written.length < config.grpo.max_completion_length && written.at(-1) !== EOS) {
    const all = [...tokens, ...written];
    const batch = { B: 1, T: all.length, head: all.length - 1, tokens: all, start: [0] };
    const { logits } = referencePolicy(shape, weights, { ...batch, targets: [0], temperature: 1 });
    written.push(logits.indexOf(Math.max(...logits)));
  }
  return written;
}

test("every arm answers the same prompts with the likeliest tokens, and is judged by the task", async () => {
  const run = await createRun({ device, config, weights: null });
  for (let i = 0; i < 6; i++) await run.advance();
  const all = await run.answers();
  expect(all.map(({ arm, step }) => [arm, step])).toEqual([
    ["token", 6],
    ["sequence", 6],
  ]);
  expect(all[1]!.answers.map(({ prompt }) => prompt)).toEqual(
    all[0]!.answers.map(({ prompt }) => prompt),
  );
  for (const { arm, answers } of all) {
    expect(answers).toHaveLength(8);
    for (const { prompt, completion, ended, right, reward } of answers) {
      const wanted = await likeliest(run, arm, prompt);
      expect([...encode(task, completion), ...(ended ? [EOS] : [])]).toEqual(wanted);
      expect(right).toEqual(prompt.slice(1, -1).toSorted());
      const scores = task.rewards.map(({ score }) => score({ prompt, completion, ended })!);
      const sum = scores.reduce((total, score, f) => total + task.rewardWeights[f]! * score, 0);
      expect(reward).toBe(sum);
    }
  }
  run.destroy();
});

test("a run that is asked after every step trains to the same bits", async () => {
  const trained = async (asks: boolean): Promise<string[]> => {
    const run = await createRun({ device, config, weights: null });
    if (asks) await run.answers();
    const records: string[] = [];
    for (let i = 0; i < 6; i++) {
      records.push(...(await run.advance()).map(content));
      if (asks) await run.answers();
    }
    run.destroy();
    return records;
  };
  expect(await trained(true)).toEqual(await trained(false));
});
