import type { Painter } from "../picture-task.ts";
import { compareBars } from "./compare-bars.ts";
import { countDots } from "./count-dots.ts";
import { findMark } from "./find-mark.ts";
import { leftOf } from "./left-of.ts";
import { readNumber } from "./read-number.ts";

/** What draws, by the task's id. */
export const painters: Readonly<Record<string, Painter>> = {
  "count-dots": countDots,
  "read-number": readNumber,
  "find-mark": findMark,
  "left-of": leftOf,
  "compare-bars": compareBars,
};
