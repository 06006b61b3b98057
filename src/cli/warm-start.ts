import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { presets } from "../config/presets.ts";
import type { RunConfig } from "../config/types.ts";
import { encodeSafetensors } from "../engine/policy/safetensors.ts";
import { warmStart } from "../engine/training/warm-start.ts";
import { task as taskOf } from "../tasks/registry.ts";
import { warmStartPath } from "./warm-start-file.ts";
import { openGpu } from "./gpu.ts";
import { numberWithin, parseOptions, runOf, runOptions } from "./options.ts";

const USAGE =
  "Usage: npm run -s warm-start -- [--preset NAME] [--reward R] [--rate LR] [--set field=value …]; without --preset, every warm start that the presets name";

const RATE = { least: 1e-8, most: 1, example: 0.003 };
const REWARD = { least: 0, example: 0.42 };
/** Some completions are right, and there is something to learn; of these warm starts, nothing is left. */
const USUAL_REWARD = 0.42;
const REWARDS: Readonly<Record<string, number>> = {
  "sort-solved": 0.98,
  "count-dots": 0.36,
};

/** What a completion can earn at most: a reward function gives 1 at most, times its weight. */
const mostReward = ({ task, grpo }: RunConfig): number =>
  (grpo.reward_weights ?? taskOf(task).rewardWeights).reduce(
    (sum, weight) => sum + Math.max(0, weight),
    0,
  );

/** Makes the warm-started checkpoints that ship with the page, on the tasks' demonstrations. */
export async function main(args: readonly string[]): Promise<number> {
  const flags = parseOptions(
    args,
    { ...runOptions, reward: { type: "string" }, rate: { type: "string" } },
    USAGE,
  );
  // A preset that names another's checkpoint only uses it.
  const own = presets.filter(({ id, run }) => run.warmStart === id).map(({ id }) => id);
  const wanted = (flags.preset === undefined ? own : [flags.preset]).map((preset) => {
    const run = runOf({ ...flags, preset });
    const most = mostReward(run);
    const text = flags.reward ?? String(Math.min(REWARDS[preset] ?? USUAL_REWARD, most));
    return { preset, run, targetReward: numberWithin("reward", text, { ...REWARD, most }) };
  });
  const learningRate = numberWithin("rate", flags.rate ?? "3e-3", RATE);
  const { device } = await openGpu();
  for (const { preset, run, targetReward } of wanted) {
    const made = await warmStart({
      device,
      config: run,
      batch: 128,
      learningRate,
      targetReward,
      maxSteps: 2000,
    });
    const path = warmStartPath(run.warmStart ?? preset);
    await mkdir(dirname(path), { recursive: true });
    const metadata = { task: run.task, difficulty: String(run.difficulty) };
    await writeFile(path, encodeSafetensors(made.tensors, metadata));
    console.log(JSON.stringify({ file: path, steps: made.steps, reward: made.reward }));
  }
  return 0;
}
