import backwardCode from "../../../shaders/policy/embedding.backward.wgsl?raw";
import forwardCode from "../../../shaders/policy/embedding.forward.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WX, WY } from "./grid.ts";

/** R tokens of a vocabulary of V; rows of width C (a multiple of 4). */
export interface EmbeddingShape {
  R: number;
  C: number;
  V: number;
  /** The token whose row gets no gradient, or null. */
  padTokenId: number | null;
}

export interface EmbeddingBuffers {
  tokens: Binding; // (R) u32
  table: Binding; // (V, C)
  x: Binding; // (R, C)
}

export interface EmbeddingGradients {
  tokens: Binding; // (R) u32
  dx: Binding; // (R, C)
  dtable: Binding; // (V, C), accumulated
}

/** x[r] = table[tokens[r]]. */
export async function embeddingForward(
  device: GPUDevice,
  { R, C }: Pick<EmbeddingShape, "R" | "C">,
) {
  const kernel = await Kernel.create(device, {
    label: "embedding.forward",
    code: forwardCode,
    constants: { R, C4: C / 4, WX, WY },
  });
  return ({ tokens, table, x }: EmbeddingBuffers): Dispatch =>
    kernel.bind([tokens, table, x], groups(C / 4, WX), groups(R, WY));
}

/** dtable[tokens[r]] += dx[r]. */
export async function embeddingBackward(
  device: GPUDevice,
  { R, C, V, padTokenId }: EmbeddingShape,
) {
  const kernel = await Kernel.create(device, {
    label: "embedding.backward",
    code: backwardCode,
    constants: { R, C4: C / 4, V, PAD: padTokenId ?? V, WX, WY },
  });
  return ({ tokens, dx, dtable }: EmbeddingGradients): Dispatch =>
    kernel.bind([tokens, dx, dtable], groups(C / 4, WX), groups(V, WY));
}
