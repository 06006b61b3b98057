import { UserError } from "../base/user-error.ts";
import { chooseFamily } from "../engine/layers/choose-family.ts";
import type { SeedOutcome } from "../experiments/experiment.ts";
import { experimentNamed, experiments } from "../experiments/registry.ts";
import { resultOf } from "../experiments/result.ts";
import { runSeed } from "../experiments/run-experiment.ts";
import { FEWEST_VALUES, MOST_VALUES } from "../analysis/statistics.ts";
import { build } from "../worker/build.ts";
import { readWarmStart } from "./warm-start-file.ts";
import { openGpu } from "./gpu.ts";
import { openOutFile } from "./out-file.ts";
import { familyNamed, numberWithin, parseFiles, wholeNumber } from "./options.ts";

const USAGE = `Usage: npm run -s experiment -- NAME [--seeds ${FEWEST_VALUES} to ${MOST_VALUES}] [--steps N] [--out FILE] [--family register|workgroup]; NAME is one of ${experiments.map(({ id }) => id).join(", ")}`;
const SEEDS = 8;

/**
 * Runs an experiment, seeds 1, 2, … one after another, and prints its verdict as one JSON line. With
 * --out FILE it also writes the seeds' numbers, as the page reads them.
 */
export async function main(args: readonly string[]): Promise<number> {
  const flags = parseFiles(
    args,
    {
      seeds: { type: "string" },
      steps: { type: "string" },
      out: { type: "string" },
      family: { type: "string" },
    },
    USAGE,
  );
  const [name, ...more] = flags.files;
  if (name === undefined || more.length > 0) {
    throw new UserError(
      name === undefined ? "No experiment is named." : "More than one experiment is named.",
      USAGE,
    );
  }
  const experiment = experimentNamed(name);
  const seeds = seedsWanted(flags.seeds);
  const steps =
    flags.steps === undefined
      ? experiment.steps.usual
      : wholeNumber("steps", flags.steps, experiment.steps.least);
  const named = familyNamed(flags.family, USAGE);
  const out = flags.out === undefined ? null : await openOutFile("out", flags.out);
  const { device, name: adapter } = await openGpu();
  const family = named ?? (await chooseFamily(device));
  const began = performance.now();
  const outcomes: SeedOutcome[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    console.error(`${name}: seed ${seed} of ${seeds}, ${steps} steps a run, on ${adapter}`);
    const outcome = await runSeed(experiment, seed, steps, {
      ...{ device, family, weights: readWarmStart },
      next: () => Promise.resolve(true),
      stepped: () => undefined,
    });
    if (outcome !== null) outcomes.push(outcome);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const facts = { steps, adapter, family, build, date: new Date().toISOString(), seconds };
  const result = resultOf(experiment, facts, outcomes);
  await out?.writeFile(`${JSON.stringify(result)}\n`);
  await out?.close();
  const { command } = result;
  console.log(
    JSON.stringify({ experiment: name, command, seconds, ...experiment.verdict(outcomes) }),
  );
  return 0;
}

function seedsWanted(text: string | undefined): number {
  if (text === undefined) return SEEDS;
  const whole = wholeNumber("seeds", text, FEWEST_VALUES);
  return numberWithin("seeds", String(whole), {
    least: FEWEST_VALUES,
    most: MOST_VALUES,
    example: SEEDS,
  });
}
