import { axolotl } from "./axolotl/axolotl.ts";
import { msSwift } from "./ms-swift/ms-swift.ts";
import type { Framework } from "./types.ts";
import { verl } from "./verl/verl.ts";

/** Every framework that is read, in the order of the documents. */
export const frameworks: readonly Framework[] = [verl, msSwift, axolotl];

export const findFramework = (id: string): Framework | undefined =>
  frameworks.find((each) => each.id === id);
