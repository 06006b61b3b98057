import backwardCode from "../../../shaders/policy/embedding.backward.wgsl?raw";
import forwardCode from "../../../shaders/policy/embedding.forward.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WX, WY } from "./grid.ts";
import { sumPartials } from "./sum-partials.ts";

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
  /** Scratch. */
  partial: Binding; // (S, V, C), see embeddingPartials
}

/** Rows per partial sum: clearing V rows must not cost more than adding the chunk's. */
const chunkRows = ({ V }: EmbeddingShape) => Math.max(64, V);

/** Numbers of scratch that the backward pass needs. */
export const embeddingPartials = (shape: EmbeddingShape): number =>
  groups(shape.R, chunkRows(shape)) * shape.V * shape.C;

const CHUNK_WX = 4;
const CHUNK_WY = 4;

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
export async function embeddingBackward(device: GPUDevice, shape: EmbeddingShape) {
  const { R, C, V, padTokenId } = shape;
  const CHUNK = chunkRows(shape);
  const S = groups(R, CHUNK);
  const [kernel, sum] = await Promise.all([
    Kernel.create(device, {
      label: "embedding.backward",
      code: backwardCode,
      constants: { R, C4: C / 4, V, PAD: padTokenId ?? V, CHUNK, WX: CHUNK_WX, WY: CHUNK_WY },
    }),
    sumPartials(device, S, V * C),
  ]);
  return ({ tokens, dx, dtable, partial }: EmbeddingGradients): Dispatch => {
    const intoPartial = kernel.bind(
      [tokens, dx, partial],
      groups(C / 4, CHUNK_WX),
      groups(S, CHUNK_WY),
    );
    const intoTable = sum({ partial, dweight: dtable });
    return (pass) => {
      intoPartial(pass);
      intoTable(pass);
    };
  };
}
