/** Share of the training time that checkpoints may take, reading and writing. */
const CHECKPOINT_SHARE = 0.02;

/** When the next checkpoint of a run is due: one costs what the last one did. */
export class CheckpointPace {
  /** Milliseconds of training since the last checkpoint. */
  #trainedMs = 0;
  /** What the last one took. */
  #costMs = 0;

  get isDue(): boolean {
    return this.#trainedMs * CHECKPOINT_SHARE >= this.#costMs;
  }

  trained(ms: number): void {
    this.#trainedMs += ms;
  }

  /** One was taken, whoever asked for it. */
  taken(): void {
    this.#trainedMs = 0;
  }

  /** Does the reading of one, which is what the next one costs, its writing not counted yet. */
  async reading<T>(read: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const value = await read();
    this.#costMs = performance.now() - began;
    return value;
  }

  /** Waits for the writing of the one that was read last. */
  async writing(written: Promise<void>): Promise<void> {
    const began = performance.now();
    await written;
    this.#costMs += performance.now() - began;
  }
}
