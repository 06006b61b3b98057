import type { GpuContext } from "../../gpu/context.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { RowRange } from "../../layers/grid.ts";
import { layerNormBackward, layerNormForward } from "../../layers/layer-norm.ts";
import { linearBackward, linearForward, linearPartials } from "../../layers/linear.ts";
import { patchesBackward, patchesForward } from "../../layers/patches.ts";
import { towerEmbeddingBackward, towerEmbeddingForward } from "../../layers/tower-embedding.ts";
import { vectorPartials } from "../../layers/vector-partials.ts";
import type { Rows } from "../block-attention.ts";
import {
  encoderGradients,
  type EncoderGradients,
  encoderLayerBackward,
  encoderLayerForward,
  encoderLayerStream,
  type EncoderLayerStream,
} from "./encoder-layer.ts";
import type { TowerWeights } from "./tensors.ts";
import type { Tower } from "./tower.ts";

// The tower over M pictures: patches, class token and positions, a norm, then its layers. The features
// are what leaves the last layer that is computed. R = M·S rows.

/** What the tower reads and leaves. */
export interface TowerStream {
  pixels: GPUBuffer; // (M, channels, size, size)
  patches: GPUBuffer; // (M·(S − 1), patchRow)
  patchRows: GPUBuffer; // (M·(S − 1), C)
  embedded: GPUBuffer; // (R, C)
  preStats: GPUBuffer; // (R, 2)
  /** The stream that enters each layer, and after them the features. */
  x: readonly GPUBuffer[]; // (R, C)
  layers: readonly EncoderLayerStream[];
}

/** Allocates R rows of so many floats for a layer; −1: before the first one. */
export type LayerRows = (layer: number) => Rows;

export function towerStream(rows: LayerRows, t: Tower, pixels: GPUBuffer): TowerStream {
  const before = rows(-1);
  return {
    pixels,
    // A picture has one patch fewer than tokens.
    patches: before("patches", t.patchRow),
    patchRows: before("patch rows", t.C),
    embedded: before("embedded", t.C),
    preStats: before("pre stats", 2),
    x: Array.from({ length: t.depth + 1 }, (_, layer) => rows(layer)("x", t.C)),
    layers: Array.from({ length: t.depth }, (_, layer) => encoderLayerStream(rows(layer), t)),
  };
}

/** Which rows there are: always all. */
export interface TowerRanges {
  rowRange: RowRange;
  patchRange: RowRange;
}

const cutOf = ({ channels, size, patch }: Tower, M: number) => ({ M, channels, size, patch });
const patchProduct = (t: Tower, M: number) => ({ R: M * (t.S - 1), I: t.patchRow, O: t.C });
const embeddingOf = ({ S, C }: Tower, M: number) => ({ M, S, C });
const normOf = ({ width: C, S, eps }: Tower, M: number) => ({ R: M * S, C, eps });

export async function towerForward(gpu: GpuContext, t: Tower, M: number) {
  const { device } = gpu;
  const [cut, project, embed, norm, layer] = await Promise.all([
    patchesForward(device, cutOf(t, M)),
    linearForward(gpu, patchProduct(t, M)),
    towerEmbeddingForward(device, embeddingOf(t, M)),
    layerNormForward(device, normOf(t, M)),
    encoderLayerForward(gpu, t, M),
  ]);
  return (w: TowerWeights, s: TowerStream, { rowRange, patchRange }: TowerRanges): Dispatch[] => [
    cut({ pixels: s.pixels, rows: s.patches }),
    project({
      ...{ x: s.patches, weight: w.patch, norm: null, rowRange: patchRange },
      ...{ y: s.patchRows, residual: null },
    }),
    embed({ patches: s.patchRows, table: w.embeddings, x: s.embedded }),
    norm({ x: s.embedded, gainBias: w.preNorm, y: s.x[0]!, stats: s.preStats }),
    ...s.layers.flatMap((stream, n) => layer(w.layers[n]!, s.x[n]!, stream, s.x[n + 1]!, rowRange)),
  ];
}

/** Gradients of the tower's activations. */
export interface TowerGradients extends EncoderGradients {
  embedded: GPUBuffer; // (R, C)
  patchRows: GPUBuffer; // (M·(S − 1), C)
  patches: GPUBuffer; // (M·(S − 1), patchRow)
}

export const towerGradients = (rows: Rows, t: Tower): TowerGradients => ({
  ...encoderGradients(rows, t),
  embedded: rows("embedded", t.C),
  patchRows: rows("patch rows", t.C),
  patches: rows("patches", t.patchRow),
});

/** Partial sums of the weights before the layers; 0 where they are added to undivided. */
export const towerPartials = (gpu: GpuContext, t: Tower, M: number) => ({
  patch: linearPartials(gpu, patchProduct(t, M)),
  embeddings: 0,
  preNorm: vectorPartials({ R: M * t.S }),
});

/** The forward pass in reverse, from the features' gradient in `d.stream`. */
export async function towerBackward(gpu: GpuContext, t: Tower, M: number) {
  const { device } = gpu;
  const [project, embed, norm, layer] = await Promise.all([
    linearBackward(gpu, patchProduct(t, M)),
    towerEmbeddingBackward(device, embeddingOf(t, M)),
    layerNormBackward(device, normOf(t, M), "overwritten"),
    encoderLayerBackward(gpu, t, M),
  ]);
  return (
    w: TowerWeights,
    dw: TowerWeights,
    s: TowerStream,
    d: TowerGradients,
    { rowRange, patchRange }: TowerRanges,
  ): Dispatch[] => [
    ...s.layers
      .map((stream, n) => layer(w.layers[n]!, dw.layers[n]!, s.x[n]!, stream, d, rowRange))
      .toReversed()
      .flat(),
    norm({
      ...{ x: s.embedded, gainBias: w.preNorm, stats: s.preStats },
      ...{ dy: d.stream, dx: d.embedded, partial: dw.preNorm },
    }),
    embed({ dx: d.embedded, dpatches: d.patchRows, dtable: dw.embeddings }),
    project({
      ...{ x: s.patches, weight: w.patch, norm: null, rowRange: patchRange },
      ...{ dy: d.patchRows, dx: d.patches, dweight: dw.patch },
    }),
  ];
}

/** What the tower's backward pass left of the patches, as the gradient of the pixels. */
export const pixelGradient = (device: GPUDevice, t: Tower, M: number) =>
  patchesBackward(device, cutOf(t, M));
