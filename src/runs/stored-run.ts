import type { GRPOConfig, RunConfig } from "../config/types.ts";
import type { AnyRunCheckpoint } from "../engine/training/checkpoint.ts";
import type { Family } from "../engine/gpu/family.ts";
import type { Answer } from "../record/answers.ts";
import type { StepRecord, StepReport } from "../record/record.ts";

// What the run database and run files hold of a run. Plain, structured-cloneable data.

/** What a list of runs shows; one per run. */
export interface StoredRun {
  /** A random UUID. */
  id: string;
  name: string;
  note: string;
  /** Number of the run's colour on the charts, 0 … 7; null: by its place in the list. */
  colour: number | null;
  /** Runs with the same name here are seeds of one experiment; null: a run of its own. */
  seedGroup: string | null;
  /** The run and step that this one was continued or duplicated from, when it was. */
  parent: { run: string; step: number } | null;
  /** Where its steps came from. */
  origin: "trained" | "imported-run" | "imported-log";
  /** As it was loaded, forks included; live changes are in the events. */
  run: RunConfig;
  /** Version and commit of the page that trained it. */
  build: string;
  /** Name of the adapter that trained it last. */
  adapter: string;
  /** How its products are computed, which it keeps on any adapter; absent: "register". */
  family?: Family;
  parameters: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
  status: "unfinished" | "finished" | "failed";
  /** Optimizer steps done. */
  step: number;
  totalSteps: number;
  /** Tokens of all rollouts of all arms, prompts included: TRL's num_tokens, added up. */
  tokens: number;
  /** Milliseconds of training. */
  elapsedMs: number;
  /** Bytes of detail (metrics, records, checkpoints) stored for it. */
  bytes: number;
  /** What was thinned away for want of room, as a sentence; null: nothing. */
  thinned: string | null;
  /** When it was put into the bin; deleted for good later. Null: not deleted. */
  deletedAt: number | null;
}

/** A live change, fork, failure, recovery or warning, or what an arm answered, at a step; in order of `at`. */
export interface StoredEvent {
  run: string;
  /** Counts up within the run. */
  at: number;
  step: number;
  kind: "change" | "fork" | "failure" | "resumed" | "warning" | "answers";
  /** Null: every arm. */
  arm: string | null;
  text: string;
  /** What a change set. */
  fields: Partial<GRPOConfig> | null;
  /** The finding that a warning is of. */
  finding?: string;
  /** To the run's pinned prompts. */
  answers?: readonly Answer[];
}

/** Reports of consecutive steps, every arm, in order. */
export interface StoredMetrics {
  run: string;
  /** First step among them. */
  from: number;
  reports: readonly StepReport[];
}

/** The records of all arms at one step. */
export interface StoredRecords {
  run: string;
  step: number;
  generation: number;
  bytes: number;
  records: readonly StepRecord[];
}

export interface StoredCheckpoint {
  run: string;
  step: number;
  bytes: number;
  /** Events that it has in it already: those whose `at` is below this. Absent: by their step. */
  events?: number;
  checkpoint: AnyRunCheckpoint;
}

/** Everything about one run: what a run file holds. */
export interface WholeRun {
  run: StoredRun;
  events: readonly StoredEvent[];
  metrics: readonly StoredMetrics[];
  records: readonly StoredRecords[];
  checkpoints: readonly StoredCheckpoint[];
}

/**
 * The runs of this browser. Every call is one transaction or several that each leave the database
 * whole; a call that fails rejects with a UserError and leaves what is stored as it was.
 */
export interface RunDatabase {
  /** Newest first, deleted ones left out. */
  list(): Promise<StoredRun[]>;
  get(id: string): Promise<StoredRun | null>;
  /** Sets what people may set. */
  edit(
    id: string,
    change: Partial<Pick<StoredRun, "name" | "note" | "colour" | "seedGroup">>,
  ): Promise<void>;
  /** Into the bin and out of it again. */
  remove(id: string): Promise<void>;
  restore(id: string): Promise<void>;
  /** Under a new id, with everything that is stored of it. */
  duplicate(id: string): Promise<string>;
  /** Every report of every step and arm, in order. */
  reports(id: string): Promise<StepReport[]>;
  /** Those of the newest `steps` steps alone, in order. */
  newestReports(id: string, steps: number): Promise<StepReport[]>;
  events(id: string): Promise<StoredEvent[]>;
  /** Steps whose records are stored, in order. */
  recordSteps(id: string): Promise<number[]>;
  records(id: string, step: number): Promise<StoredRecords | null>;
  /** The newest checkpoint at or before `step` (by default of all). */
  checkpoint(id: string, step?: number): Promise<StoredCheckpoint | null>;
  whole(id: string): Promise<WholeRun>;
  /** Stores a run from a file under a new id; returns the id. */
  add(whole: WholeRun): Promise<string>;
  close(): void;
}

/** Name of the lock that a page holds while it trains a run: one page at a time may. */
export const lockOf = (id: string): string => `ratioscope run ${id}`;

/** Whether a page that opens offers to go on with the run. */
const canGoOn = ({ origin, status, step, deletedAt }: StoredRun): boolean =>
  origin === "trained" && status === "unfinished" && step > 0 && deletedAt === null;

/** The runs that a page may go on with, trained last first. */
export const resumable = (runs: readonly StoredRun[]): StoredRun[] =>
  runs.filter(canGoOn).toSorted((a, b) => b.updatedAt - a.updatedAt);
