import { expect, test } from "vitest";
import { describePicture, drawn, splitPicture } from "../../src/analysis/prompt-picture.ts";

const PICTURE = `<picture>${["............", "............", "..rr........", "..rr........", ...Array<string>(6).fill("............"), "..........bb", "..........bb"].join("/")}`;

test("a prompt in one text has its picture and the rest; one without has only the rest", () => {
  expect(splitPicture(`${PICTURE} =`)).toEqual({ picture: PICTURE, rest: "=" });
  expect(splitPicture("sort 3 1 =")).toEqual({ picture: null, rest: "sort 3 1 =" });
});

test("each colour's pixels are where the letters stand, the background's are left out", () => {
  const { size, areas } = drawn(PICTURE);
  expect(size).toBe(12);
  expect(areas).toEqual([
    {
      colour: "rgb(255 0 0)",
      pixels: [
        { x: 2, y: 2 },
        { x: 3, y: 2 },
        { x: 2, y: 3 },
        { x: 3, y: 3 },
      ],
    },
    {
      colour: "rgb(0 0 255)",
      pixels: [
        { x: 10, y: 10 },
        { x: 11, y: 10 },
        { x: 10, y: 11 },
        { x: 11, y: 11 },
      ],
    },
  ]);
});

test("its task says what is on it; a task without pictures has no words for it", async () => {
  expect(await describePicture("count-dots", PICTURE)).toBe(
    "2 dots: row 2, column 2, red; row 6, column 6, blue",
  );
  expect(await describePicture("sort", PICTURE)).toBe(null);
});
