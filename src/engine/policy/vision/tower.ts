import type { VisionConfig } from "../../../config/architecture.ts";
import { architectureProblem, towerDepth } from "../../../config/architecture-shape.ts";
import type { PolicyConfig } from "../../../config/types.ts";
import { gridOf, patchWidth } from "../../layers/patches.ts";
import { ceil4 } from "../shape.ts";

/** A vision tower with what follows from its configuration; lengths of rows as they lie in buffers. */
export interface Tower {
  channels: number;
  size: number;
  patch: number;
  /** Channels of its stream, and their row's length. */
  width: number;
  C: number;
  heads: number;
  headDim: number;
  /** Length of a head, and of all heads of a row. */
  head: number;
  all: number;
  hidden: number;
  F: number;
  eps: number;
  layers: number;
  /** Layers that are computed: those up to the one whose hidden state is taken. */
  depth: number;
  /** Tokens of a picture in the tower: patches and the class token before them. */
  S: number;
  /** Of these the first ones that the language model does not get: 1, the class token, or 0. */
  skip: number;
  /** Length of a row of pixels. */
  patchRow: number;
  /** Width of the language model, and its row's length. */
  textWidth: number;
  textC: number;
}

/** What follows from a tower's configuration. Throws a RangeError for one that is none. */
export function towerOf(vision: VisionConfig, shape: PolicyConfig): Tower {
  const problem = architectureProblem({ ...shape, vision });
  if (problem) throw new RangeError(problem.message);
  const { imageSize: size, patchSize: patch, channels = 3, width, heads, layers } = vision;
  const { hidden = 4 * width, layerNormEps = 1e-5, selectStrategy } = vision;
  const headDim = width / heads;
  const head = ceil4(headDim);
  return {
    ...{ channels, size, patch, width, heads, layers, headDim, head, hidden },
    depth: towerDepth(vision),
    C: ceil4(width),
    all: heads * head,
    F: ceil4(hidden),
    eps: layerNormEps,
    S: gridOf({ size, patch }) ** 2 + 1,
    skip: selectStrategy === "full" ? 0 : 1,
    patchRow: patchWidth({ M: 1, channels, size, patch }),
    textWidth: shape.width,
    textC: ceil4(shape.width),
  };
}
