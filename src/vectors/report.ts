/** What running one file of reference vectors came to. */
export interface VectorReport {
  kind: string;
  /** Every case of the file, supported or not. */
  cases: number;
  failed: number;
  unsupported: number;
  /** Largest error seen, by quantity; relative where the file's tolerance is. */
  worst: Record<string, number>;
  /** One sentence for each failed or unsupported case. */
  failures: string[];
}

/** Called when a case has ended. */
export type OnCase = () => void;

/** Collects errors case by case; a case fails when one of its errors is above what is allowed. */
export class Tally {
  readonly #kind: string;
  readonly #onCase: OnCase | undefined;
  readonly #worst: Record<string, number> = {};
  readonly #failures: string[] = [];
  #cases = 0;
  #failed = 0;
  #unsupported = 0;
  #problems: string[] = [];

  constructor(kind: string, onCase?: OnCase) {
    this.#kind = kind;
    this.#onCase = onCase;
  }

  /** Runs one case; a throw fails it. */
  async case(name: string, body: () => void | Promise<void>): Promise<void> {
    this.#cases++;
    this.#problems = [];
    try {
      await body();
    } catch (error) {
      this.#problems.push(error instanceof Error ? error.message : String(error));
    }
    if (this.#problems.length > 0) {
      this.#failed++;
      this.#failures.push(`${name}: ${this.#problems.join("; ")}`);
    }
    this.#onCase?.();
  }

  unsupported(name: string, why: string): void {
    this.#cases++;
    this.#unsupported++;
    this.#failures.push(`${name}: ${why}`);
  }

  /** Holds one quantity of the present case against its bound; NaN counts as infinitely wrong. */
  check(quantity: string, error: number, allowed: number): void {
    const value = Number.isNaN(error) ? Infinity : error;
    this.#worst[quantity] = Math.max(this.#worst[quantity] ?? 0, value);
    if (value > allowed) {
      this.#problems.push(
        `${quantity} is off by ${value.toExponential(2)}, allowed ${allowed.toExponential(2)}`,
      );
    }
  }

  report(): VectorReport {
    return {
      kind: this.#kind,
      cases: this.#cases,
      failed: this.#failed,
      unsupported: this.#unsupported,
      worst: this.#worst,
      failures: this.#failures,
    };
  }
}

/** Largest difference, relative to the largest magnitude expected; NaN anywhere is infinitely far. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let scale = 0;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    scale = Math.max(scale, Math.abs(expected[i]!));
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst === 0 ? 0 : worst / Math.max(scale, Number.MIN_VALUE);
}
