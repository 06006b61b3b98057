/** R rows, I inputs, O outputs. */
export interface ProductShape {
  R: number;
  I: number;
  O: number;
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
  /** `norm`: the input is normalised; `end`: the WGSL that stores what was found. */
  forward(
    device: GPUDevice,
    shape: ProductShape,
    norm: boolean,
    end: string,
    constants: Record<string, number>,
  ): ForwardTiles;
  backward(device: GPUDevice, shape: ProductShape): BackwardTiles;
  /** Partial sums of the weight's gradient that it takes to occupy the device. */
  copies(device: GPUDevice, shape: ProductShape): number;
}

/** No partial sum of a weight's gradient is over fewer rows, unless there are fewer. */
export const SHORTEST_CHUNK = 64;
