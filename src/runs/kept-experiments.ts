import { type DBSchema, openDB } from "idb";
import type { SeedOutcome } from "../experiments/experiment.ts";
import { withUserErrors } from "./database/failure.ts";

/** An experiment that was begun in this browser: seeds 1, 2, … as far as they are done. */
export interface KeptExperiment {
  /** Its id. */
  experiment: string;
  /** Seeds that were asked for. */
  seeds: number;
  /** Optimizer steps of every run. */
  steps: number;
  adapter: string;
  family: string;
  build: string;
  /** Time spent running, without pauses. */
  seconds: number;
  /** When its newest seed was done, milliseconds since 1970. */
  updatedAt: number;
  outcomes: readonly SeedOutcome[];
}

interface Stores extends DBSchema {
  experiments: { key: string; value: KeptExperiment };
}

/** What this browser has of each experiment: the newest of each, some tens of KB. */
export interface ExperimentDatabase {
  list(): Promise<KeptExperiment[]>;
  get(experiment: string): Promise<KeptExperiment | null>;
  /** Takes the place of the one before. */
  put(kept: KeptExperiment): Promise<void>;
  remove(experiment: string): Promise<void>;
}

/** The experiments of this browser, in a database of their own: they are no runs that can be continued. */
export function keptExperiments(name = "ratioscope experiments"): ExperimentDatabase {
  const call = <T>(work: (database: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> =>
    withUserErrors(async () => {
      const database = await open(name);
      return work(database).finally(() => database.close());
    });
  return {
    list: () => call((database) => database.getAll("experiments")),
    get: (experiment) =>
      call(async (database) => (await database.get("experiments", experiment)) ?? null),
    put: (kept) => call(async (database) => void (await database.put("experiments", kept))),
    remove: (experiment) => call((database) => database.delete("experiments", experiment)),
  };
}

const open = (name: string) =>
  openDB<Stores>(name, 1, {
    upgrade: (database) =>
      void database.createObjectStore("experiments", { keyPath: "experiment" }),
  });
