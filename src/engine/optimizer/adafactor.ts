import { codeOf, kernelSpec, type KernelName } from "../shaders/optimizers.ts";
import { storageBuffer, storageBufferOf, uniformBuffer } from "../gpu/buffers.ts";
import { Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { clearBuffers, type CreateUpdateRule, type OptimizedLayout } from "./update-rule.ts";

const PARAMS = structOf(codeOf("adafactor.update"), "Params");

/** transformers' `decay_rate`: β = 1 − step^(−0.8). */
const DECAY_RATE = 0.8;

/** Workgroups in one direction of a dispatch: a row each. */
const MOST_ROWS = 65_535;

/** Words of `Row`, `Column` and `Tensor` in adafactor.wgsl. */
const ROW = 7;
const COLUMN = 4;
const TENSOR = 4;

/**
 * transformers' Adafactor as its Trainer sets it up: `scale_parameter` and `relative_step` off, no
 * first moment, clip threshold 1. A matrix has one number of state per row and per column; the betas
 * and epsilon of Adam mean nothing to it.
 */
export const createAdafactor: CreateUpdateRule = async (device, layout, buffers, status) => {
  const tables = divide(layout);
  const [rowCount, columnCount, tensorCount] = [
    tables.rows.length / ROW,
    tables.columns.length / COLUMN,
    tables.tensors.length / TENSOR,
  ];
  if (rowCount > MOST_ROWS) {
    throw new RangeError(`adafactor takes up to ${MOST_ROWS} rows; the tensors have ${rowCount}`);
  }
  const compile = (name: KernelName) => Kernel.create(device, kernelSpec(name));
  const [rowMeans, columnMeans, mean, size, clip, update] = await Promise.all([
    compile("adafactor.rows"),
    compile("adafactor.columns"),
    compile("adafactor.mean"),
    compile("adafactor.size"),
    compile("adafactor.clip"),
    compile("adafactor.update"),
  ]);
  const rows = storageBufferOf(device, "weights", "adafactor rows", tables.rows);
  const columns = storageBufferOf(device, "weights", "adafactor columns", tables.columns);
  const tensors = storageBufferOf(device, "weights", "adafactor tensors", tables.tensors);
  const row = storageBuffer(device, "weights", "adafactor row means", rowCount); // (ROWS)
  const column = storageBuffer(device, "weights", "adafactor column means", columnCount * 4); // (COLUMNS) vec4
  const scale = storageBuffer(device, "weights", "adafactor scale", tensorCount * 2); // (TENSORS, 2)
  const square = storageBuffer(device, "weights", "adafactor squares", rowCount); // (ROWS)
  const params = uniformBuffer(device, "adafactor params", PARAMS.words);
  const { dparams: g } = buffers;

  const p = buffers.params;
  // In the order of adafactor.wgsl.
  const bound = [g, status, rows, columns, tensors, row, column, scale, square, p, params];
  const launch = (kernel: Kernel, groups: number, ...used: GPUBuffer[]) =>
    kernel.bind(
      bound.map((buffer) => (used.includes(buffer) ? buffer : null)),
      groups,
    );
  const launches = [
    launch(rowMeans, rowCount, g, status, rows, row, params),
    launch(columnMeans, Math.ceil(columnCount / 64), g, status, columns, column, params),
    launch(mean, tensorCount, tensors, rows, row, scale),
    launch(size, rowCount, g, status, rows, row, column, scale, square),
    launch(clip, tensorCount, tensors, square, scale),
    launch(update, rowCount, g, status, rows, row, column, scale, p, params),
  ];
  const state = [row, column];

  return {
    run: (pass) => {
      for (const run of launches) run(pass);
    },
    configure: ({ learningRate, step, weightDecay }) => {
      const fresh = step ** -DECAY_RATE;
      const lrDecay = learningRate * weightDecay;
      const values = { beta: 1 - fresh, oneMinusBeta: fresh, learningRate, lrDecay };
      device.queue.writeBuffer(params, 0, PARAMS.pack(values));
    },
    state,
    reset: () => clearBuffers(device, state),
    destroy: () => {
      for (const each of [rows, columns, tensors, scale, square, params, ...state]) each.destroy();
    },
  };
};

/** Where every row, every four columns and every tensor lie, padding known from what counts. */
function divide({ tensors: all }: OptimizedLayout) {
  const rows: number[] = [];
  const columns: number[] = [];
  const tensors: number[] = [];
  all.forEach(({ offset, size, shape, groups, decay }, tensor) => {
    if (shape.length > 2) {
      throw new RangeError(
        `adafactor takes rows and columns; a tensor is ${shape.join(" × ")}, as gpt_oss's experts are: take another optimizer`,
      );
    }
    if (offset % 4 !== 0 || size % 4 !== 0) {
      throw new RangeError(`a tensor of ${size} floats at ${offset} is not made of whole vec4s`);
    }
    const height = shape.length > 1 ? shape[0]! : 1;
    const width = shape.at(-1)!;
    const group = shape.length > 1 ? height / (groups?.[0] ?? 1) : 1;
    const columnGroups = groups?.at(-1) ?? 1;
    const stride = (columnGroups * ceil4(width / columnGroups)) / 4;
    const steps = size / 4 / stride;
    // Rows are padded only where the flat buffer has room for it.
    const paddedGroup = steps === height ? group : ceil4(group);
    const firstRow = rows.length / ROW;
    const firstColumn = columns.length / COLUMN;
    for (let i = 0; i < steps; i++) {
      const counts = i % paddedGroup < group ? 1 : 0;
      const at = offset / 4 + i * stride;
      rows.push(at, stride, firstColumn, tensor, width, counts, decay ? 1 : 0);
    }
    for (let j = 0; j < stride; j++) columns.push(offset / 4 + j, stride, steps, height);
    tensors.push(firstRow, steps, height, height * width);
  });
  return {
    rows: Uint32Array.from(rows),
    columns: Uint32Array.from(columns),
    tensors: Uint32Array.from(tensors),
  };
}

const ceil4 = (length: number): number => 4 * Math.ceil(length / 4);
