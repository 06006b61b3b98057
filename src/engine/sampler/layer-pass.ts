import { storageBufferOf } from "../gpu/buffers.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { embeddingForward } from "../layers/embedding.ts";
import type { RowRange } from "../layers/grid.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import { Arena } from "../gpu/arena.ts";
import { blockForward, type BlockStream } from "../policy/block.ts";
import { type Attend, headsOf } from "../policy/block-attention.ts";
import { parameterLayout } from "../policy/parameters.ts";
import { headDim, type PolicyShape, strides } from "../policy/shape.ts";
import { weightsIn } from "../policy/weights.ts";
import { cacheParts } from "./cache-parts.ts";

/** What the prompts' pass and each token's share: weights, shapes, the cache of keys and values. */
export type DecoderState = ReturnType<typeof decoderState>;

export function decoderState(
  gpu: GpuContext,
  shape: PolicyShape,
  { B, capacity, cacheBytes }: { B: number; capacity: number; cacheBytes?: number | undefined },
  params: GPUBuffer,
) {
  const { device } = gpu;
  const arena = new Arena(device);
  const stride = strides(shape);
  const { layers, width: C, rmsNormEps: eps, ropeTheta } = shape;
  const buffer = (name: string, length: number) =>
    arena.storage("rollout", `decoder ${name}`, length);
  const parts = cacheParts(shape, { B, capacity }, cacheBytes);
  const angles = rotaryAngles(capacity, headDim(shape), ropeTheta);
  return {
    gpu: { ...gpu, arena },
    shape,
    arena,
    buffer,
    stride,
    norm: { C, eps },
    heads: { ...headsOf(shape), headDim: headDim(shape) },
    weights: weightsIn(params, parameterLayout(shape), layers),
    capacity,
    parts,
    /** Of each layer, part by part. */
    caches: Array.from({ length: layers }, (_, layer) =>
      parts.map(({ first, rows }) =>
        arena.storage(
          "cache",
          `decoder keys and values ${layer}, row ${first} on`,
          rows * capacity * 2 * stride.keyValue,
        ),
      ),
    ),
    angles: arena.own(storageBufferOf(device, "rollout", "decoder angles", angles)),
  };
}

/** The rows of a pass: their tokens, their positions (see packRows), first and end of those there are. */
export interface PassRows {
  tokens: GPUBuffer;
  positions: GPUBuffer;
  rowRange: RowRange;
}

/**
 * The layers over at most R rows, from tokens to the last layer's output. `attended`: rows, at most,
 * of each `Attend` that `attend` gives for a layer's cache.
 */
export async function layerPass(
  { gpu, shape, buffer, stride, weights, caches, angles }: DecoderState,
  name: string,
  R: number,
  { tokens, positions, rowRange }: PassRows,
  attended: readonly number[],
  attend: (cache: readonly GPUBuffer[]) => readonly Attend[],
) {
  const C = stride.width;
  const x = buffer(`${name}x`, R * C);
  const middle = buffer(`${name}x'`, R * C);
  const rstd = buffer(`${name}rstd`, R);
  // Nothing is kept for a backward pass: every layer writes the same buffers.
  const stream: BlockStream = {
    x,
    inputRstd: rstd,
    q: buffer(`${name}q`, R * stride.query),
    o: buffer(`${name}o`, R * stride.query),
    middle,
    middleRstd: rstd,
    gateUp: buffer(`${name}gate and up`, R * stride.gateUp),
    h: buffer(`${name}hidden`, R * stride.hidden),
  };
  const [embed, block] = await Promise.all([
    embeddingForward(gpu.device, { R, C }),
    blockForward(gpu, shape, R, attended),
  ]);
  const layers = weights.layers.flatMap((w, layer) =>
    block({
      weights: w,
      stream,
      rotary: { angles, positions },
      attend: attend(caches[layer]!),
      next: x,
      onward: rowRange,
    }),
  );
  const run: Dispatch[] = [embed({ tokens, table: weights.embedding, x, rowRange }), ...layers];
  return { run, x, rstd };
}
