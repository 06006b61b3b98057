import { settingsOf } from "../engine/training/standing.ts";
import { effectiveConfig } from "../config/effective-config.ts";
import type { GRPOConfig } from "../config/types.ts";
import type { Run } from "../engine/run/run.ts";
import type { RunCheckpoint } from "../engine/training/checkpoint.ts";
import { messageAndRemedy } from "../base/user-error.ts";
import { branchOf } from "../runs/branch.ts";
import type { TrainingDatabase } from "../runs/database.ts";
import { lockOf, type StoredRun, type WholeRun } from "../runs/stored-run.ts";
import type { StorageFacts } from "./protocol.ts";
import { RunWriter } from "./run-writer.ts";
import { RunJournal } from "./run-journal.ts";

/** What the storage of runs needs of the worker. */
export interface StorageHost {
  /** The runs of this browser; rejects where it keeps none. */
  openRuns(): Promise<TrainingDatabase>;
  /** Holds a lock until the function that it gives is called; null: another page holds it. */
  lock(name: string): Promise<(() => void) | null>;
}

/** A stored run that this page alone may train, until `unlock` is called. */
interface Locked {
  stored: StoredRun;
  unlock: () => void;
}

/** The worker's connection to the runs of this browser, and the journal of the run in training. */
export class RunStorage {
  readonly #host: StorageHost;
  readonly #report: (facts: StorageFacts) => void;
  #database: Promise<TrainingDatabase | null> | null = null;
  /** Of the run in training; null: there is none. */
  #journal: RunJournal | null = null;
  #unlock: (() => void) | null = null;

  constructor(host: StorageHost, tell: (facts: StorageFacts) => void) {
    this.#host = host;
    this.#report = tell;
  }

  /** The runs of this browser, or null where it keeps none; the page is told why. */
  database(): Promise<TrainingDatabase | null> {
    return (this.#database ??= this.#host
      .openRuns()
      .then(async (database) => {
        await database.emptyBin();
        return database;
      })
      .catch((error: unknown) => {
        const text = because(error, "Training goes on; nothing of it can be continued later.");
        this.#report({ state: "none", id: "", step: null, bytes: 0, text });
        return null;
      }));
  }

  /** The journal of a run, which is in training from now on; nothing is stored before its first step. */
  async open(stored: StoredRun): Promise<RunJournal> {
    const database = await this.database();
    this.#unlock ??= await this.#host.lock(lockOf(stored.id));
    this.#journal = new RunJournal(
      stored,
      database && new RunWriter(database, stored, this.#report),
    );
    return this.#journal;
  }

  /** The first of the runs that no other page trains; null: all are taken. */
  async lockOne(candidates: readonly StoredRun[]): Promise<Locked | null> {
    for (const stored of candidates) {
      const unlock = await this.#host.lock(lockOf(stored.id));
      if (unlock !== null) return { stored, unlock };
    }
    return null;
  }

  /** Takes the present run's place with a locked one, whose journal is opened next. */
  takeOver({ unlock }: Locked): void {
    this.letGo();
    this.#unlock = unlock;
  }

  /** The present run's part is over; what is left of it is stored behind the next one's back. */
  letGo(): void {
    const [journal, unlock] = [this.#journal, this.#unlock];
    this.#journal = null;
    this.#unlock = null;
    void (journal?.settled() ?? Promise.resolve()).finally(() => unlock?.());
  }

  /**
   * The run that was taken back goes on as one of its own, in the journal that is returned; the one
   * before keeps its later steps.
   */
  async branch(run: Run, before: RunJournal): Promise<RunJournal> {
    await before.settled();
    const [checkpoint, database] = await Promise.all([run.checkpoint(), this.database()]);
    const { branch, id } = await this.#branchOff(before, checkpoint, database);
    this.letGo();
    const journal = await this.open({ ...branch.run, id, updatedAt: Date.now() });
    const now = effectiveConfig(run.config, configsOf(run));
    journal.takeUp(now, checkpoint.step, branch.events);
    return journal;
  }

  /**
   * The branch, stored with what the run had up to there; where the database has not got that, or
   * does not take it, the branch has nothing of it and is stored from here on.
   */
  async #branchOff(
    before: RunJournal,
    checkpoint: RunCheckpoint,
    database: TrainingDatabase | null,
  ): Promise<{ branch: WholeRun; id: string }> {
    const id = crypto.randomUUID();
    if (before.isStored && database) {
      try {
        const branch = branchOf(await database.whole(before.id), checkpoint);
        return { branch, id: await database.add(branch) };
      } catch (error) {
        const text = because(error, "The run goes on without its earlier steps in this browser.");
        this.#report({ state: "failed", id, step: null, bytes: 0, text });
      }
    }
    const known = { run: before.stored, events: [], metrics: [], records: [], checkpoints: [] };
    return { branch: branchOf(known, checkpoint), id };
  }
}

/** Why the database refused, what that means for the run, and what to do. */
function because(error: unknown, means: string): string {
  const { message, remedy } = messageAndRemedy(error);
  return `${message} ${means} ${remedy}`.trimEnd();
}

/** What every arm is set to. */
export const configsOf = (run: Run): GRPOConfig[] => run.arms.map(settingsOf);

/** Why a stored run might not go on bit for bit; null: it does. */
export function differences(before: StoredRun, now: StoredRun): string | null {
  const differing = [
    before.adapter === now.adapter ? null : `on ${before.adapter}`,
    before.build === now.build ? null : `by version ${before.build}`,
  ].filter((each) => each !== null);
  return differing.length === 0
    ? null
    : `It was trained ${differing.join(" and ")} before: the last digits may differ from here on.`;
}
