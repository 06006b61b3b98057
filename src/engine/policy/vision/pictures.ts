import type { Arena } from "../../gpu/arena.ts";
import { type Purpose, uniformBuffer, uniformOf } from "../../gpu/buffers.ts";
import type { GpuContext } from "../../gpu/context.ts";
import type { Embedder } from "../../layers/embedding.ts";
import { pictureEmbeddingForward } from "../../layers/picture-embedding.ts";
import type { ParameterLayout } from "../parameters.ts";
import type { PolicyShape } from "../shape.ts";
import { rangesIn } from "../weights.ts";
import { projectorForward, projectorStream, type ProjectorStream } from "./projector.ts";
import { projectorWeights, towerWeights } from "./tensors.ts";
import { type Tower, towerOf } from "./tower.ts";
import {
  type LayerRows,
  towerForward,
  type TowerRanges,
  towerStream,
  type TowerStream,
} from "./tower-pass.ts";

/** The pictures of a batch, and where they stand in its sequences. */
export interface PictureBatch {
  /** Channel by channel, row by row, as many pictures as there are. (≤ M, channels, size, size) */
  pixels: Float32Array<ArrayBuffer>;
  /** The token of every sequence that has a picture at which that begins. */
  begin: number;
}

export interface PictureOptions {
  /** Pictures at most. */
  M: number;
  purpose: Purpose;
  /** The tower keeps what its backward pass reads. */
  kept: boolean;
  /** Whose tower encodes a batch's pictures once, as they are loaded; null: every pass encodes them. */
  frozen: GPUBuffer | null;
}

/**
 * What a policy makes of pictures. Token V + m·S + s of a sequence is the s-th feature of picture m
 * (picture-tokens.ts).
 */
export interface Pictures {
  tower: Tower;
  M: number;
  stream: TowerStream;
  projector: ProjectorStream;
  /** Before the projector. */
  features: GPUBuffer; // (M, S, C)
  ranges: TowerRanges;
  /** Uniform: PictureBatch.begin. */
  begin: GPUBuffer; // (1) u32
  /** In the place of embeddingForward: tower and projector first, by the weights in the table's buffer. */
  embedder: Embedder;
  /** Writes them. What was submitted before still sees those before. */
  load(batch: PictureBatch): void;
}

export async function createPictures(
  gpu: GpuContext & { arena: Arena },
  shape: PolicyShape,
  layout: ParameterLayout,
  { M, purpose, kept, frozen }: PictureOptions,
): Promise<Pictures> {
  const { device, arena } = gpu;
  const tower = towerOf(shape.vision!, shape);
  const R = M * tower.S;
  const storage = (name: string, length: number) =>
    arena.storage(purpose, `pictures ${name}`, length);
  const shared = new Map<string, GPUBuffer>();
  const rows: LayerRows = (layer) => (name, width) => {
    const key = kept ? `${name} ${layer}` : name;
    const buffer = shared.get(key) ?? storage(key, R * width);
    shared.set(key, buffer);
    return buffer;
  };
  const pixels = storage("pixels", M * tower.channels * tower.size ** 2);
  const stream = towerStream(rows, tower, pixels);
  const projector = projectorStream(rows(-1), tower);
  const features = stream.x.at(-1)!;
  const begin = arena.own(uniformBuffer(device, "picture begin", 1));
  const range = (count: number) => ({
    binding: arena.own(uniformOf(device, "picture rows", [0, count])),
    rows: () => count,
  });
  const ranges = { rowRange: range(R), patchRange: range(M * (tower.S - 1)) };
  const [encode, project] = await Promise.all([
    towerForward(gpu, tower, M),
    projectorForward(gpu, tower, R),
  ]);
  const encodeBy = (params: GPUBuffer) =>
    encode(towerWeights(tower, rangesIn(params, layout)), stream, ranges);
  const atLoad = frozen && encodeBy(frozen);

  return {
    ...{ tower, M, stream, projector, features, ranges, begin },

    async embedder(_, { R: tokens, C }) {
      const embed = await pictureEmbeddingForward(device, { R: tokens, C, V: shape.vocab });
      return (b) => {
        if (!("buffer" in b.table)) throw new Error("the table is a range of the parameters");
        const params = b.table.buffer;
        const w = projectorWeights(rangesIn(params, layout));
        const all = [
          ...(frozen ? [] : encodeBy(params)),
          ...project(w, features, projector, ranges.rowRange),
          embed({ ...b, features: projector.projected }),
        ];
        return (pass) => {
          for (const dispatch of all) dispatch(pass);
        };
      };
    },

    load(batch) {
      if (batch.pixels.length * 4 > pixels.size) {
        const each = tower.channels * tower.size ** 2;
        throw new RangeError(`${batch.pixels.length / each} pictures are more than ${M}`);
      }
      device.queue.writeBuffer(pixels, 0, batch.pixels);
      device.queue.writeBuffer(begin, 0, Uint32Array.of(batch.begin));
      if (!atLoad) return;
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const dispatch of atLoad) dispatch(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
