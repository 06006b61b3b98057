import { storageBuffer } from "../engine/gpu/buffers.ts";
import type { GpuContext } from "../engine/gpu/context.ts";
import { readFloats } from "../engine/gpu/readback.ts";
import type { PolicyShape } from "../engine/policy/shape.ts";
import { llavaOfConfig, ownName } from "../engine/policy/vision/llava-config.ts";
import { tokensOfPicture } from "../engine/policy/picture-tokens.ts";
import type { PolicyPictures } from "../engine/policy/vision/lookers.ts";
import { pixelGradient } from "../engine/policy/vision/tower-pass.ts";
import { type Matrix, zeros } from "./matrix.ts";
import {
  type Decode,
  GRADIENT,
  type Grid,
  gridError,
  type Model,
  type ModelCase,
  openModel,
  VALUE,
  weighted,
} from "./model.ts";
import { type OnCase, relativeError, Tally, type VectorReport } from "./report.ts";
import { submit } from "./submit.ts";

type Tensors = Record<string, number[]>;

interface VisionLmCase extends ModelCase {
  name: string;
  config: Record<string, unknown>;
  /** [image][channel][y][x] */
  pixel_values: number[][][][];
  /** [image][token][channel] */
  features: number[][][];
  projected: number[][][];
  logits: Grid<number[]>;
  logp: { "1.0": Grid<number>; "0.9": Grid<number> };
  entropy: { "1.0": Grid<number> };
  loss_weights: number[][];
  loss: { value: number; grads: Tensors; grad_pixels: number[][][][]; dlogits: Grid<number[]> };
  kv_cache: { entries: { image: number; prefix: number[]; last_logits: number[] }[] };
}

export interface VisionLmFile {
  cases: VisionLmCase[];
}

/** transformers' LLaVA against the policy that sees pictures, its tower trained. */
export async function runVisionLm(
  gpu: GpuContext,
  file: VisionLmFile,
  decode: Decode,
  onCase?: OnCase,
): Promise<VectorReport> {
  const tally = new Tally("vision-lm", onCase);
  for (const one of file.cases) {
    await tally.case(one.name, () => runCase(gpu, one, tally, decode));
  }
  return tally.report();
}

const named = <T>(tensors: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [ownName(name), tensor]));

const flatPixels = (images: number[][][][]): number[] => images.flat(3);

async function runCase(
  gpu: GpuContext,
  one: VisionLmCase,
  tally: Tally,
  decode: Decode,
): Promise<void> {
  const { shape: frozen, imageToken } = llavaOfConfig(one.config);
  const shape: PolicyShape = { ...frozen, vision: { ...frozen.vision!, frozen: false } };
  const { input_ids: ids } = one;
  /** Row b has picture b: its tokens are features. */
  const seen = (row: readonly number[], picture: number): number[] => {
    const features = tokensOfPicture(shape, picture);
    return row.map((id) => (id === imageToken ? features.shift()! : id));
  };
  const beginOf = (row: readonly number[]) => row.indexOf(imageToken);
  const own = { ...one, weights: named(one.weights) };
  const model = await openModel(gpu, shape, own, ids.map(seen));
  try {
    const { pictures } = model.policy;
    if (!pictures) throw new Error("the policy sees no pictures");
    const begins = ids.map((row, b) => beginOf(row) - one.attention_mask[b]!.indexOf(1));
    if (begins.some((begin) => begin !== begins[0])) throw new Error("pictures begin at one token");
    const pixels = Float32Array.from(flatPixels(one.pixel_values));
    pictures.load({ pixels, begin: begins[0]! });
    await checkPass(model, one, tally);
    await checkPictures(model.device, pictures, one, tally);
    const decoder = await decode(gpu, shape, model.params);
    for (const { image, prefix, last_logits } of one.kv_cache.entries) {
      const found = await decoder.lastLogits(seen(prefix, 0), {
        pixels: Float32Array.from(flatPixels([one.pixel_values[image]!])),
        begin: beginOf(prefix),
      });
      tally.check("kv cache", relativeError(found, last_logits), VALUE);
    }
  } finally {
    model.destroy();
  }
}

async function checkPass(model: Model, one: VisionLmCase, tally: Tally): Promise<void> {
  const weights = one.loss_weights.flat();
  const cooler = await model.pass(0.9, { dlogp: weights });
  tally.check("logp at 0.9", gridError(cooler.logp, one.logp["0.9"]), VALUE);
  const { logits, logp, entropy, dlogits, gradients } = await model.pass(1, { dlogp: weights });
  tally.check("logits", gridError(logits, one.logits), VALUE);
  tally.check("logp", gridError(logp, one.logp["1.0"]), VALUE);
  tally.check("entropy", gridError(entropy, one.entropy["1.0"]), VALUE);
  // A sum that cancels is held against the sum of magnitudes.
  const size = weighted(weights.map(Math.abs), logp.map(Math.abs));
  tally.check("loss", Math.abs(weighted(weights, logp) - one.loss.value) / size, VALUE);
  // At padding the file has zeros, and here is nothing.
  const wanted = one.loss.dlogits.map((row, b) =>
    row.map((value, t) => (one.attention_mask[b]![t] === 1 ? value : null)),
  );
  tally.check("dlogits", gridError(dlogits, wanted), GRADIENT);
  checkGradients(gradients, named(one.loss.grads), tally);
}

/**
 * Of the largest magnitude of each tensor; where that is rounding, as of keys' biases, which no softmax
 * depends on, of the largest of the case. Tensors that are not used have exact zeros.
 */
function checkGradients(
  found: Readonly<Record<string, Float32Array>>,
  expected: Readonly<Tensors>,
  tally: Tally,
): void {
  const largest = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const most = Math.max(...Object.values(expected).map(largest));
  for (const [name, wanted] of Object.entries(expected)) {
    const own = found[name] ?? [];
    const size = largest(wanted);
    if (size === 0) tally.check("gradients of what is unused", largest(own), 0);
    else if (size > 1e-9 * most) tally.check("gradients", relativeError(own, wanted), GRADIENT);
    else tally.check("gradients that cancel", largest(own) / most, GRADIENT);
    if (own.length !== wanted.length) throw new Error(`${name} has no gradient`);
  }
}

async function checkPictures(
  device: GPUDevice,
  { tower, M, features, projector, dpatches }: PolicyPictures,
  one: VisionLmCase,
  tally: Tally,
): Promise<void> {
  const { S, skip, C, textC } = tower;
  const rowsOf = async (buffer: GPUBuffer, stride: number, width: number): Promise<Matrix> => {
    const flat = await readFloats(device, buffer);
    return one.features.flatMap((tokens, m) =>
      tokens.map((_, n) => {
        const at = (m * S + skip + n) * stride;
        return Array.from(flat.subarray(at, at + width));
      }),
    );
  };
  const error = (actual: Matrix, expected: number[][][]) =>
    relativeError(actual.flat(), expected.flat(2));
  tally.check("features", error(await rowsOf(features, C, tower.width), one.features), VALUE);
  const projected = await rowsOf(projector.projected, textC, tower.textWidth);
  tally.check("projected", error(projected, one.projected), VALUE);

  const pixels = flatPixels(one.loss.grad_pixels);
  const dpixels = storageBuffer(device, "batch", "dpixels", pixels.length);
  device.queue.writeBuffer(dpixels, 0, Float32Array.from(zeros(pixels.length)));
  const bind = await pixelGradient(device, tower, M);
  submit(device, bind({ drows: dpatches!, dpixels }));
  tally.check(
    "gradient of pixels",
    relativeError(await readFloats(device, dpixels), pixels),
    GRADIENT,
  );
  dpixels.destroy();
}
