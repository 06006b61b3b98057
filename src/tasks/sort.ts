import { rearranging } from "./rearranging.ts";
import { DIGITS } from "./sequences.ts";

export const sort = rearranging(
  {
    id: "sort",
    title: "Sort",
    help: "Put the digits in ascending order.",
    items: DIGITS,
    called: "digits",
  },
  (digits) => digits.toSorted(),
);
