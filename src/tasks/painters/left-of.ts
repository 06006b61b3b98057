import type { Picture } from "../picture.ts";
import type { Painter } from "../picture-task.ts";
import { boxOf, Canvas, nameOf, painted, some } from "./canvas.ts";

const [SIZE, SQUARE] = [16, 2];
const CELLS = SIZE / SQUARE;

const columnOf = (picture: Picture, colour: string) => boxOf(painted(picture, colour)).x / SQUARE;

export const leftOf: Painter = {
  draw(random, difficulty) {
    const canvas = new Canvas(SIZE);
    // No two squares in one column: left and right are never the same.
    some(random, 2 + difficulty, CELLS).forEach((column, n) => {
      const at = { x: column * SQUARE, y: random.integer(CELLS) * SQUARE };
      canvas.fill(at, SQUARE, SQUARE, n === 0 ? "r" : n === 1 ? "b" : "g");
    });
    return canvas.picture;
  },
  answer: (picture) => [columnOf(picture, "r") < columnOf(picture, "b") ? "yes" : "no"],
  describe: (picture) =>
    painted(picture)
      .filter(({ x, y }) => x % SQUARE === 0 && y % SQUARE === 0)
      .toSorted((a, b) => a.x - b.x)
      .map(
        ({ x, y, colour }) =>
          `a ${nameOf(colour)} square in row ${y / SQUARE + 1}, column ${x / SQUARE + 1}`,
      )
      .join("; "),
};
