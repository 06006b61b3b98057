import { pictureTokens } from "../../config/architecture-shape.ts";
import type { PolicyShape } from "./shape.ts";

/**
 * The tokens of a sequence that are the n-th picture's: V + i is the i-th feature of the batch's pictures,
 * and of each picture the class token's comes first, whether the sequence has it or not.
 */
export function tokensOfPicture({ vision, vocab }: PolicyShape, n: number): number[] {
  if (!vision) throw new Error("the policy sees no pictures");
  const [own, all] = [pictureTokens(vision), pictureTokens({ ...vision, selectStrategy: "full" })];
  return Array.from({ length: own }, (_, i) => vocab + (n + 1) * all - own + i);
}
