/** Milliseconds that one submission takes at most, by what its like took before: no driver waits 2 s. */
const MOST_MS = 100;

/**
 * How much of a repeated piece of work goes into one submission. A driver resets a GPU that is busy
 * with one for seconds, and shows nothing meanwhile; where work is quick, cutting it costs for nothing.
 */
export class Pace {
  readonly #first: number;
  /** Of one piece; null before it was measured. */
  #ms: number | null = null;

  /** `first`: pieces in a submission before anything was measured. */
  constructor(first: number) {
    this.#first = first;
  }

  /** Pieces in one submission, at least one. */
  get pieces(): number {
    if (this.#ms === null) return this.#first;
    return Math.max(1, Math.floor(MOST_MS / Math.max(this.#ms, 1e-3)));
  }

  /** So many pieces took so long, waiting for the GPU included. */
  took(pieces: number, ms: number): void {
    this.#ms = ms / pieces;
  }
}
