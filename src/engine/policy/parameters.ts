import { Purpose, Random } from "../../base/random.ts";
import { blockTensors } from "./block.ts";
import type { Tensor } from "./safetensors.ts";
import { ceil4, checkShape, type PolicyShape } from "./shape.ts";

/** One tensor of the flat parameter buffer, under transformers' name and shape. */
export interface ParameterTensor {
  name: string;
  /** [out, in] of a linear, [vocab, width] of the embedding, [width] of a norm. */
  shape: readonly number[];
  /** First float in the flat buffer. */
  offset: number;
  /** Floats in the flat buffer, padding included. */
  size: number;
  /** Whether weight decay applies: all but norms, as in transformers' parameter groups. */
  decay: boolean;
  /** Equal groups, each padded to a whole vec4, that each dimension is cut into. As `shape`. */
  groups: readonly number[];
}

/** Where every tensor lies in the flat parameter and gradient buffers. */
export interface ParameterLayout {
  tensors: readonly ParameterTensor[];
  /** Floats of the flat buffer, padding included. */
  length: number;
  /** Trainable numbers, without padding. */
  count: number;
}

/** Bindings start at multiples of 256 bytes (minStorageBufferOffsetAlignment). */
const ALIGNMENT = 64;

const product = (values: readonly number[]) => values.reduce((all, value) => all * value, 1);

const padded = (length: number, groups: number) => groups * ceil4(length / groups);

/** Tensors in the order of the forward pass; q, k, v are contiguous, and so are gate, up. */
export function parameterLayout(shape: PolicyShape): ParameterLayout {
  checkShape(shape);
  const { width, vocab } = shape;
  const tensors: ParameterTensor[] = [];
  let length = 0;
  const add = (
    name: string,
    sizes: readonly number[],
    groups: readonly number[],
    contiguous = false,
  ) => {
    if (!contiguous) length = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    const size = product(sizes.map((value, i) => padded(value, groups[i]!)));
    tensors.push({
      name,
      shape: sizes,
      offset: length,
      size,
      decay: sizes.length > 1,
      groups,
    });
    length += size;
  };

  add("model.embed_tokens.weight", [vocab, width], [1, 1]);
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const tensor of blockTensors(shape)) {
      add(`model.layers.${layer}.${tensor.name}`, tensor.shape, tensor.groups, tensor.contiguous);
    }
  }
  add("model.norm.weight", [width], [1]);
  if (!shape.tied) add("lm_head.weight", [vocab, width], [1, 1]);

  const count = tensors.reduce((sum, tensor) => sum + product(tensor.shape), 0);
  return { tensors, length: Math.ceil(length / ALIGNMENT) * ALIGNMENT, count };
}

/** The tensor of that name; throws a RangeError when there is none. */
export function findTensor(layout: ParameterLayout, name: string): ParameterTensor {
  const tensor = layout.tensors.find((candidate) => candidate.name === name);
  if (!tensor) throw new RangeError(`no tensor is named ${name}`);
  return tensor;
}

/** Index of a logical position along one padded dimension. */
const paddedIndex = (index: number, length: number, groups: number) => {
  const group = length / groups;
  return Math.floor(index / group) * ceil4(group) + (index % group);
};

/** For each logical element, row-major: its float in the flat buffer. */
export function flatIndices({ shape, groups, offset }: ParameterTensor): Uint32Array {
  const columns = shape.at(-1)!;
  const rows = shape.length > 1 ? shape[0]! : 1;
  const columnGroups = groups.at(-1)!;
  const rowGroups = shape.length > 1 ? groups[0]! : 1;
  const stride = padded(columns, columnGroups);
  const column = Array.from({ length: columns }, (_, i) => paddedIndex(i, columns, columnGroups));
  const indices = new Uint32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = offset + paddedIndex(row, rows, rowGroups) * stride;
    for (let c = 0; c < columns; c++) indices[row * columns + c] = start + column[c]!;
  }
  return indices;
}

/** Row-major tensors under transformers' names → the flat buffer; padding is zero. */
export function packParameters(
  layout: ParameterLayout,
  tensors: Readonly<Record<string, ArrayLike<number>>>,
): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(layout.length);
  for (const tensor of layout.tensors) {
    const values = tensors[tensor.name];
    const expected = product(tensor.shape);
    if (values?.length !== expected) {
      throw new RangeError(
        `${tensor.name} has ${values?.length ?? 0} numbers; the policy needs ${expected}`,
      );
    }
    flatIndices(tensor).forEach((at, i) => (flat[at] = values[i]!));
  }
  return flat;
}

/** The flat buffer → row-major tensors under transformers' names. */
export const unpackParameters = (
  layout: ParameterLayout,
  flat: Float32Array,
): Record<string, Float32Array<ArrayBuffer>> =>
  Object.fromEntries(
    layout.tensors.map((tensor) => [
      tensor.name,
      Float32Array.from(flatIndices(tensor), (at) => flat[at]!),
    ]),
  );

/** The same with their shapes, as a file has them. */
export function unpackTensors(layout: ParameterLayout, flat: Float32Array): Record<string, Tensor> {
  const values = unpackParameters(layout, flat);
  return Object.fromEntries(
    layout.tensors.map(({ name, shape }) => [name, { shape, data: values[name]! }]),
  );
}

/**
 * Fresh weights: norms 1, linears normal with standard deviation 1/√in, the two projections that
 * add into the residual stream a further 1/√(2·layers) smaller, so that the stream's size does not
 * grow with depth. A tied embedding is also the head and is sized as one; an untied one is 1.
 */
export function initialParameters(shape: PolicyShape, seed: number): Float32Array<ArrayBuffer> {
  const layout = parameterLayout(shape);
  const flat = new Float32Array(layout.length);
  layout.tensors.forEach((tensor, index) => {
    const deviation = initialDeviation(shape, tensor);
    const random = new Random(seed, Purpose.weights, index);
    for (const at of flatIndices(tensor)) {
      flat[at] = deviation === null ? 1 : deviation * random.normal();
    }
  });
  return flat;
}

/** Null for a norm. */
function initialDeviation(shape: PolicyShape, { name, shape: sizes }: ParameterTensor) {
  if (sizes.length === 1) return null;
  if (name === "model.embed_tokens.weight" && !shape.tied) return 1;
  const deviation = 1 / Math.sqrt(sizes[1]!);
  const intoResidual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
  return intoResidual ? deviation / Math.sqrt(2 * shape.layers) : deviation;
}
