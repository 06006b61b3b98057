/** R rows, I inputs, O outputs. */
export interface ProductShape {
  R: number;
  I: number;
  O: number;
  /** How many such products one launch makes, each of other rows with another weight; 1 when left out. */
  experts?: number;
}

/** What else is compiled into a product. */
export interface ProductParts {
  /** WGSL of rows.*: goes before the kernel. */
  rows: string;
  /** Constants of all parts but the tile's own. */
  constants: Readonly<Record<string, number>>;
}

/** A kernel of a product, cut for one shape. */
interface Tiled {
  code: string;
  constants: Record<string, number>;
  /** Outputs of a workgroup along a row. */
  columns: number;
}

export interface ForwardTiles extends Tiled {
  /** Rows of a workgroup. */
  rows: number;
}

export interface BackwardTiles extends Tiled {
  /** Rows of the input's gradient of a workgroup. */
  rows: number;
  /** Outputs of the weight's gradient, its rows, of a workgroup. */
  outputs: number;
}

/** A family of kernels for the same products. */
export interface LinearTiles {
  /** `end`: the WGSL that stores what was found; `overrides`: values of its overrides. */
  forward(
    device: GPUDevice,
    shape: ProductShape,
    parts: ProductParts & { end: string; overrides: Record<string, number> },
  ): ForwardTiles;
  backward(device: GPUDevice, shape: ProductShape, parts: ProductParts): BackwardTiles;
  /** Partial sums of the weight's gradient that it takes to occupy the device. */
  copies(device: GPUDevice, shape: ProductShape): number;
}

/** No partial sum of a weight's gradient is over fewer rows, unless there are fewer. */
export const SHORTEST_CHUNK = 64;
