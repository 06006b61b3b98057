import type { Fact } from "./finding.ts";
import { processCount, processesOf } from "./processes.ts";
import type { GRPOConfig, RunConfig } from "./types.ts";

/** What a rule may look at beside its arm's configuration. */
export interface Launch {
  /** The value of a field that is kept for the export; undefined where it is not set. */
  kept(name: string): unknown;
}

/** Evaluates one rule on one configuration and gives back what of it may be said. */
export type Guard = <T extends Fact>(
  config: GRPOConfig,
  rule: (config: GRPOConfig, launch: Launch) => readonly T[],
) => T[];

const launchOf = (run: RunConfig): Launch => ({
  kept: (name) => run.exportOnly?.[name],
});

/** For a run whose every value is known, in one process: what a rule finds is so. */
export const trusting =
  (run: RunConfig): Guard =>
  (config, rule) => [...rule(config, launchOf(run))];

/** What is known of a configuration that was read from somebody's text. */
export interface Known {
  /** Fields whose values in the run are stand-ins: the text decides them and they were not read. */
  unread: ReadonlySet<string>;
}

/** TRL's batch conditions count the rows of all processes: what rests on it says for how many. */
export const PROCESSES = "num_processes";

/**
 * For a run that was read: a rule works on a configuration that records which fields it takes, and
 * what it finds is dropped where one of them was not read. A rule is a function of what it takes,
 * so with the true values of the others it finds the same.
 */
export const guarded =
  (run: RunConfig, { unread }: Known): Guard =>
  (config, rule) => {
    const taken = new Set<string>();
    const launch = launchOf(run);
    const found = rule(recorded(config, taken), {
      kept(name) {
        taken.add(name);
        return launch.kept(name);
      },
    });
    if ([...taken].some((name) => unread.has(name))) return [];
    if (!taken.has(PROCESSES)) return [...found];
    return found.map((each) => ({
      ...each,
      reason: `${each.reason} This holds for ${processCount(processesOf(config))}.`.trim(),
    }));
  };

/** The configuration, with the name of every field that is looked at put into `taken`. */
function recorded(config: GRPOConfig, taken: Set<string>): GRPOConfig {
  return new Proxy(config, {
    get(target, name, receiver) {
      if (typeof name === "string") taken.add(name);
      return Reflect.get(target, name, receiver) as unknown;
    },
    // A spread or a listing takes everything.
    ownKeys(target) {
      for (const name of Object.keys(target)) taken.add(name);
      return Reflect.ownKeys(target);
    },
  });
}
