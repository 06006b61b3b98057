import { storageBufferOf } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { embeddingForward } from "../layers/embedding.ts";
import type { Extent } from "../layers/grid.ts";
import { gateUpForward, linearForward, queryKeyValueForward } from "../layers/linear.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import { Arena } from "../gpu/arena.ts";
import { parameterLayout } from "../policy/parameters.ts";
import { headDim, type PolicyShape, strides } from "../policy/shape.ts";
import { weightsIn } from "../policy/weights.ts";
import { cacheParts } from "./cache-parts.ts";

/** What the prompts' pass and each token's share: weights, shapes, the cache of keys and values. */
export type DecoderState = ReturnType<typeof decoderState>;

export function decoderState(
  device: GPUDevice,
  shape: PolicyShape,
  { B, capacity, cacheBytes }: { B: number; capacity: number; cacheBytes?: number | undefined },
  params: GPUBuffer,
) {
  const arena = new Arena(device);
  const stride = strides(shape);
  const { heads, kvHeads, layers, width: C, rmsNormEps: eps, ropeTheta } = shape;
  const buffer = (name: string, length: number) => arena.storage(`decoder ${name}`, length);
  const parts = cacheParts(shape, { B, capacity }, cacheBytes);
  const angles = rotaryAngles(capacity, headDim(shape), ropeTheta);
  return {
    device,
    arena,
    buffer,
    stride,
    norm: { C, eps },
    heads: { heads, kvHeads, head: stride.head, headDim: headDim(shape) },
    weights: weightsIn(params, parameterLayout(shape), layers),
    capacity,
    parts,
    /** Of each layer, part by part. */
    caches: Array.from({ length: layers }, (_, layer) =>
      parts.map(({ first, rows }) =>
        buffer(`keys and values ${layer}, row ${first} on`, rows * capacity * 2 * stride.keyValue),
      ),
    ),
    angles: arena.own(storageBufferOf(device, "decoder angles", angles)),
  };
}

/** Queries, keys and values of at most R rows. */
export const queriesKeysValues = ({ device, stride, norm, heads }: DecoderState, R: number) =>
  queryKeyValueForward(device, { R, I: stride.width, norm }, heads);

/** From a layer's input to its attention's output `o`, over the layer's cache. */
export type Attend = (
  layer: Omit<Parameters<Awaited<ReturnType<typeof queryKeyValueForward>>>[0], "kv" | "extent"> & {
    o: GPUBuffer;
  },
  cache: readonly GPUBuffer[],
) => Dispatch[];

/** The rows of a pass: their tokens, their places (see packRows), first and end of those there are. */
export interface PassRows {
  tokens: GPUBuffer;
  places: GPUBuffer;
  extent: Extent;
}

/** The layers over at most R rows, from tokens to the last layer's output. */
export async function layerPass(
  { device, buffer, stride, norm, weights, caches, angles }: DecoderState,
  name: string,
  R: number,
  { tokens, places, extent }: PassRows,
  attend: Attend,
) {
  const C = stride.width;
  const x = [buffer(`${name}x`, R * C), buffer(`${name}x'`, R * C)] as const;
  const rstd = buffer(`${name}rstd`, R);
  const q = buffer(`${name}q`, R * stride.query);
  const o = buffer(`${name}o`, R * stride.query);
  const gateUp = buffer(`${name}gate and up`, R * stride.gateUp);
  const h = buffer(`${name}hidden`, R * stride.hidden);
  const [embed, output, intoGateUp, down] = await Promise.all([
    embeddingForward(device, { R, C }),
    linearForward(device, { R, I: stride.query, O: C }),
    gateUpForward(device, { R, I: C, O: stride.gateUp, norm }),
    linearForward(device, { R, I: stride.hidden, O: C }),
  ]);
  const layers = weights.layers.flatMap((w, layer) => [
    ...attend(
      {
        x: x[0],
        norm: { gain: w.inputNorm, rstd },
        weight: w.queryKeyValue,
        angles,
        places,
        q,
        o,
      },
      caches[layer]!,
    ),
    output({ x: o, norm: null, weight: w.output, extent, y: x[1], residual: x[0] }),
    intoGateUp({
      x: x[1],
      norm: { gain: w.postAttentionNorm, rstd },
      weight: w.gateUp,
      extent,
      gateUp,
      h,
    }),
    down({ x: h, norm: null, weight: w.down, extent, y: x[0], residual: x[1] }),
  ]);
  const run: Dispatch[] = [embed({ tokens, table: weights.embedding, x: x[0], extent }), ...layers];
  return { run, x: x[0], rstd };
}
