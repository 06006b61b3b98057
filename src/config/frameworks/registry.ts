import type { Framework } from "./types.ts";
import { verl } from "./verl/verl.ts";

/** Every framework that is read, in the order of the documents. */
export const frameworks: readonly Framework[] = [verl];

export const findFramework = (id: string): Framework | undefined =>
  frameworks.find((each) => each.id === id);
