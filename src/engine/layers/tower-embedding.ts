import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { kernelSpec } from "../shaders/vision.ts";
import { groups, WX, WY } from "./grid.ts";

/** M pictures of S tokens, a class token before the patches; C channels, a multiple of 4. */
export interface TowerEmbeddingShape {
  M: number;
  S: number;
  C: number;
}

const COLUMNS = 4;
const POSITIONS = 4;

/** Class token and patches, with the embeddings of their positions. */
export async function towerEmbeddingForward(device: GPUDevice, { M, S, C }: TowerEmbeddingShape) {
  const spec = kernelSpec("tower-embedding.forward", { M, S, C4: C / 4, WX, WY });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    patches: Binding; // (M, S − 1, C)
    table: Binding; // (1 + S, C): the class token, then the positions
    x: Binding; // (M, S, C)
  }): Dispatch => kernel.bind([b.patches, b.table, b.x], groups(C / 4, WX), groups(M * S, WY));
}

/** dpatches, and dtable += …, summed in the order of the pictures. */
export async function towerEmbeddingBackward(device: GPUDevice, { M, S, C }: TowerEmbeddingShape) {
  const grid = { WX: COLUMNS, WY: POSITIONS };
  const spec = kernelSpec("tower-embedding.backward", { M, S, C4: C / 4, ...grid });
  const kernel = await Kernel.create(device, spec);
  return (b: {
    dx: Binding; // (M, S, C)
    dpatches: Binding; // (M, S − 1, C), overwritten
    dtable: Binding; // (1 + S, C), accumulated
  }): Dispatch =>
    kernel.bind([b.dx, b.dpatches, b.dtable], groups(C / 4, COLUMNS), groups(S, POSITIONS));
}
