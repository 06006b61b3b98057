import { runFrom } from "../../config/run-from.ts";
import type { RunConfig } from "../../config/types.ts";
import type { GpuContext } from "../../engine/gpu/context.ts";
import { createRun } from "../../engine/run/run.ts";
import { median, type Timing } from "./measure.ts";
import { digits, type Say } from "./measurement.ts";

/** Rounds before those that count. */
const WARM_UP = 2;

/**
 * The default preset with its first arm alone and with both: a generation, that is a rollout and
 * the optimizer steps that learn from it, in turn, so that the machine's load falls on both.
 */
export async function benchArms(
  { device, matmul }: GpuContext,
  n: number,
  say: Say,
): Promise<void> {
  // Enough steps for every round: the schedule is constant.
  const both = { ...runFrom("sort", { seed: 1, set: {} }), warmStart: null };
  const one: RunConfig = { ...both, arms: both.arms.slice(0, 1) };
  const runs = await Promise.all(
    [one, both].map((config) => createRun({ device, config, family: matmul, weights: null })),
  );
  const first: number[] = [];
  const times: number[][] = runs.map(() => []);
  for (let round = 0; round < WARM_UP + n; round++) {
    for (const [i, run] of runs.entries()) {
      const began = performance.now();
      do await run.advanceUnrecorded();
      while (!run.atGenerationEnd);
      const ms = performance.now() - began;
      if (round === 0) first.push(ms);
      if (round >= WARM_UP) times[i]!.push(ms);
    }
  }
  const [alone, together] = times.map((all, i): Timing => ({
    ms: median(all),
    min: Math.min(...all),
    max: Math.max(...all),
    n: all.length,
    first_ms: first[i]!,
  }));
  const steps = runs[0]!.stepsPerGeneration;
  say("arms", alone!, { preset: both.preset, arms: 1, steps });
  const ratios = times[1]!.map((ms, i) => ms / times[0]![i]!);
  say("arms", together!, {
    preset: both.preset,
    arms: 2,
    steps,
    of_one: digits(median(ratios)),
    of_one_min: digits(Math.min(...ratios)),
    of_one_max: digits(Math.max(...ratios)),
  });
  for (const run of runs) run.destroy();
}
