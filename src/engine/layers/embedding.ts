import { kernelSpec } from "../shaders/manifest.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { type RowRange, groups, allRows, WX, WY } from "./grid.ts";

/** At most R tokens of a vocabulary of V; rows of width C (a multiple of 4). */
export interface EmbeddingShape {
  R: number;
  C: number;
  V: number;
  /** The token whose row gets no gradient, or null. */
  padTokenId: number | null;
  /** Rows of the table: V and padding; V when left out. */
  Vp?: number;
  /** Partial sums that come before these in the buffer; 0 when left out. */
  first?: number;
}

export interface EmbeddingBuffers {
  tokens: Binding; // (R) u32
  table: Binding; // (V, C)
  x: Binding; // (R, C)
  /** The tokens that there are; all R when left out. */
  rowRange?: RowRange;
}

export interface EmbeddingGradients {
  tokens: Binding; // (R) u32
  dx: Binding; // (R, C)
  /** Partial sums of the table's gradient, the last S written. */
  partial: Binding; // (first + S, Vp, C), see embeddingPartials
  /** The tokens that there are; all R when left out. */
  rowRange?: RowRange;
}

/** Rows per partial sum: clearing V rows must not cost more than adding the chunk's. */
const chunkRows = ({ V }: EmbeddingShape) => Math.max(64, V);

/** Partial sums of the table's gradient. */
export const embeddingPartials = (shape: EmbeddingShape): number =>
  groups(shape.R, chunkRows(shape));

const CHUNK_WX = 4;
const CHUNK_WY = 4;

/** What makes rows of tokens: embeddingForward, or what pictures have in its place. */
export type Embedder = (
  device: GPUDevice,
  shape: Pick<EmbeddingShape, "R" | "C">,
) => Promise<(b: EmbeddingBuffers) => Dispatch>;

/** x[r] = table[tokens[r]]. */
export async function embeddingForward(
  device: GPUDevice,
  { R, C }: Pick<EmbeddingShape, "R" | "C">,
) {
  const kernel = await Kernel.create(
    device,
    kernelSpec("embedding.forward", { C4: C / 4, WX, WY }),
  );
  return ({ tokens, table, x, rowRange = allRows(device, R) }: EmbeddingBuffers): Dispatch =>
    kernel.bind([tokens, table, x, rowRange.binding], groups(C / 4, WX), groups(R, WY), 1, () => [
      groups(C / 4, WX),
      groups(rowRange.rows(), WY),
    ]);
}

/** Σ partial[tokens[r]] = Σ dx[r]. */
export async function embeddingBackward(device: GPUDevice, shape: EmbeddingShape) {
  const { R, C, V, padTokenId, Vp = V, first: FIRST = 0 } = shape;
  const CHUNK = chunkRows(shape);
  const constants = {
    S: embeddingPartials(shape),
    C4: C / 4,
    V,
    VP: Vp,
    FIRST,
    PAD: padTokenId ?? V,
    CHUNK,
  };
  const kernel = await Kernel.create(
    device,
    kernelSpec("embedding.backward", { ...constants, WX: CHUNK_WX, WY: CHUNK_WY }),
  );
  return ({ tokens, dx, partial, rowRange = allRows(device, R) }: EmbeddingGradients): Dispatch =>
    kernel.bind(
      [tokens, dx, partial, rowRange.binding],
      groups(C / 4, CHUNK_WX),
      groups(embeddingPartials(shape), CHUNK_WY),
    );
}
