import type { Picture } from "../picture.ts";
import { between } from "../sequences.ts";
import type { Painter } from "../picture-task.ts";
import { boxOf, Canvas, painted } from "./canvas.ts";

const [SIZE, WIDE] = [12, 3];

const heightOf = (picture: Picture, colour: string) => boxOf(painted(picture, colour)).height;

export const compareBars: Painter = {
  draw(random, difficulty) {
    const canvas = new Canvas(SIZE);
    const [first, second] = random.integer(2) === 0 ? (["r", "b"] as const) : (["b", "r"] as const);
    for (const [colour, x] of [
      [first, 2],
      [second, SIZE - 2 - WIDE],
    ] as const) {
      const height = between(random, 1, difficulty);
      canvas.fill({ x, y: SIZE - height }, WIDE, height, colour);
    }
    return canvas.picture;
  },
  answer(picture) {
    const more = heightOf(picture, "r") - heightOf(picture, "b");
    if (more === 0) return ["same"];
    return [more > 0 ? "red" : "blue", "by", String(Math.abs(more))];
  },
  describe: (picture) =>
    `a red bar and a blue one, ${heightOf(picture, "r")} and ${heightOf(picture, "b")} pixels high`,
};
