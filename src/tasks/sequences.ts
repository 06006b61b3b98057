import type { Random } from "../base/random.ts";

export const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
export const LETTERS = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

/** A whole number in [from, to], both included. */
export const between = (random: Random, from: number, to: number): number =>
  from + random.integer(to - from + 1);

/** One of the items. */
export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[random.integer(items.length)] ?? items[0];
}

/** `length` items drawn with replacement. */
export const draw = <T>(random: Random, items: readonly [T, ...T[]], length: number): T[] =>
  Array.from({ length }, () => pick(random, items));

/** What stands between the first token (the task's name) and the last ("="). */
export const body = (prompt: readonly string[]): readonly string[] => prompt.slice(1, -1);
