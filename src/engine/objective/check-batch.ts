import { UserError } from "../../base/user-error.ts";
import type { ObjectiveBatch } from "./evaluate.ts";

/**
 * Throws a UserError for a micro-batch whose parts are not all of the shape of its mask, (B, K) with
 * B and K from 1, and for one without reference log-probs where `beta` asks for them: the kernels
 * would read what lies there.
 */
export function checkBatch(batch: ObjectiveBatch, { beta }: { beta: number }): void {
  const [B, K] = [batch.mask.length, batch.mask[0]?.length ?? 0];
  if (B === 0 || K === 0)
    throw new UserError("The batch has no token.", "Give mask a row per completion.");
  const { advantage, ...matrices } = batch;
  for (const [name, rows] of Object.entries(matrices)) {
    if (rows === null || rows === undefined) continue;
    const odd = rows.length === B ? rows.findIndex((row) => row.length !== K) : 0;
    if (odd < 0) continue;
    throw new UserError(
      rows.length === B
        ? `Row ${odd} of ${name} has ${rows[odd]!.length} tokens; mask has ${K} in its first row.`
        : `${name} has ${rows.length} rows; mask has ${B}.`,
      "Give all parts of a batch the same rows and columns; where mask is 0 any number will do.",
    );
  }
  if (advantage.length !== B)
    throw new UserError(
      `advantage has ${advantage.length} numbers; mask has ${B} rows.`,
      "Give one advantage for each row.",
    );
  if (beta !== 0 && !batch.logpRef)
    throw new UserError(
      `beta is ${beta}, and the batch has no logpRef.`,
      "Give the reference's log-probs, or set beta to 0.",
    );
}
