import { layerPlans } from "./architectures/registry.ts";
import type { Rectangle } from "./packed-batch.ts";
import type { BatchShape } from "./policy.ts";
import type { PolicyShape } from "./shape.ts";

/**
 * Prompts of P columns with completions of K, of which every token is scored. Nothing follows from the
 * last one of a row, and an MLP need not read it; the load of a mixture's experts is of all tokens, so
 * that there it is the row's tail.
 */
export function completionBatch(
  shape: PolicyShape,
  { B, P, K }: { B: number; P: number; K: number },
): BatchShape {
  const tail = layerPlans(shape).some(({ mlp }) => mlp.kind === "mixture") ? 1 : 0;
  return { B, T: P + K - 1 + tail, head: P - 1, ...(tail > 0 && { tail }) };
}

/** Rows without their last token, and what is scored of them. */
export interface Completions {
  /** (B, P + K − 1) */
  tokens: Uint32Array<ArrayBuffer>;
  /** First real column of each row. (B) */
  start: Uint32Array<ArrayBuffer>;
  /** Tokens of each completion. (B) */
  length: Uint32Array<ArrayBuffer>;
  /** (B, K) */
  targets: Uint32Array<ArrayBuffer>;
}

/** The same as a batch of that shape reads them. */
export function completionRectangle(
  { B, T, head, tail = 0 }: BatchShape,
  { tokens, start, length, targets }: Completions,
): Rectangle {
  const end = length.map((count) => head + count);
  if (tail === 0) return { tokens, start, end };
  const [read, K] = [T - tail, T - head - tail];
  const all = new Uint32Array(B * T);
  for (let row = 0; row < B; row++) {
    all.set(tokens.subarray(row * read, (row + 1) * read), row * T);
    all[row * T + read] = targets[row * K + K - 1]!;
  }
  return { tokens: all, start, end };
}
