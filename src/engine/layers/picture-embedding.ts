import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { kernelSpec } from "../shaders/vision.ts";
import type { EmbeddingBuffers } from "./embedding.ts";
import { allRows, groups, WX, WY } from "./grid.ts";

/** Sequences of a vocabulary of V whose token V + i is the i-th feature of M pictures. */
export interface PictureEmbeddingShape {
  /** Tokens at most. */
  R: number;
  /** Width of a row, a multiple of 4. */
  C: number;
  V: number;
}

/** Whose features they are, and where they went. */
export interface PictureFeatures {
  /** Sequences. */
  B: number;
  /** Pictures. */
  M: number;
  /** Features of a picture. */
  S: number;
  /** Those of them, the first, that are no token: the class token's. */
  skip: number;
}

/** x[r] is a row of the table, or a feature. */
export async function pictureEmbeddingForward(
  device: GPUDevice,
  { R, C, V }: PictureEmbeddingShape,
) {
  const spec = kernelSpec("picture-embedding.forward", { C4: C / 4, V, WX, WY });
  const kernel = await Kernel.create(device, spec);
  return ({
    tokens,
    table,
    features,
    x,
    rowRange = allRows(device, R),
  }: EmbeddingBuffers & {
    features: Binding; // (M, S, C)
  }): Dispatch => {
    const buffers = [tokens, table, features, x, rowRange.binding];
    const grid = (rows: number) => [groups(C / 4, WX), groups(rows, WY)] as const;
    return kernel.bind(buffers, ...grid(R), 1, () => grid(rowRange.rows()));
  };
}

/** dfeatures: of a picture that several sequences have, the sum in the order of the sequences. */
export async function pictureEmbeddingBackward(
  device: GPUDevice,
  { C, V, B, M, S, skip: SKIP }: Omit<PictureEmbeddingShape, "R"> & PictureFeatures,
) {
  const constants = { C4: C / 4, V, B, M, S, SKIP, WX, WY };
  const kernel = await Kernel.create(device, kernelSpec("picture-embedding.backward", constants));
  return (b: {
    tokens: Binding; // (R) u32
    dx: Binding; // (R, C)
    /** Where each sequence lies among the R rows (shaders/lib/sequence-span.wgsl). */
    spans: Binding; // (B, 6) u32
    /** Uniform: the token of every sequence at which its picture begins. */
    begin: Binding; // (1) u32
    dfeatures: Binding; // (M, S, C), overwritten
  }): Dispatch =>
    kernel.bind(
      [b.tokens, b.dx, b.spans, b.begin, b.dfeatures],
      groups(C / 4, WX),
      groups(M * S, WY),
    );
}
