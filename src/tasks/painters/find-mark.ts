import type { Picture } from "../picture.ts";
import { between, pick } from "../sequences.ts";
import type { Painter } from "../picture-task.ts";
import { boxOf, Canvas, COLOURS, nameOf, painted } from "./canvas.ts";

const SIZE = 12;

/** The mark fills its cell: its width says how many cells there are. */
function read(picture: Picture) {
  const { x, y, width } = boxOf(painted(picture));
  return { row: y / width + 1, column: x / width + 1, cells: Math.floor(SIZE / width) };
}

export const findMark: Painter = {
  draw(random, difficulty) {
    const cell = Math.floor(SIZE / difficulty);
    const canvas = new Canvas(SIZE);
    const at = () => between(random, 0, difficulty - 1) * cell;
    canvas.fill({ x: at(), y: at() }, cell, cell, pick(random, COLOURS));
    return canvas.picture;
  },
  answer(picture) {
    const { row, column } = read(picture);
    return ["row", String(row), "column", String(column)];
  },
  describe(picture) {
    const { row, column, cells } = read(picture);
    const colour = nameOf(painted(picture)[0]!.colour);
    return `a grid of ${cells} by ${cells} with a ${colour} mark in row ${row}, column ${column}`;
  },
};
