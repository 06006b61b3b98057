import { messageAndRemedy } from "../base/user-error.ts";
import { byteText } from "../base/byte-size.ts";
import type { TrainingDatabase } from "../runs/database.ts";
import type { RunProgress } from "../runs/database/append.ts";
import { StorageFullError } from "../runs/database/failure.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import type { StorageFacts } from "./protocol.ts";

/** Bytes of records that one run keeps, and what they are thinned to beyond it. */
const RECORDS = 64 * 2 ** 20;
const THINNED = 48 * 2 ** 20;
/** After a write that failed, the next one is tried so much later. */
const RETRY_MS = 10_000;
/** Reports that wait for a database that takes nothing; beyond, the oldest go. */
const MOST_WAITING = 20_000;
/** How often the budget of all runs is looked at. */
const BUDGET_MS = 30_000;
/** Room that is made beyond what is needed at once. */
const SPARE = 8 * 2 ** 20;

type Part = Omit<RunProgress, "run">;
const nothing: Part = { events: [], reports: [], records: [], checkpoint: null };

/**
 * Writes a run into the database while it trains, one transaction after the other. Training waits
 * for it once a generation only, and no failure of it reaches training: what could not be
 * written waits for the next try, and the page is told.
 */
export class RunWriter {
  readonly #database: TrainingDatabase;
  readonly #report: (facts: StorageFacts) => void;
  #run: StoredRun;
  /** As the database has it. */
  #storedStatus: StoredRun["status"];
  #waiting: Part = nothing;
  #writing: Promise<void> | null = null;
  #facts: StorageFacts;
  #recordBytes: number;
  #notBefore = 0;
  #budgetSeen = -Infinity;

  constructor(database: TrainingDatabase, run: StoredRun, tell: (facts: StorageFacts) => void) {
    this.#database = database;
    this.#report = tell;
    this.#run = run;
    this.#storedStatus = run.status;
    this.#recordBytes = run.bytes;
    const step = run.step > 0 ? run.step : null;
    this.#facts = { state: "kept", id: run.id, step, bytes: run.bytes, text: run.thinned };
  }

  /** The step that the database has. */
  get storedStep(): number | null {
    return this.#facts.step;
  }

  /** Takes in what is to be written; `run` is the run as of then. */
  add(run: StoredRun, part: Partial<Part>): void {
    this.#run = run;
    const { events, reports, records, checkpoint } = this.#waiting;
    this.#waiting = {
      events: [...events, ...(part.events ?? [])],
      reports: [...reports, ...(part.reports ?? [])],
      records: [...records, ...(part.records ?? [])],
      checkpoint: part.checkpoint ?? checkpoint,
    };
  }

  /** Begins to write, unless a write is under way: then that one goes on with the rest. */
  flush(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
      // What came after the last look.
      if (this.#mayWrite) this.flush();
    });
  }

  /** Resolves when what waits now is written or refused. */
  async written(): Promise<void> {
    // One that came after a write's last look is written by the next.
    while (this.#writing !== null) await this.#writing;
  }

  /** Writes all that waits, a failure's pause or not; resolves when it is written or refused. */
  async settle(): Promise<void> {
    await this.#writing;
    this.#notBefore = 0;
    this.flush();
    await this.#writing;
  }

  get #mayWrite(): boolean {
    // How a run ended is written even where all of its steps are.
    const changed = isSomething(this.#waiting) || this.#run.status !== this.#storedStatus;
    return changed && performance.now() >= this.#notBefore;
  }

  async #write(): Promise<void> {
    while (this.#mayWrite) {
      const part = this.#waiting;
      this.#waiting = nothing;
      try {
        await this.#append(part);
      } catch (error) {
        this.#putBack(part);
        this.#refused(error);
      }
    }
  }

  async #append(part: Part): Promise<void> {
    const run = this.#run;
    let text: string | null = null;
    const write = () => this.#database.append({ run, ...part });
    if (performance.now() - this.#budgetSeen > BUDGET_MS) {
      this.#budgetSeen = performance.now();
      const over = (await this.#database.bytes()) - (await this.#database.budget());
      if (over > 0) text = await this.#database.makeRoom(run.id, over + SPARE);
    }
    const stored = await write().catch(async (error: unknown) => {
      if (!(error instanceof StorageFullError)) throw error;
      text = await this.#database.makeRoom(run.id, SPARE);
      if (text === null) throw error;
      return write();
    });
    this.#storedStatus = run.status;
    for (const { bytes } of part.records) this.#recordBytes += bytes;
    if (this.#recordBytes > RECORDS) {
      this.#recordBytes -= await this.#database.limitRecords(run.id, THINNED);
      text ??= `Figures of older steps were thinned: a run keeps ${byteText(RECORDS)} of them.`;
    }
    text ??= this.#facts.state === "kept" ? this.#facts.text : null;
    this.#say({ state: "kept", id: run.id, step: run.step, bytes: stored.bytes, text });
  }

  /** Events and the checkpoint must not be lost; reports may go in the end, records at once. */
  #putBack(part: Part): void {
    const { events, reports, checkpoint } = this.#waiting;
    this.#waiting = {
      events: [...part.events, ...events],
      reports: [...part.reports, ...reports].slice(-MOST_WAITING),
      records: [],
      checkpoint: checkpoint ?? part.checkpoint,
    };
    this.#notBefore = performance.now() + RETRY_MS;
  }

  #refused(error: unknown): void {
    const full = error instanceof StorageFullError;
    const { message, remedy } = messageAndRemedy(error);
    const upTo = this.#facts.step === null ? "Nothing" : `Steps up to ${this.#facts.step}`;
    const text = `${message} Training goes on; ${upTo.toLowerCase()} can be continued later. ${remedy}`;
    this.#say({ ...this.#facts, state: full ? "full" : "failed", text });
  }

  #say(facts: StorageFacts): void {
    this.#facts = facts;
    this.#report(facts);
  }
}

const isSomething = ({ events, reports, records, checkpoint }: Part): boolean =>
  events.length + reports.length + records.length > 0 || checkpoint !== null;
