import { Purpose, Random } from "../../base/random.ts";
import { layerPlans } from "./architectures/registry.ts";
import { blockTensors } from "./block.ts";
import type { Axis, BlockTensor } from "./block-tensor.ts";
import { checkShape } from "./check-shape.ts";
import type { Tensor } from "./safetensors.ts";
import { ceil4, type PolicyShape } from "./shape.ts";

/** One tensor of the flat parameter buffer, under transformers' name and shape. */
export interface ParameterTensor {
  name: string;
  /** [out, in] of a linear, [vocab, width] of the embedding, [width] of a norm; as saved. */
  shape: readonly number[];
  /** First float in the flat buffer. */
  offset: number;
  /** Floats in the flat buffer, padding included. */
  size: number;
  /** Whether weight decay applies: without `decaysAll` to all but norms and biases, as in transformers. */
  decay: boolean;
  /**
   * Equal groups, each padded to a whole vec4, that each dimension is cut into, as `shape`; left out
   * where the tensor is not saved as it lies here.
   */
  groups?: readonly number[];
  /** Where its numbers lie from `offset` on, in the order in which they are saved. */
  axes: readonly Axis[];
  /** Standard deviation of fresh weights, or the number that all of them are. */
  fresh: { deviation: number } | { all: number };
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

/** Names that transformers' Trainer does not decay (`get_decay_parameter_names`). */
const UNDECAYED = /bias|layernorm|rmsnorm|(^|[._])norm($|\.)/;

/**
 * Tensors in the order of the forward pass; what one product reads lies side by side.
 * @param decaysAll Weight decay is for norms and biases too.
 */
export function parameterLayout(shape: PolicyShape, decaysAll = false): ParameterLayout {
  checkShape(shape);
  const { width, vocab } = shape;
  const tensors: ParameterTensor[] = [];
  let length = 0;
  const add = (tensor: BlockTensor, prefix = "") => {
    if (!tensor.contiguous) length = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    const { shape: sizes } = tensor;
    const name = prefix + tensor.name;
    const placed = "axes" in tensor ? tensor : axesOf(sizes, tensor.groups);
    tensors.push({
      ...{ name, shape: sizes, offset: length, size: placed.size, axes: placed.axes },
      decay: !tensor.frozen && (decaysAll || (tensor.decay ?? !UNDECAYED.test(name))),
      ...("groups" in tensor && { groups: tensor.groups }),
      fresh: freshOf(shape, tensor),
    });
    length += placed.size;
  };

  const table = { shape: [vocab, width], groups: [1, 1] };
  add({ name: "model.embed_tokens.weight", ...table });
  layerPlans(shape).forEach((plan, layer) => {
    for (const tensor of blockTensors(shape, plan)) add(tensor, `model.layers.${layer}.`);
  });
  add({ name: "model.norm.weight", shape: [width], groups: [1], starts: 1 });
  if (!shape.tied) add({ name: "lm_head.weight", ...table });
  for (const tensor of shape.visionTensors ?? []) add(tensor);

  const count = tensors.reduce((sum, tensor) => sum + product(tensor.shape), 0);
  return { tensors, length: Math.ceil(length / ALIGNMENT) * ALIGNMENT, count };
}

/** Row-major, each dimension in groups that are padded: where its numbers lie, and its floats. */
export function axesOf(shape: readonly number[], groups: readonly number[]) {
  const axes: Axis[] = [];
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const [count, each] = [groups[i]!, shape[i]! / groups[i]!];
    axes.unshift({ length: count, stride: ceil4(each) * stride }, { length: each, stride });
    stride *= padded(shape[i]!, count);
  }
  return { axes, size: stride };
}

/** The tensor of that name; throws a RangeError when there is none. */
export function findTensor(layout: ParameterLayout, name: string): ParameterTensor {
  const tensor = layout.tensors.find((candidate) => candidate.name === name);
  if (!tensor) throw new RangeError(`no tensor is named ${name}`);
  return tensor;
}

/** For each number, in the order in which it is saved: its float in the flat buffer. */
export function flatIndices({ axes, offset }: Pick<ParameterTensor, "axes" | "offset">) {
  let indices = Uint32Array.of(offset);
  for (const { length, stride } of axes) {
    const next = new Uint32Array(indices.length * length);
    indices.forEach((from, i) => {
      for (let j = 0; j < length; j++) next[i * length + j] = from + j * stride;
    });
    indices = next;
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
 * Fresh weights: norms 1, biases and sinks 0, linears normal with standard deviation 1/√in, the
 * projections that add into the residual stream a further 1/√(2·layers) smaller, so that the stream's
 * size does not grow with depth. A tied embedding is also the head and is sized as one; an untied one
 * is 1.
 */
export function initialParameters(shape: PolicyShape, seed: number): Float32Array<ArrayBuffer> {
  const layout = parameterLayout(shape);
  const flat = new Float32Array(layout.length);
  layout.tensors.forEach((tensor, index) => {
    const { fresh } = tensor;
    const random = new Random(seed, Purpose.weights, index);
    for (const at of flatIndices(tensor)) {
      flat[at] = "all" in fresh ? fresh.all : fresh.deviation * random.normal();
    }
  });
  return flat;
}

function freshOf(shape: PolicyShape, tensor: BlockTensor): ParameterTensor["fresh"] {
  if (tensor.starts !== undefined) return { all: tensor.starts };
  if (tensor.name === "model.embed_tokens.weight" && !shape.tied) return { deviation: 1 };
  const deviation = 1 / Math.sqrt(tensor.inputs ?? tensor.shape[1]!);
  return { deviation: tensor.intoStream ? deviation / Math.sqrt(2 * shape.layers) : deviation };
}
