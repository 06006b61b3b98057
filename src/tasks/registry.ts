import { UserError } from "../base/user-error.ts";
import { add } from "./add.ts";
import { brackets } from "./brackets.ts";
import { copy } from "./copy.ts";
import { count } from "./count.ts";
import { parity } from "./parity.ts";
import { reverse } from "./reverse.ts";
import { sort } from "./sort.ts";
import type { Task } from "./task.ts";

/** Every task, in the order in which they are offered. */
export const tasks: readonly Task[] = [sort, reverse, add, copy, count, brackets, parity];

/** The task of this id; an unknown id is the reader's to correct. */
export function task(id: string): Task {
  const found = tasks.find((each) => each.id === id);
  if (found) return found;
  const known = tasks.map((each) => each.id).join(", ");
  throw new UserError(`There is no task named "${id}".`, `Choose one of ${known}.`, ["task"]);
}
