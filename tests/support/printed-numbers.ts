import { ascii } from "../../src/analysis/format.ts";

/** The numbers with a decimal point in a text of the page, in their order. */
export const printedNumbers = (text: string): number[] =>
  [...ascii(text).matchAll(/[+-]?\d+\.\d+/g)].map(([found]) => Number(found));
