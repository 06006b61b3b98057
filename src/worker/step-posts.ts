import type { StepRecord, StepReport } from "../engine/record.ts";
import type { WorkerEvent } from "./protocol.ts";

/** The page hears of steps at most this often. */
const POST_EVERY_MS = 50;
/** Bytes of records in one post, above which only the newest of each arm go. */
const MOST_POSTED_BYTES = 2 ** 20;
/** Matrices in a record. */
const RECORD_ARRAYS = 13;

/** What the page hears of training: the steps since the last post, in one. */
export class StepPosts {
  readonly #post: (event: WorkerEvent) => void;
  #reports: StepReport[] = [];
  #records: StepRecord[] = [];
  #bytes = 0;
  #posted = 0;
  #elapsedMs = 0;
  #steps = 0;

  constructor(post: (event: WorkerEvent) => void) {
    this.#post = post;
  }

  /** The records of all arms at one step. */
  add(stepped: readonly StepRecord[], tookMs: number): void {
    for (const record of stepped) {
      const { arm, step, generation, innerStep, metrics } = record;
      this.#reports.push({ arm, step, generation, innerStep, metrics });
      // Large ones only as the newest of each arm: the page could not take them all in.
      this.#bytes += RECORD_ARRAYS * 4 * record.rows * record.columns;
      if (this.#bytes > MOST_POSTED_BYTES) {
        this.#records = this.#records.filter((each) => each.arm !== arm);
      }
      this.#records.push(record);
    }
    this.#elapsedMs += tookMs;
    this.#steps++;
  }

  flushIfDue(): void {
    if (performance.now() - this.#posted >= POST_EVERY_MS) this.flush();
  }

  flush(): void {
    if (this.#reports.length === 0) return;
    const [reports, records, elapsedMs] = [this.#reports, this.#records, this.#elapsedMs];
    const stepMs = elapsedMs / this.#steps;
    [this.#reports, this.#records] = [[], []];
    [this.#bytes, this.#elapsedMs, this.#steps] = [0, 0, 0];
    this.#posted = performance.now();
    this.#post({ type: "stepped", reports, records, elapsedMs, stepMs });
  }
}
