import type { Measured, Series } from "./experiment.ts";

class Mean {
  #sum = 0;
  #n = 0;
  add(value: number): void {
    this.#sum += value;
    this.#n++;
  }
  get value(): number {
    return this.#sum / this.#n;
  }
}

/** Significant digits of what is kept: verdicts are computed from these, wherever they are. */
const DIGITS = 6;
const kept = (value: number): number => Number(value.toPrecision(DIGITS));

/** What one seed's steps add up to. Values that are no numbers are left out. */
export class Tally {
  readonly #means = new Map<string, Mean>();
  readonly #numbers = new Map<string, number>();
  readonly #series = new Map<string, Map<number, Mean>>();

  /** The number is the mean of all that is added. */
  add(name: string, value: number): void {
    if (!Number.isFinite(value)) return;
    let mean = this.#means.get(name);
    if (mean === undefined) this.#means.set(name, (mean = new Mean()));
    mean.add(value);
  }

  /** The number is this. */
  set(name: string, value: number): void {
    if (Number.isFinite(value)) this.#numbers.set(name, value);
  }

  /** The number is the largest of all that is given. */
  most(name: string, value: number): void {
    this.set(name, Math.max(value, this.#numbers.get(name) ?? -Infinity));
  }

  /** The number is the sum of all that is given. */
  sum(name: string, value: number): void {
    this.set(name, value + (this.#numbers.get(name) ?? 0));
  }

  /** The series has at x the mean of all that is added there. */
  at(name: string, x: number, value: number): void {
    if (!Number.isFinite(value)) return;
    let series = this.#series.get(name);
    if (series === undefined) this.#series.set(name, (series = new Map()));
    let mean = series.get(x);
    if (mean === undefined) series.set(x, (mean = new Mean()));
    mean.add(value);
  }

  result(): Measured {
    const means = [...this.#means].map(([name, mean]) => [name, mean.value] as const);
    const numbers = [...means, ...this.#numbers].map(([name, value]) => [name, kept(value)]);
    const series = [...this.#series].map(([name, points]): [string, Series] => [
      name,
      [...points].map(([x, mean]) => [x, kept(mean.value)] as const).toSorted(([a], [b]) => a - b),
    ]);
    return {
      numbers: Object.fromEntries(numbers) as Record<string, number>,
      series: Object.fromEntries(series),
    };
  }
}
