import { UserError } from "../base/user-error.ts";
import { add } from "./add.ts";
import { brackets } from "./brackets.ts";
import { compareBars } from "./compare-bars.ts";
import { copy } from "./copy.ts";
import { count } from "./count.ts";
import { countDots } from "./count-dots.ts";
import { findMark } from "./find-mark.ts";
import { leftOf } from "./left-of.ts";
import { parity } from "./parity.ts";
import { readNumber } from "./read-number.ts";
import { reverse } from "./reverse.ts";
import { sort } from "./sort.ts";
import type { Task } from "./task.ts";

/** Every task, in the order in which they are offered. */
export const tasks: readonly Task[] = [
  ...[sort, reverse, add, copy, count, brackets, parity],
  ...[countDots, readNumber, findMark, leftOf, compareBars],
];

/** The task of this id; an unknown id is the reader's to correct. */
export function task(id: string): Task {
  const found = tasks.find((each) => each.id === id);
  if (found) return found;
  const known = tasks.map((each) => each.id).join(", ");
  throw new UserError(`There is no task named "${id}".`, `Choose one of ${known}.`, ["task"]);
}
