import { rearranging } from "./rearranging.ts";
import { DIGITS } from "./sequences.ts";

export const reverse = rearranging(
  {
    id: "reverse",
    title: "Reverse",
    help: "Repeat the digits in reverse order.",
    items: DIGITS,
    called: "digits",
  },
  (digits) => digits.toReversed(),
);
