import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { presets } from "../config/presets.ts";
import { encodeSafetensors } from "../engine/policy/safetensors.ts";
import { warmStart } from "../engine/training/warm-start.ts";
import { checkpointPath } from "./checkpoint.ts";
import { openGpu } from "./gpu.ts";
import { parseOptions, runOf, runOptions } from "./options.ts";

const USAGE =
  "Usage: npm run -s warm-start -- [--preset NAME] [--reward R] [--rate LR] [--set field=value …]; without --preset, every warm start that the presets name";

/** Makes the warm-started checkpoints that ship with the page, on the tasks' demonstrations. */
export async function main(args: readonly string[]): Promise<number> {
  const flags = parseOptions(
    args,
    { ...runOptions, reward: { type: "string" }, rate: { type: "string" } },
    USAGE,
  );
  // A preset that names another's checkpoint only uses it.
  const own = presets.filter(({ id, run }) => run.warmStart === id).map(({ id }) => id);
  const { device } = await openGpu();
  for (const preset of flags.preset === undefined ? own : [flags.preset]) {
    const run = runOf({ ...flags, preset });
    const made = await warmStart({
      device,
      config: run,
      batch: 128,
      learningRate: Number(flags.rate ?? 3e-3),
      targetReward: Number(flags.reward ?? 0.42),
      maxSteps: 2000,
    });
    const path = checkpointPath(run.warmStart ?? preset);
    await mkdir(dirname(path), { recursive: true });
    const metadata = { task: run.task, difficulty: String(run.difficulty) };
    await writeFile(path, encodeSafetensors(made.tensors, metadata));
    console.log(JSON.stringify({ file: path, steps: made.steps, reward: made.reward }));
  }
  return 0;
}
