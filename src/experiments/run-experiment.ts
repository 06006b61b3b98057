import { createRun, type Run } from "../engine/run/run.ts";
import type { Family } from "../engine/gpu/family.ts";
import type { Tensor } from "../engine/policy/safetensors.ts";
import type { Experiment, Measurement, SeedOutcome } from "./experiment.ts";

/** What the runs of an experiment need of their host. */
export interface ExperimentHost {
  device: GPUDevice;
  /** How products are computed. */
  family: Family;
  /** The warm start of that name. */
  weights(name: string): Promise<Record<string, Tensor>>;
  /**
   * Called before every optimizer step: what it waits for, the next step waits for. False: no more
   * of it is wanted.
   */
  next(): Promise<boolean>;
  /** Told after every step how many of the seed's steps are done. */
  stepped(done: number, total: number): void;
}

/**
 * Runs one seed of an experiment: its conditions one after another, `steps` optimizer steps each.
 * Null where no more was wanted. Throws a UserError where a run is refused, a DivergedError where one
 * diverges.
 */
export async function runSeed(
  experiment: Experiment,
  seed: number,
  steps: number,
  host: ExperimentHost,
): Promise<SeedOutcome | null> {
  const measurement = experiment.measure(steps);
  const conditions = experiment.conditions(seed);
  const total = steps * conditions.length;
  for (const [place, { id, run: config }] of conditions.entries()) {
    if (!(await host.next())) return null;
    const { device, family } = host;
    const weights = config.warmStart === null ? null : await host.weights(config.warmStart);
    const run = await createRun({ device, config, family, weights });
    try {
      const ended = await takeSteps(run, steps, measurement, id, {
        ...host,
        stepped: (done) => host.stepped(place * steps + done, total),
      });
      if (!ended) return null;
    } finally {
      run.destroy();
    }
  }
  return { seed, ...measurement.result() };
}

/** False where no more was wanted. */
async function takeSteps(
  run: Run,
  steps: number,
  measurement: Measurement,
  condition: string,
  { next, stepped }: Pick<ExperimentHost, "next" | "stepped">,
): Promise<boolean> {
  while (run.step < steps) {
    if (!(await next())) return false;
    measurement.take(condition, await run.advance());
    stepped(run.step, steps);
  }
  if (measurement.end) {
    measurement.end(condition, await Promise.all(run.arms.map((arm) => arm.weights())));
  }
  return true;
}
