import { describe, test } from "vitest";
import type { GpuContext } from "../../src/engine/gpu/context.ts";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { biasBackward } from "../../src/engine/layers/bias.ts";
import { vectorPartials } from "../../src/engine/layers/vector-partials.ts";
import type { RowRange } from "../../src/engine/layers/grid.ts";
import {
  downBackward,
  gateUpForward,
  linearBackward,
  linearForward,
} from "../../src/engine/layers/linear.ts";
import { dot, expectClose, wave } from "../support/numeric.ts";
import { gradientAt, spread } from "../support/padding.ts";
import { add, linear } from "../support/reference-layers.ts";
import { clamped } from "../support/reference-mixture.ts";
import { sharedDevice } from "../support/shared-device.ts";
import { download, run, upload } from "../support/with-device.ts";
import { compiles, nodeOnly } from "../support/hosts.ts";

compiles("policy/bias.backward", "lib/linear.into-clamped", "lib/rows.all", "lib/rows.by-expert");

type Way = "sharing" | "single" | "workgroup";
const devices: Readonly<Record<Way, () => GPUDevice>> = {
  sharing: sharedDevice(),
  single: sharedDevice([]),
  workgroup: sharedDevice([]),
};
const onDevice = (way: Way, test: (gpu: GpuContext) => Promise<void>) =>
  test({ device: devices[way](), matmul: way === "workgroup" ? "workgroup" : "register" });

/** Rows that are read and written as uniforms: what the sorting kernel leaves. */
function rangesOf(device: GPUDevice, ends: readonly number[], most: number): RowRange {
  const numbers = ends.flatMap((end, e) => [e === 0 ? 0 : ends[e - 1]!, end, 0, 0]);
  const binding = device.createBuffer({ size: numbers.length * 4, usage: 0x40 | 0x08 });
  device.queue.writeBuffer(binding, 0, Uint32Array.from(numbers));
  return { binding, rows: () => most };
}

// Slots in all and the end of each expert's: one that nobody chose, one slot, more than a tile. What
// lies behind the last expert's slots is nobody's.
const cases = [
  { I: 12, O: 8, ends: [3, 3, 4, 9], slots: 11 },
  ...nodeOnly([{ I: 20, O: 36, ends: [70, 71, 71, 141, 150], slots: 150 }]),
];
describe.each(
  cases.flatMap((one) =>
    (["sharing", "single", "workgroup"] as const).map((way) => ({ ...one, way })),
  ),
)("experts of $I → $O, slots to $ends, $way", ({ I, O, ends, slots, way }) => {
  const E = ends.length;
  const expertOf = (slot: number) => ends.findIndex((end) => slot < end);
  const used = ends.at(-1)!;
  // Weights that lie further apart than they are long, and biases behind them, at a binding's distance.
  const [weightStride, biasStride] = [O * I + 16, O + 4];
  const biasAt = 64 * Math.ceil((E * weightStride) / 64);
  const flat = wave(biasAt + E * biasStride, 1.3);
  const weightOf = (e: number, from: readonly number[] = flat) =>
    from.slice(e * weightStride, e * weightStride + O * I);
  const biasOf = (e: number) => flat.slice(biasAt + e * biasStride, biasAt + e * biasStride + O);
  const most = Math.max(...ends.map((end, e) => end - (e === 0 ? 0 : ends[e - 1]!)));
  const experts = { count: E, slots, weightStride, biasStride };
  const shape = { R: most, I, O, bias: true, experts };
  const x = wave(slots * I, 0.7);
  const row = (values: readonly number[], width: number, r: number) =>
    values.slice(r * width, (r + 1) * width);
  /** What the used slots' rows become. */
  const product = (at: readonly number[], weights: readonly number[] = flat) =>
    Array.from({ length: used }, (_, r) => {
      const e = expertOf(r);
      return add(linear(row(at, I, r), weightOf(e, weights), { R: 1, I, O }), biasOf(e));
    }).flat();
  const weights = (buffer: GPUBuffer) => ({
    weight: { buffer, offset: 0, size: E * weightStride * 4 },
    bias: { buffer, offset: biasAt * 4, size: E * biasStride * 4 },
  });

  test("forward agrees with float64", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const y = upload(device, wave(slots * O, 5));
      const bind = await linearForward(gpu, shape);
      const rowRange = rangesOf(device, ends, most);
      const own = weights(upload(device, flat));
      run(device, bind({ x: upload(device, x), norm: null, ...own, rowRange, y, residual: null }));
      const found = await download(device, y);
      expectClose(found.slice(0, used * O), product(x));
      expectClose(found.slice(used * O), wave(slots * O, 5).slice(used * O));
    }));

  test("gradients agree with central differences, those of biases too", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const dy = wave(slots * O, 2.1);
      const before = wave(flat.length, 0.11);
      const dflat = upload(device, before);
      const dx = upload(device, wave(slots * I, 5));
      const [bind, bindBias] = await Promise.all([
        linearBackward(gpu, shape),
        biasBackward(gpu, shape),
      ]);
      const rowRange = rangesOf(device, ends, most);
      const into = weights(dflat);
      const given = upload(device, dy);
      run(
        device,
        bind({
          ...{ x: upload(device, x), norm: null, weight: weights(upload(device, flat)).weight },
          ...{ dy: given, dx, dweight: into.weight, rowRange },
        }),
        bindBias({ dy: given, dbias: into.bias, rowRange }),
      );
      const loss = (at: readonly number[], all: readonly number[]) =>
        dot(dy.slice(0, used * O), product(at, all));
      const foundX = await download(device, dx);
      const some = spread(used * I, 60);
      const tolerance = { rtol: 1e-4 };
      expectClose(
        some.map((i) => foundX[i]!),
        gradientAt((at) => loss(at, flat), x, some),
        tolerance,
      );
      expectClose(foundX.slice(used * I), wave(slots * I, 5).slice(used * I));
      const found = await download(device, dflat);
      const places = spread(E * weightStride, 150);
      expectClose(
        places.map((i) => found[i]!),
        add(
          gradientAt((all) => loss(x, all), flat, places),
          places.map((i) => before[i]!),
        ),
        tolerance,
      );
      const sums = Array.from({ length: E * biasStride }, (_, i) => {
        const [e, o] = [Math.floor(i / biasStride), i % biasStride];
        if (o >= O) return 0;
        return dy.reduce((sum, value, at) => {
          const slot = Math.floor(at / O);
          return slot < used && at % O === o && expertOf(slot) === e ? sum + value : sum;
        }, 0);
      });
      expectClose(found.slice(biasAt), add(sums, before.slice(biasAt)), tolerance);
    }));
});

describe.each(["sharing", "workgroup"] as const)("the gate of gpt-oss, %s", (way) => {
  // Numbers beyond both limits, and on either side of 0.
  const [R, F, I] = [5, 8, 4];
  const x = wave(R * I, 0.7).map((value) => 6 * value);
  const weight = wave(2 * F * I, 1.3).map((value) => 1.5 * value);
  const gateUp = linear(x, weight, { R, I, O: 2 * F });
  const half = (values: readonly number[], from: number) =>
    Array.from({ length: R }, (_, r) =>
      values.slice(r * 2 * F + from, r * 2 * F + from + F),
    ).flat();
  const h = (at: readonly number[]) => clamped(half(at, 0), half(at, F));

  test("forward agrees with float64", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const found = {
        gateUp: upload(
          device,
          gateUp.map(() => 5),
        ),
        h: upload(device, wave(R * F, 5)),
      };
      const bind = await gateUpForward(gpu, { R, I, O: 2 * F }, "clamped");
      const b = { x: upload(device, x), weight: upload(device, weight), norm: null };
      run(device, bind({ ...b, ...found }));
      expectClose(await download(device, found.gateUp), gateUp);
      expectClose(await download(device, found.h), h(gateUp));
    }));

  test("the gradient of what reads it goes into gate and up", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const O = 12;
      const down = wave(O * F, 0.9);
      const dy = wave(R * O, 2.1);
      const bind = await downBackward(gpu, { R, I: F, O }, "clamped");
      const dgateUp = upload(device, wave(R * 2 * F, 5));
      run(
        device,
        bind({
          ...{ x: upload(device, h(gateUp)), norm: null, weight: upload(device, down) },
          ...{ dy: upload(device, dy), dweight: upload(device, wave(O * F, 5)) },
          ...{ gateUp: upload(device, gateUp), dgateUp },
        }),
      );
      const loss = (at: readonly number[]) => dot(dy, linear(h(at), down, { R, I: F, O }));
      const all = spread(gateUp.length, gateUp.length);
      expectClose(await download(device, dgateUp), gradientAt(loss, gateUp, all), { rtol: 1e-4 });
    }));
});

// Rows, rows that there might be: one chunk; several, of which the last has none; more than are added
// up at once.
describe.each([{ R: 5, most: 5 }, { R: 40, most: 200 }, ...nodeOnly([{ R: 1500, most: 1500 }])])(
  "the bias of $R rows, $most at most",
  ({ R, most }) => {
    test("gets the sums of its columns, and leaves what is beside it", () =>
      onDevice("single", async (gpu) => {
        const { device } = gpu;
        const O = 12;
        const dy = wave(most * O, 0.7).map((value) => 1 + value);
        const S = vectorPartials({ R: most });
        const dbias = upload(device, wave(S * O, 5));
        const bind = await biasBackward(gpu, { R: most, O });
        const buffer = storageBufferOf(device, "batch", "dy", Float32Array.from(dy));
        const rowRange = rangesOf(device, [R], R);
        run(device, bind({ dy: buffer, dbias, rowRange }));
        const parts = await download(device, dbias);
        const sums = (values: readonly number[]) =>
          Array.from({ length: O }, (_, o) =>
            values.reduce((sum, value, i) => (i % O === o ? sum + value : sum), 0),
          );
        expectClose(sums(parts), sums(dy.slice(0, R * O)));
      }));
  },
);

test.each(["sharing", "workgroup"] as const)(
  "one weight for all rows takes a bias and a residual, %s",
  (way) =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const [R, I, O] = [7, 8, 12];
      const [x, flat] = [wave(R * I, 0.7), wave(128 + O, 1.3)];
      const y = upload(device, wave(R * O, 5));
      const residual = wave(R * O, 0.3);
      const buffer = upload(device, flat);
      const bind = await linearForward(gpu, { R, I, O, bias: true });
      run(
        device,
        bind({
          ...{ x: upload(device, x), norm: null, weight: { buffer, size: O * I * 4 } },
          bias: { buffer, offset: 512, size: O * 4 },
          ...{ y, residual: upload(device, residual) },
        }),
      );
      const bias = Array.from({ length: R * O }, (_, i) => flat[128 + (i % O)]!);
      const product = linear(x, flat.slice(0, O * I), { R, I, O });
      expectClose(await download(device, y), add(add(product, bias), residual));
    }),
);
