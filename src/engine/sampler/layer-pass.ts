import { storageBufferOf } from "../gpu/buffers.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { type Embedder, embeddingForward } from "../layers/embedding.ts";
import type { RowRange } from "../layers/grid.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import { Arena } from "../gpu/arena.ts";
import { layerPlans } from "../policy/architectures/registry.ts";
import { blockForward, type BlockStream, blockStream, ofEachPlan } from "../policy/block.ts";
import { type Attend, headsShape, type Rows } from "../policy/block-attention.ts";
import { parameterLayout } from "../policy/parameters.ts";
import { createRouting } from "../policy/routing.ts";
import { type PolicyShape, rotaryOf, strides } from "../policy/shape.ts";
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
  const { layers, width: C, rmsNormEps: eps } = shape;
  const plans = layerPlans(shape);
  const buffer = (name: string, length: number) =>
    arena.storage("rollout", `decoder ${name}`, length);
  const parts = cacheParts(shape, { B, capacity }, cacheBytes);
  const angles = rotaryAngles(capacity, rotaryOf(shape));
  return {
    gpu: { ...gpu, arena },
    shape,
    arena,
    buffer,
    stride,
    norm: { C, eps },
    heads: headsShape(shape),
    plans,
    weights: weightsIn(params, parameterLayout(shape), plans),
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
  /** What makes of tokens the stream that enters, where some are pictures'. */
  embedder?: Embedder | undefined;
}

/**
 * The layers over at most R rows, from tokens to the last layer's output. `attended`: rows, at most,
 * of each `Attend` that `attend` gives for a layer's cache.
 */
export async function layerPass(
  { gpu, shape, plans, arena, buffer, stride, weights, caches, angles }: DecoderState,
  name: string,
  R: number,
  { tokens, positions, rowRange, embedder = embeddingForward }: PassRows,
  attended: readonly number[],
  attend: (cache: readonly GPUBuffer[]) => readonly Attend[],
) {
  const C = stride.width;
  const rows = sharedRows((part, width) => buffer(`${name}${part}`, R * width));
  const routing = createRouting(gpu.device, arena, shape, R, "rollout");
  const streams = plans.map((plan, layer): BlockStream =>
    blockStream(rows, shape, plan, routing, routing?.layers.indexOf(layer) ?? 0),
  );
  const { x, inputRstd: rstd } = streams[0]!;
  const [embed, blocks] = await Promise.all([
    embedder(gpu.device, { R, C }),
    ofEachPlan(plans, (plan) => blockForward(gpu, shape, plan, R, attended)),
  ]);
  const layers = weights.layers.flatMap((w, layer) =>
    blocks[layer]!({
      weights: w,
      stream: streams[layer]!,
      rotary: { angles, positions },
      attend: attend(caches[layer]!),
      next: x,
      rowRange,
      onward: rowRange,
      replay: routing?.chooses ?? null,
    }),
  );
  const run: Dispatch[] = [embed({ tokens, table: weights.embedding, x, rowRange }), ...layers];
  return { run, x, rstd, routing };
}

/** Nothing is kept for a backward pass: every layer writes the same buffers. */
function sharedRows(allocate: Rows): Rows {
  const made = new Map<string, GPUBuffer>();
  return (name, width) => {
    const key = `${name} ${width}`;
    const buffer = made.get(key) ?? allocate(name, width);
    made.set(key, buffer);
    return buffer;
  };
}
