import { rearranging } from "./rearranging.ts";
import { LETTERS } from "./sequences.ts";

export const copy = rearranging(
  {
    id: "copy",
    title: "Copy",
    help: "Repeat the letters in the same order.",
    items: LETTERS,
    called: "letters",
  },
  (letters) => [...letters],
);
