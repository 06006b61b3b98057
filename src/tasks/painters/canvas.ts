import type { Random } from "../../base/random.ts";
import type { Picture } from "../picture.ts";

/** Letters of the three colours, and what they are called. */
export const COLOURS = ["r", "g", "b"] as const;
export type Colour = (typeof COLOURS)[number];
export const nameOf = (letter: string): string =>
  ({ r: "red", g: "green", b: "blue" })[letter] ?? "black";

export interface Place {
  /** From the left, and from the top, in pixels. */
  x: number;
  y: number;
}

/** A square picture that is drawn on. */
export class Canvas {
  readonly #rows: string[][];

  constructor(size: number) {
    this.#rows = Array.from({ length: size }, () => Array<string>(size).fill("."));
  }

  fill({ x, y }: Place, width: number, height: number, colour: Colour): void {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) this.#rows[row]![column] = colour;
    }
  }

  get picture(): Picture {
    return this.#rows.map((row) => row.join(""));
  }
}

/** The pixels of that colour, or all that are not black, from the top, each row from the left. */
export const painted = (picture: Picture, colour?: string): (Place & { colour: string })[] =>
  picture.flatMap((row, y) =>
    Array.from(row, (letter, x) => ({ x, y, colour: letter })).filter((pixel) =>
      colour === undefined ? pixel.colour !== "." : pixel.colour === colour,
    ),
  );

/** The smallest rectangle around some pixels. */
export function boxOf(pixels: readonly Place[]): Place & { width: number; height: number } {
  const [xs, ys] = [pixels.map(({ x }) => x), pixels.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x + 1, height: Math.max(...ys) - y + 1 };
}

/** `count` of the numbers from 0 to `of` − 1, no two the same. */
export const some = (random: Random, count: number, of: number): number[] =>
  random.permutation(of).slice(0, count);
