import { UserError } from "../base/user-error.ts";
import { z } from "../config/zod.ts";
import type { Experiment, SeedOutcome } from "./experiment.ts";
import { FEWEST_VALUES, MOST_VALUES } from "../analysis/statistics.ts";

const FORMAT = "ratioscope-experiment";
const VERSION = 1;

const finite = z.number();
const outcome = z.object({
  seed: z.number(),
  numbers: z.record(z.string(), finite),
  series: z.record(z.string(), z.array(z.tuple([finite, finite]))),
});

const result = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  /** Its id. */
  experiment: z.string(),
  /** What runs it again. */
  command: z.string(),
  /** The configurations of seed 1, by condition: what was run, whatever a preset is now. */
  runs: z.record(z.string(), z.unknown()),
  /** Optimizer steps of every run. */
  steps: z.number().check(z.int(), z.positive()),
  /** The adapter's name, and how products were computed on it. */
  adapter: z.string(),
  family: z.string(),
  /** Version of the page or command. */
  build: z.string(),
  /** When it was finished, ISO 8601. */
  date: z.iso.datetime(),
  /** What it took. */
  seconds: z.number().check(z.nonnegative()),
  outcomes: z.array(outcome).check(z.minLength(FEWEST_VALUES), z.maxLength(MOST_VALUES)),
});

/** What an experiment came to: the numbers of every seed, from which verdict and picture follow. */
export type ExperimentResult = z.infer<typeof result>;

/** What a result has beside the seeds' numbers. */
export type ResultFacts = Pick<
  ExperimentResult,
  "steps" | "adapter" | "family" | "build" | "date" | "seconds"
>;

/** The result of seeds that were all run. */
export function resultOf(
  { id, conditions }: Experiment,
  facts: ResultFacts,
  outcomes: readonly SeedOutcome[],
): ExperimentResult {
  const { steps } = facts;
  const named = { format: FORMAT, version: VERSION, experiment: id } as const;
  const command = commandOf(id, outcomes.length, steps);
  const runs = Object.fromEntries(conditions(1).map(({ id: condition, run }) => [condition, run]));
  return result.parse({ ...named, command, runs, ...facts, outcomes });
}

/** What runs an experiment with so many seeds, 1, 2, …, in Node. */
export const commandOf = (id: string, seeds: number, steps: number): string =>
  `npm run -s experiment -- ${id} --seeds ${seeds} --steps ${steps}`;

/** A result from its JSON; throws a UserError that names the first part that is not what it should be. */
export function readResult(json: unknown): ExperimentResult {
  const read = result.safeParse(json);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join(".") ?? "";
  throw new UserError(
    `This is no result of an experiment: ${where === "" ? "it" : where} is not what it should be.`,
    "Make it with: npm run -s experiment -- NAME --out FILE",
  );
}
