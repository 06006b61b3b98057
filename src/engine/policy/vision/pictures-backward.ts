import type { Arena } from "../../gpu/arena.ts";
import type { GpuContext } from "../../gpu/context.ts";
import type { Binding, Dispatch } from "../../gpu/kernel.ts";
import { pictureEmbeddingBackward } from "../../layers/picture-embedding.ts";
import { layOutPartials, type Partials, sumPartials } from "../../layers/sum-partials.ts";
import type { Rows } from "../block-attention.ts";
import type { PackedBatchBuffers } from "../packed-batch.ts";
import { findTensor, type ParameterLayout } from "../parameters.ts";
import type { PolicyShape } from "../shape.ts";
import { rangesIn } from "../weights.ts";
import { encoderLayerPartials } from "./encoder-layer.ts";
import type { Pictures } from "./pictures.ts";
import { projectorBackward, projectorStream, projectorPartials } from "./projector.ts";
import { projectorWeights, towerWeights } from "./tensors.ts";
import { towerBackward, towerGradients, towerPartials } from "./tower-pass.ts";

export interface PictureGradients {
  /** Adds into dparams, in order; after the language model's backward pass. */
  run: readonly Dispatch[];
  /** Of the patches' pixels (pixelGradient); null where the tower is frozen. */
  patches: GPUBuffer | null; // (M·(S − 1), patchRow)
}

interface BackwardOf {
  /** The sequences that look at the pictures. */
  B: number;
  batch: PackedBatchBuffers;
  /** Gradient of the embeddings. */
  dx: GPUBuffer; // (R, textC)
  params: GPUBuffer;
  dparams: GPUBuffer;
}

/** Allocates and compiles the backward pass of pictures: projector and, where it is not frozen, tower. */
export async function createPicturesBackward(
  gpu: GpuContext & { arena: Arena },
  shape: PolicyShape,
  layout: ParameterLayout,
  pictures: Pictures,
  { B, batch, dx, params, dparams }: BackwardOf,
): Promise<PictureGradients> {
  const { device, arena } = gpu;
  const { tower: t, M, stream, projector, features, ranges, begin } = pictures;
  const R = M * t.S;
  const frozen = shape.vision?.frozen ?? true;
  const rows: Rows = (name, width) => arena.storage("gradients", `pictures d ${name}`, R * width);
  const d = projectorStream(rows, t);
  const dtower = frozen ? null : towerGradients(rows, t);
  const dfeatures = dtower?.stream ?? rows("features", t.C);

  const first = findTensor(layout, shape.visionTensors![0]!.name).offset;
  const divided = new DividedGradients(first);
  const [range, drange] = [rangesIn(params, layout), rangesIn(dparams, layout)];
  const dprojector = divided.plan(projectorWeights(drange), projectorPartials(gpu, t, R));
  const dweights = towerWeights(t, drange);
  const { layers, ...before } = dweights;
  const dbefore = divided.plan(before, towerPartials(gpu, t, M));
  const dlayers = layers.map((each) => divided.plan(each, encoderLayerPartials(gpu, t, M)));
  const partial = arena.storage("gradients", "pictures partial sums", divided.length);

  const [gather, intoFeatures, intoPixels, sum] = await Promise.all([
    pictureEmbeddingBackward(device, {
      ...{ B, M, S: t.S, skip: t.skip, C: t.textC, V: shape.vocab },
    }),
    projectorBackward(gpu, t, R),
    dtower && towerBackward(gpu, t, M),
    sumPartials(device, divided.all, layout.length - first),
  ]);
  const ofVision = { buffer: dparams, offset: first * 4 };
  const { run: sumAll, parts } = sum({ partial, dparams: ofVision });
  arena.own(parts);
  const { rowRange } = ranges;
  const run = [
    gather({ tokens: batch.tokens, dx, spans: batch.spans, begin, dfeatures: d.projected }),
    ...intoFeatures(
      ...([projectorWeights(range), dprojector(partial)] as const),
      ...([features, projector, d, dfeatures, rowRange] as const),
    ),
    ...(dtower && intoPixels
      ? intoPixels(
          towerWeights(t, range),
          { ...dbefore(partial), layers: dlayers.map((bind) => bind(partial)) },
          ...([stream, dtower, ranges] as const),
        )
      : []),
    sumAll,
  ];
  return { run, patches: dtower?.patches ?? null };
}

/** Which gradients are divided into partial sums, and where those lie in a scratch buffer. */
class DividedGradients {
  /** As sumPartials has them, of a buffer that begins at the first of the tensors. */
  readonly all: Partials[] = [];
  readonly #first: number;

  /** `first`: float of the gradient buffer at which the range begins that they are summed into. */
  constructor(first: number) {
    this.#first = first;
  }

  /** Floats of the scratch buffer. */
  get length(): number {
    return layOutPartials(this.all).length;
  }

  /** What comes back, once all are planned: where each gradient goes, or its partial sums. */
  plan<W extends object>(
    dweights: W & Record<keyof W, Binding>,
    counts: Readonly<Record<keyof W, number>>,
  ): (partial: GPUBuffer) => W {
    const names = Object.keys(dweights) as (keyof W)[];
    const at = this.all.length;
    for (const name of names) {
      const weight: Binding = dweights[name];
      if (!("buffer" in weight)) throw new Error("a gradient is a range of their buffer");
      const offset = (weight.offset ?? 0) / 4 - this.#first;
      this.all.push({ offset, length: weight.size! / 4, count: counts[name] });
    }
    return (buffer) => {
      const { offsets } = layOutPartials(this.all);
      const bound = names.map((name, i): [keyof W, Binding] => {
        const { count, length } = this.all[at + i]!;
        if (count === 0) return [name, dweights[name]];
        return [name, { buffer, offset: offsets[at + i]! * 4, size: count * length * 4 }];
      });
      return Object.fromEntries(bound) as W;
    };
  }
}
