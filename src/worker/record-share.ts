import { byteSize } from "../base/byte-size.ts";
import type { StepRecord } from "../record/record.ts";
import type { StoredRecords } from "../runs/stored-run.ts";

/** Bytes of records stored for a second of training; beyond, generations are left out. */
const RECORD_RATE = 2 ** 20;

/**
 * Which records of a run are stored: whole generations or none of one, so that the inner steps of one
 * stay together, and those of the step that training stands still at.
 */
export class RecordShare {
  readonly #run: string;
  /** Bytes of records that may be stored by now. */
  #allowance = RECORD_RATE;
  #generation = -1;
  #storesGeneration = true;
  /** To be stored next. */
  #waiting: StoredRecords[] = [];
  /** Of the last step, whose generation is left out. */
  #newest: StoredRecords | null = null;

  /** `run`: id of the stored run. */
  constructor(run: string) {
    this.#run = run;
  }

  /** So many milliseconds of training allow more records. */
  trained(ms: number): void {
    this.#allowance = Math.min(RECORD_RATE * 4, this.#allowance + (RECORD_RATE * ms) / 1000);
  }

  /** Takes in the records of a step of that generation; none where nobody asked for them. */
  stepped(generation: number, records: readonly StepRecord[]): void {
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#storesGeneration = this.#allowance > 0 && records.length > 0;
    }
    this.#newest = null;
    if (!this.#storesGeneration) return this.showed(records);
    const taken = this.#toStore(records);
    if (taken === null) return;
    this.#allowance -= taken.bytes;
    this.#waiting.push(taken);
  }

  /** The records of the last step, whose generation is not stored: they are where training stops. */
  showed(records: readonly StepRecord[]): void {
    this.#newest = this.#toStore(records);
  }

  /** Training stands still: the records of the last step are stored in any case. */
  standStill(): void {
    if (this.#newest !== null) this.#waiting.push(this.#newest);
    this.#newest = null;
  }

  /** What is to be stored by now, each once. */
  take(): StoredRecords[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  #toStore(records: readonly StepRecord[]): StoredRecords | null {
    const [first] = records;
    if (first === undefined) return null;
    const { step, generation } = first;
    return { run: this.#run, step, generation, bytes: byteSize(records), records };
  }
}
