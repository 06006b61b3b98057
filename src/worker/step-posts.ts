import type { ArmAnswers } from "../record/answers.ts";
import type { StepRecord, StepReport } from "../record/record.ts";
import type { WorkerEvent } from "./protocol.ts";
import type { StepTaken } from "./run-journal.ts";
import { PAGE_BYTES, PAGE_EVERY_MS, recordBytes } from "./recorded-generations.ts";

/** What the page hears of training: the steps since the last post, in one. */
export class StepPosts {
  readonly #post: (event: WorkerEvent) => void;
  #reports: StepReport[] = [];
  #records: StepRecord[] = [];
  #answers: ArmAnswers[] = [];
  #bytes = 0;
  #posted = 0;
  #elapsedMs = 0;
  #steps = 0;

  constructor(post: (event: WorkerEvent) => void) {
    this.#post = post;
  }

  /** A step of all arms; without reports, the records of one that was told of before. */
  add({ reports, records, answers = [] }: StepTaken, tookMs: number): void {
    this.#reports.push(...reports);
    this.#records.push(...records);
    this.#answers.push(...answers);
    this.#bytes += recordBytes(records);
    if (reports.length === 0) return;
    this.#elapsedMs += tookMs;
    this.#steps++;
  }

  /** Much at once would hold the page up: large records do not wait for one another. */
  flushIfDue(): void {
    const due = performance.now() - this.#posted >= PAGE_EVERY_MS;
    if (due || this.#bytes > PAGE_BYTES) this.flush();
  }

  flush(): void {
    if (this.#reports.length === 0 && this.#records.length === 0) return;
    const [reports, records, answers] = [this.#reports, this.#records, this.#answers];
    const elapsedMs = this.#elapsedMs;
    const stepMs = elapsedMs / Math.max(1, this.#steps);
    [this.#reports, this.#records, this.#answers] = [[], [], []];
    [this.#bytes, this.#elapsedMs, this.#steps] = [0, 0, 0];
    this.#posted = performance.now();
    this.#post({ type: "stepped", reports, records, answers, elapsedMs, stepMs });
  }
}
