/** Time without the pauses in between. */
export class Stopwatch {
  #spent = 0;
  #since: number | null = null;

  get milliseconds(): number {
    return this.#spent + (this.#since === null ? 0 : performance.now() - this.#since);
  }

  start(): void {
    this.#since ??= performance.now();
  }

  stop(): void {
    this.#spent = this.milliseconds;
    this.#since = null;
  }

  reset(): void {
    this.#spent = 0;
    this.#since = null;
  }
}
