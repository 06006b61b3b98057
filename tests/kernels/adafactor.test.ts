import { expect, test } from "vitest";
import { createOptimizer } from "../../src/engine/optimizer/optimizer.ts";
import { axesOf, flatIndices } from "../../src/engine/policy/parameters.ts";
import fixture from "../fixtures/adafactor.json";
import { expectClose, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "lib/adafactor",
  "optimizer/adafactor.clip",
  "optimizer/adafactor.columns",
  "optimizer/adafactor.mean",
  "optimizer/adafactor.rows",
  "optimizer/adafactor.size",
  "optimizer/adafactor.update",
  "optimizer/gradient-norm.finish",
  "optimizer/gradient-norm.partial",
);

const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 0 };

interface Shaped {
  name: string;
  shape: readonly number[];
  groups: readonly number[];
  decay: boolean;
}

/** Tensors one after the other, each dimension's groups padded to whole vec4s as a policy's are. */
function layOut(shaped: readonly Shaped[]) {
  let length = 0;
  const tensors = shaped.map((each) => {
    const tensor = { ...each, offset: length, ...axesOf(each.shape, each.groups) };
    length += tensor.size;
    return tensor;
  });
  return { tensors, length };
}

type Layout = ReturnType<typeof layOut>;

function pack({ tensors, length }: Layout, values: Readonly<Record<string, readonly number[]>>) {
  const flat = Array<number>(length).fill(0);
  for (const tensor of tensors) {
    flatIndices(tensor).forEach((at, i) => (flat[at] = values[tensor.name]![i]!));
  }
  return flat;
}

const unpack = ({ tensors }: Layout, flat: readonly number[]) =>
  Object.fromEntries(
    tensors.map((tensor) => [tensor.name, Array.from(flatIndices(tensor), (at) => flat[at]!)]),
  );

/** The formulas of adafactor.wgsl in float64, of one tensor over all steps. */
function reference(
  { shape, decay }: Shaped,
  initial: readonly number[],
  gradients: readonly (readonly number[])[],
  learningRate: number,
): number[] {
  const width = shape.at(-1)!;
  const height = initial.length / width;
  const p = [...initial];
  const row = Array<number>(height).fill(0);
  const column = Array<number>(width).fill(0);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  gradients.forEach((g, t) => {
    const fresh = (t + 1) ** -0.8;
    const squares = g.map((value) => value ** 2 + 1e-30);
    const rowOf = (i: number) => squares.slice(i * width, (i + 1) * width);
    const columnOf = (j: number) => squares.filter((_, at) => at % width === j);
    row.forEach((old, i) => (row[i] = (1 - fresh) * old + fresh * mean(rowOf(i))));
    column.forEach((old, j) => (column[j] = (1 - fresh) * old + fresh * mean(columnOf(j))));
    const meanRow = mean(row);
    const u = g.map((value, at) => {
      const [i, j] = [Math.floor(at / width), at % width];
      return (row[i]! / meanRow) ** -0.5 * column[j]! ** -0.5 * value;
    });
    const clip = Math.max(1, Math.sqrt(mean(u.map((value) => value ** 2))));
    u.forEach((value, at) => {
      const decayed = decay ? learningRate * settings.weightDecay * p[at]! : 0;
      p[at] = p[at]! - decayed - (learningRate * value) / clip;
    });
  });
  return p;
}

test("agrees with transformers' Adafactor as its Trainer sets it up", () =>
  withDevice(async (device) => {
    const layout = layOut(fixture.tensors);
    const params = upload(device, pack(layout, fixture.initial));
    const dparams = upload(device, pack(layout, fixture.initial));
    const optimizer = await createOptimizer(device, layout, { params, dparams }, "adafactor");
    for (const [t, { lr, gradients, parameters }] of fixture.steps.entries()) {
      device.queue.writeBuffer(dparams, 0, Float32Array.from(pack(layout, gradients)));
      optimizer.configure({ ...settings, learningRate: lr, step: t + 1 });
      run(device, optimizer.run);
      const ours = unpack(layout, await download(device, params));
      for (const { name } of layout.tensors) {
        expectClose(ours[name]!, parameters[name as keyof typeof parameters]);
      }
    }
  }));

// More columns and more rows than a workgroup has lanes, and a vector longer than one.
const large = layOut([
  { name: "tall", shape: [150, 12], groups: [2, 1], decay: true },
  { name: "wide", shape: [5, 300], groups: [1, 4], decay: false },
  { name: "vector", shape: [700], groups: [1], decay: true },
]);

test("agrees with float64 on tensors larger than a workgroup, and clips the norm before", () =>
  withDevice(async (device) => {
    const numbers = ({ shape }: Shaped) => shape.reduce((all, n) => all * n, 1);
    const values = (step: number, scale: number) =>
      Object.fromEntries(
        large.tensors.map((each) => [each.name, wave(numbers(each), step).map((x) => x * scale)]),
      );
    const initial = values(1.3, 1);
    const gradients = [1, 2, 3, 4, 5].map((t) => values(0.7 + 0.01 * t, 0.03 * t));
    const params = upload(device, pack(large, initial));
    const dparams = upload(device, pack(large, initial));
    const optimizer = await createOptimizer(device, large, { params, dparams }, "adafactor");
    const maxGradNorm = 2;
    for (const [t, gradient] of gradients.entries()) {
      device.queue.writeBuffer(dparams, 0, Float32Array.from(pack(large, gradient)));
      optimizer.configure({ ...settings, maxGradNorm, learningRate: 0.01, step: t + 1 });
      run(device, optimizer.run);
    }
    const clipped = gradients.map((gradient) => {
      const norm = Math.hypot(...Object.values(gradient).flat());
      const factor = Math.min(1, maxGradNorm / (norm + 1e-6));
      return (name: string) => gradient[name]!.map((g) => g * factor);
    });
    const ours = unpack(large, await download(device, params));
    for (const each of large.tensors) {
      const own = clipped.map((of) => of(each.name));
      expectClose(ours[each.name]!, reference(each, initial[each.name]!, own, 0.01));
    }
  }));

test("a gradient that is not finite leaves weights and state alone; a reset clears the state", () =>
  withDevice(async (device) => {
    const initial = wave(large.length, 1.3);
    const params = upload(device, initial);
    const dparams = upload(device, wave(large.length, 0.7));
    const optimizer = await createOptimizer(device, large, { params, dparams }, "adafactor");
    const everything = () =>
      Promise.all([params, ...optimizer.state].map((buffer) => download(device, buffer)));
    optimizer.configure({ ...settings, learningRate: 0.01, step: 1 });
    run(device, optimizer.run);
    const before = await everything();
    expect(before[0]).not.toEqual(initial.map(Math.fround));

    const broken = wave(large.length, 0.7).with(17, Number.NaN);
    device.queue.writeBuffer(dparams, 0, Float32Array.from(broken));
    optimizer.configure({ ...settings, learningRate: 0.01, step: 2 });
    run(device, optimizer.run);
    expect(await everything()).toEqual(before);

    optimizer.reset();
    for (const buffer of optimizer.state) {
      expect((await download(device, buffer)).every((value) => value === 0)).toBe(true);
    }
  }));
