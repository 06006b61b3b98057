/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", 2011). The same key and counter give the same numbers here and in WGSL
 * (`shaders/sampler/sample-token.wgsl`), on every machine, in any order.
 */

/** What the numbers are for; part of the key, so that purposes never share a stream. */
export const Purpose = {
  weights: 1,
  prompts: 2,
  sampling: 3,
  shuffle: 4,
  warmStart: 5,
  evaluationPrompts: 6,
  evaluationSampling: 7,
} as const;

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function mulHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const middle2 = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000)) >>> 0;
}

export type Words = readonly [number, number, number, number];

/** Ten rounds; four uniformly distributed 32-bit words. */
export function philox(counter: Words, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A stream of random numbers, keyed by seed and purpose and counted along (a, b). */
export class Random {
  readonly #key: readonly [number, number];
  readonly #a: number;
  readonly #b: number;
  #count = 0;

  constructor(seed: number, purpose: number, a = 0, b = 0) {
    this.#key = [seed >>> 0, purpose >>> 0];
    this.#a = a >>> 0;
    this.#b = b >>> 0;
  }

  /** Uniform in [0, 1), 24 bits. */
  uniform(): number {
    return (this.#word() >>> 8) / 0x1000000;
  }

  /** A whole number in [0, below). */
  integer(below: number): number {
    return Math.floor((this.#word() / 0x100000000) * below);
  }

  /** Standard normal (Box–Muller). */
  normal(): number {
    const u = (this.#word() + 0.5) / 0x100000000;
    const v = this.#word() / 0x100000000;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }

  /** A random order of `length` items (Fisher–Yates). */
  permutation(length: number): number[] {
    const order = Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  #word(): number {
    return philox([this.#a, this.#b, this.#count++, 0], this.#key)[0];
  }
}
