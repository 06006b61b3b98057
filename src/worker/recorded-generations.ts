import { matrixBytes } from "../record/quantities.ts";
import type { StepRecord } from "../record/record.ts";

/** The page hears of steps, and takes in records, at most this often. */
export const PAGE_EVERY_MS = 50;
/** Bytes of records that the page takes in so often; larger ones come less often. */
export const PAGE_BYTES = 2 ** 20;

/** Bytes of the records of one step, about. */
export const recordBytes = (records: readonly StepRecord[]): number =>
  records.reduce((sum, record) => sum + matrixBytes(record), 0);

/**
 * Which generations leave their records: those that the page has the time for, and those that
 * somebody looks at. A generation is decided upon at its first step and for all of them, so that
 * its inner steps stay together. Storage takes its share of these and never asks for others: it
 * holds less than the page takes in. Generations whose steps take longer than the page needs for a
 * record leave all of theirs.
 */
export class RecordedGenerations {
  /** What the present generation does. */
  #records = true;
  /** Somebody looks at what is left of it. */
  #asked = false;
  /** When it began, and its steps so far. */
  #began = -Infinity;
  #steps = 0;
  /** Until then the page is at the records that it has. */
  #busyUntil = -Infinity;

  /** The next step leaves its record, and so do those after it until the generation ends. */
  ask(): void {
    this.#asked = true;
  }

  /** Before a step: whether it is to leave its record. `rollsOut`: it begins a generation. */
  next(rollsOut: boolean): boolean {
    const now = performance.now();
    const before = this.#records;
    if (rollsOut) {
      const long = now - this.#began >= PAGE_EVERY_MS * this.#steps;
      this.#records = long || now >= this.#busyUntil;
      [this.#began, this.#steps] = [now, 0];
    }
    if (this.#asked) this.#records = true;
    this.#asked = false;
    // Time in which nothing came is no credit for later.
    if (this.#records && (rollsOut || !before)) this.#busyUntil = Math.max(this.#busyUntil, now);
    this.#steps++;
    return this.#records;
  }

  /** A step left its records, of all arms. */
  left(records: readonly StepRecord[]): void {
    this.#busyUntil += PAGE_EVERY_MS * Math.max(1, recordBytes(records) / PAGE_BYTES);
  }
}
