import { between, pick } from "../sequences.ts";
import type { Painter } from "../picture-task.ts";
import { Canvas, COLOURS, nameOf, painted, some } from "./canvas.ts";

const [SIZE, DOT] = [12, 2];
const CELLS = SIZE / DOT;

/** Dots of 2 × 2 pixels: their upper left ones. */
const dots = (picture: readonly string[]) =>
  painted(picture).filter(({ x, y }) => x % DOT === 0 && y % DOT === 0);

export const countDots: Painter = {
  draw(random, difficulty) {
    const canvas = new Canvas(SIZE);
    for (const cell of some(random, between(random, 1, difficulty), CELLS ** 2)) {
      const at = { x: (cell % CELLS) * DOT, y: Math.floor(cell / CELLS) * DOT };
      canvas.fill(at, DOT, DOT, pick(random, COLOURS));
    }
    return canvas.picture;
  },
  answer: (picture) => dots(picture).map((_, i) => String(i + 1)),
  describe(picture) {
    const all = dots(picture);
    const places = all.map(
      ({ x, y, colour }) => `row ${y / DOT + 1}, column ${x / DOT + 1}, ${nameOf(colour)}`,
    );
    return `${all.length} ${all.length === 1 ? "dot" : "dots"}: ${places.join("; ")}`;
  },
};
