import type { PolicyConfig } from "./types.ts";

/** Shapes of the policy's tensors, as [rows, columns]; gains have one row. */
function tensorShapes(policy: PolicyConfig, vocabulary: number): [number, number][] {
  const { layers, width, heads, kvHeads, hidden, tied } = policy;
  const kvWidth = (width / heads) * kvHeads;
  const block: [number, number][] = [
    [1, width],
    [width, width],
    [kvWidth, width],
    [kvWidth, width],
    [width, width],
    [1, width],
    [hidden, width],
    [hidden, width],
    [width, hidden],
  ];
  const blocks = Array.from({ length: layers }, () => block).flat();
  const ends: [number, number][] = [
    [vocabulary, width],
    [1, width],
  ];
  return [...ends, ...blocks, ...(tied ? [] : ([[vocabulary, width]] as [number, number][]))];
}

/** Trainable numbers of the policy. */
export const parameterCount = (policy: PolicyConfig, vocabulary: number): number =>
  tensorShapes(policy, vocabulary).reduce((sum, [rows, columns]) => sum + rows * columns, 0);
