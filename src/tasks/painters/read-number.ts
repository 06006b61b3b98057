import type { Picture } from "../picture.ts";
import { between, pick } from "../sequences.ts";
import type { Painter } from "../picture-task.ts";
import { boxOf, Canvas, COLOURS, nameOf, painted } from "./canvas.ts";

const SIZE = 12;
/** A digit is 3 pixels wide and 5 high; between two is one. */
const [WIDE, HIGH] = [3, 5];

/** Each as wide as it may be, so that the first pixel of a number is its digit's. */
export const FONT = [
  ["###", "#.#", "#.#", "#.#", "###"],
  [".#.", "##.", ".#.", ".#.", "###"],
  ["###", "..#", "###", "#..", "###"],
  ["###", "..#", "###", "..#", "###"],
  ["#.#", "#.#", "###", "..#", "..#"],
  ["###", "#..", "###", "..#", "###"],
  ["###", "#..", "###", "#.#", "###"],
  ["###", "..#", "..#", "..#", "..#"],
  ["###", "#.#", "###", "#.#", "###"],
  ["###", "#.#", "###", "..#", "###"],
] as const;

function read(picture: Picture): number[] {
  const { x, y } = boxOf(painted(picture));
  return [x, x + WIDE + 1].map((left) => {
    const rows = picture
      .slice(y, y + HIGH)
      .map((row) => row.slice(left, left + WIDE).replace(/[^.]/g, "#"));
    return FONT.findIndex((glyph) => glyph.join("/") === rows.join("/"));
  });
}

export const readNumber: Painter = {
  draw(random, difficulty) {
    // All there are at 10, from 00 to 99.
    const digits = [0, 1].map(() => between(random, 0, difficulty - 1));
    const colour = pick(random, COLOURS);
    const left = between(random, 0, SIZE - 2 * WIDE - 1);
    const top = between(random, 0, SIZE - HIGH);
    const canvas = new Canvas(SIZE);
    digits.forEach((digit, n) => {
      FONT[digit]!.forEach((row, dy) => {
        Array.from(row).forEach((pixel, dx) => {
          const at = { x: left + n * (WIDE + 1) + dx, y: top + dy };
          if (pixel === "#") canvas.fill(at, 1, 1, colour);
        });
      });
    });
    return canvas.picture;
  },
  answer: (picture) => read(picture).map(String),
  describe: (picture) =>
    `the number ${read(picture).join("")}, ${nameOf(painted(picture)[0]!.colour)}`,
};
