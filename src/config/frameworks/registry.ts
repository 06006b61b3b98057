import { areal } from "./areal/areal.ts";
import { axolotl } from "./axolotl/axolotl.ts";
import { asyncGRPO, primeRL } from "./explained.ts";
import { msSwift } from "./ms-swift/ms-swift.ts";
import { nemoRL } from "./nemo-rl/nemo-rl.ts";
import { openrlhf } from "./openrlhf/openrlhf.ts";
import { skyrl } from "./skyrl/skyrl.ts";
import { slime } from "./slime/slime.ts";
import type { Framework } from "./types.ts";
import { verl } from "./verl/verl.ts";

/** Every framework that is read, in the order of the documents. */
export const frameworks: readonly Framework[] = [
  verl,
  msSwift,
  axolotl,
  nemoRL,
  openrlhf,
  slime,
  skyrl,
  areal,
  primeRL,
  asyncGRPO,
];

export const findFramework = (id: string): Framework | undefined =>
  frameworks.find((each) => each.id === id);
