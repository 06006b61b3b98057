import { describe, test } from "vitest";
import { storageBuffer, storageBufferOf, uniformOf } from "../../src/engine/gpu/buffers.ts";
import type { GpuContext } from "../../src/engine/gpu/context.ts";
import type { Dispatch } from "../../src/engine/gpu/kernel.ts";
import {
  downBackward,
  gateUpForward,
  linearBackward,
  linearForward,
  linearPartials,
  type LinearShape,
  queryKeyValueForward,
} from "../../src/engine/layers/linear.ts";
import { layOutPartials, sumPartials } from "../../src/engine/layers/sum-partials.ts";
import type { RowRange } from "../../src/engine/layers/grid.ts";
import { rotaryAngles } from "../../src/engine/layers/rotary.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { gradientAt, pad, spread, unpad } from "../support/padding.ts";
import { add, linear, rmsNorm, rotary, swiglu } from "../support/reference-layers.ts";
import { sharedDevice } from "../support/shared-device.ts";
import { download, run, upload, withDevice, withRegisters } from "../support/with-device.ts";
import { compiles, nodeOnly } from "../support/hosts.ts";

compiles(
  "lib/lanes.quad",
  "lib/lanes.single",
  "lib/linear.backward",
  "policy/linear.backward.register",
  "policy/linear.backward.workgroup",
  "lib/linear.forward",
  "policy/linear.forward.register",
  "policy/linear.forward.workgroup",
  "lib/linear.into-rotary",
  "lib/linear.into-stream",
  "lib/linear.into-swiglu",
  "lib/linear.tile",
  "lib/rows.all",
  "policy/sum-partials",
);

const eps = 1e-5;
const theta = 10_000;

/** How the products are computed: in registers with and without shared loads, in workgroup memory. */
type Way = "sharing" | "single" | "workgroup";
const devices: Readonly<Record<Way, () => GPUDevice>> = {
  sharing: sharedDevice(),
  single: sharedDevice([]),
  workgroup: sharedDevice([]),
};
const onDevice = (way: Way, test: (gpu: GpuContext) => Promise<void>) =>
  test({ device: devices[way](), matmul: way === "workgroup" ? "workgroup" : "register" });
const inRegisters = ["sharing", "single"] as const;

/** Adds a weight's partial sums, if there are any, to its gradient. */
async function summed(
  gpu: GpuContext,
  shape: LinearShape,
  dweight: GPUBuffer,
): Promise<{ into: GPUBuffer; sum: Dispatch[] }> {
  const { device } = gpu;
  const count = linearPartials(gpu, shape);
  if (count === 0) return { into: dweight, sum: [] };
  const all = [{ offset: 0, length: shape.I * shape.O, count }];
  const partial = storageBuffer(device, "batch", "partial", layOutPartials(all).length);
  const bind = await sumPartials(device, all, shape.I * shape.O);
  return { into: partial, sum: [bind({ partial, dparams: dweight }).run] };
}

// Rows, inputs, outputs. On a software adapter in registers: less than one small tile; ragged middle
// tiles; rows cut into several partial sums; ragged large tiles; more rows than are added up at once.
const shapes = [
  ...nodeOnly([
    [3, 8, 20],
    [70, 20, 36],
  ] as const),
  [300, 8, 20],
  ...nodeOnly([
    [136, 132, 132],
    [1030, 12, 132],
    [2060, 64, 132],
  ] as const),
] as const;
// In workgroup memory, forward and backward: less than one small tile; small and middle; middle and
// large, several partial sums; large, more rows than are added up at once.
const workgroupShapes = [
  [3, 8, 20],
  ...nodeOnly([
    [10, 36, 68],
    [70, 20, 36],
    [1030, 68, 260],
  ] as const),
] as const;
describe.each([
  ...inRegisters.flatMap((way) => shapes.map(([R, I, O]) => ({ R, I, O, way }))),
  ...workgroupShapes.map(([R, I, O]) => ({ R, I, O, way: "workgroup" as const })),
])("linear on $R rows, $I → $O, $way", ({ R, I, O, way }) => {
  const shape = { R, I, O };
  const x = wave(R * I, 0.7);
  const weight = wave(O * I, 1.3);
  const residual = wave(R * O, 0.37);
  const dy = wave(R * O, 2.1);

  test("forward agrees with float64, with and without the residual", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const bind = await linearForward(gpu, shape);
      const b = { x: upload(device, x), weight: upload(device, weight), norm: null };
      const plain = upload(device, wave(R * O, 5));
      const added = upload(device, wave(R * O, 5));
      run(
        device,
        bind({ ...b, y: plain, residual: null }),
        bind({ ...b, y: added, residual: upload(device, residual) }),
      );
      const y = linear(x, weight, shape);
      expectClose(await download(device, plain), y);
      expectClose(await download(device, added), add(y, residual));
    }));

  test("gradients agree with central differences", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const before = wave(O * I, 0.11);
      const dx = upload(device, wave(R * I, 5));
      const dweight = upload(device, before);
      const bind = await linearBackward(gpu, shape);
      const { into, sum } = await summed(gpu, shape, dweight);
      run(
        device,
        bind({
          x: upload(device, x),
          weight: upload(device, weight),
          norm: null,
          dy: upload(device, dy),
          dx,
          dweight: into,
        }),
        ...sum,
      );

      const inputs = spread(R * I, 60);
      const weights = spread(O * I, 60);
      const dxAt = await download(device, dx);
      expectClose(
        inputs.map((i) => dxAt[i]!),
        inputs.map((i) => {
          // A number of the input is in one row of the product only.
          const row = Math.floor(i / I);
          const ofRow = (values: readonly number[], width: number) =>
            values.slice(row * width, (row + 1) * width);
          const loss = (at: readonly number[]) =>
            dot(ofRow(dy, O), linear(at, weight, { R: 1, I, O }));
          return gradientAt(loss, ofRow(x, I), [i % I])[0]!;
        }),
        { rtol: 1e-4 },
      );
      const dweightAt = await download(device, dweight);
      expectClose(
        weights.map((i) => dweightAt[i]! - before[i]!),
        weights.map((i) => {
          // A number of the weight is in one column of the product only.
          const output = Math.floor(i / I);
          const ofColumn = dy.filter((_, j) => j % O === output);
          const loss = (at: readonly number[]) => dot(ofColumn, linear(x, at, { R, I, O: 1 }));
          return gradientAt(loss, weight.slice(output * I, (output + 1) * I), [i % I])[0]!;
        }),
        { rtol: 1e-4 },
      );
    }));
});

/** First and end of the rows that there are, and how many the grid is for. */
const extentOf = (device: GPUDevice, first: number, end: number, rows = end - first): RowRange => ({
  binding: uniformOf(device, "rowRange", [first, end]),
  rows: () => rows,
});

// Rows, inputs, outputs, rows that there might be: a width that needs padding, several partial sums,
// tiles and partial sums of which no row is there.
const normalised = [
  [6, 18, 12, 10],
  ...nodeOnly([
    [150, 8, 20, 700],
    [66, 12, 36, 66],
  ] as const),
] as const;
describe.each([
  ...inRegisters.flatMap((way) => normalised.map((shape) => ({ shape, way }))),
  ...nodeOnly([
    { shape: [6, 18, 12, 10] as const, way: "workgroup" as const },
    { shape: [200, 6, 8, 900] as const, way: "workgroup" as const },
  ]),
])("linear on normalised rows, of shape $shape, $way", ({ shape: [R, C, O, most], way }) => {
  const I = ceil4(C);
  const shape = { R: most, I, O, norm: { C, eps } };
  const x = wave(R * C, 0.7);
  /** The rows of this test, and what lies after them in the buffers. */
  const within = (values: readonly number[], width: number) => [
    ...values,
    ...wave((most - R) * width, 7),
  ];
  const gain = wave(C, 1.3);
  const weight = wave(O * C, 1.9);
  const dy = wave(R * O, 2.1);
  const product = (x: readonly number[], gain: readonly number[], weight: readonly number[]) =>
    linear(rmsNorm(x, gain, eps), weight, { R, I: C, O });

  test("forward and gradients agree with float64", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const norm = {
        gain: upload(device, pad(gain, C, I)),
        rstd: upload(device, wave(most, 5)),
      };
      const b = {
        rowRange: extentOf(device, 0, R),
        x: upload(device, within(pad(x, C, I), I)),
        weight: upload(device, pad(weight, C, I)),
        norm,
      };
      const y = upload(device, wave(most * O, 5));
      const dn = upload(device, wave(most * I, 5));
      const dweight = storageBuffer(device, "batch", "dweight", O * I);
      const forward = await linearForward(gpu, shape);
      const backward = await linearBackward(gpu, shape);
      const { into, sum } = await summed(gpu, shape, dweight);
      run(
        device,
        forward({ ...b, y, residual: null }),
        backward({ ...b, dy: upload(device, within(dy, O)), dx: dn, dweight: into }),
        ...sum,
      );
      const [found, dnFound] = [await download(device, y), await download(device, dn)];
      expectClose(found.slice(0, R * O), product(x, gain, weight));
      const normed = rmsNorm(x, gain, eps);
      expectClose(
        unpad(dnFound.slice(0, R * I), C, I),
        gradient((at) => dot(dy, linear(at, weight, { R, I: C, O })), normed),
        { rtol: 1e-4 },
      );
      expectClose(
        unpad(await download(device, dweight), C, I),
        gradient((at) => dot(dy, product(x, gain, at)), weight),
        { rtol: 1e-4 },
      );
      // What is not there stays as it was.
      const left = (values: readonly number[], width: number) => values.slice(R * width);
      expectClose(left(found, O), left(wave(most * O, 5), O));
      expectClose(left(dnFound, I), left(wave(most * I, 5), I));
    }));
});

test.each([...inRegisters, ...nodeOnly(["workgroup"] as const)])(
  "a product of some rows in the middle leaves the others, %s",
  (way) =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const [R, I, O, first, end] = [150, 8, 20, 37, 90];
      const [x, weight] = [wave(R * I, 0.7), wave(O * I, 1.3)];
      const y = upload(device, wave(R * O, 5));
      const bind = await linearForward(gpu, { R, I, O });
      const rowRange = extentOf(device, first, end, R);
      const b = { x: upload(device, x), weight: upload(device, weight), norm: null, rowRange };
      run(device, bind({ ...b, y, residual: null }));
      const product = linear(x, weight, { R, I, O });
      const isThere = (i: number) => i >= first * O && i < end * O;
      expectClose(
        await download(device, y),
        wave(R * O, 5).map((before, i) => (isThere(i) ? product[i]! : before)),
      );
    }),
);

/** The transpose of a matrix of rows × columns. */
const transposed = (matrix: readonly number[], rows: number, columns: number): number[] =>
  Array.from(
    { length: rows * columns },
    (_, i) => matrix[(i % rows) * columns + ((i / rows) | 0)]!,
  );

// Too large for central differences; the products of the gradients are told in full instead.
test.each(nodeOnly(inRegisters))("large tiles of normalised rows agree with float64, %s", (way) =>
  onDevice(way, async (gpu) => {
    const { device } = gpu;
    const [R, I, O] = [1030, 12, 136];
    const shape = { R, I, O, norm: { C: I, eps } };
    const [x, gain, weight] = [wave(R * I, 0.7), wave(I, 1.3), wave(O * I, 1.9)];
    const dy = wave(R * O, 2.1);
    const norm = { gain: upload(device, gain), rstd: storageBuffer(device, "batch", "rstd", R) };
    const b = { x: upload(device, x), weight: upload(device, weight), norm };
    const buffer = (length: number) => storageBuffer(device, "batch", "found", length);
    const [y, gateUp, h] = [buffer(R * O), buffer(R * O), buffer((R * O) / 2)];
    const [dx, dweight] = [buffer(R * I), buffer(O * I)];
    const { into, sum } = await summed(gpu, shape, dweight);
    run(
      device,
      (await linearForward(gpu, shape))({ ...b, y, residual: null }),
      (await gateUpForward(gpu, shape))({ ...b, gateUp, h }),
      (await linearBackward(gpu, shape))({ ...b, dy: upload(device, dy), dx, dweight: into }),
      ...sum,
    );
    const n = rmsNorm(x, gain, eps);
    const found = linear(n, weight, shape);
    expectClose(await download(device, y), found);
    expectClose(await download(device, gateUp), found);
    const gates = Array.from({ length: R }, (_, row) => found.slice(row * O, row * O + O / 2));
    const ups = Array.from({ length: R }, (_, row) => found.slice(row * O + O / 2, (row + 1) * O));
    expectClose(await download(device, h), swiglu(gates.flat(), ups.flat()));
    const dn = linear(dy, transposed(weight, O, I), { R, I: O, O: I });
    expectClose(await download(device, dx), dn, { rtol: 1e-4 });
    const products = linear(transposed(dy, R, O), transposed(n, R, I), { R: O, I: R, O: I });
    expectClose(await download(device, dweight), products, { rtol: 1e-4 });
  }),
);

test("a row of zeros stays zero when it is normalised", () =>
  withDevice(async (device) => {
    const y = upload(device, wave(4, 1));
    const bind = await linearForward(withRegisters(device), {
      R: 1,
      I: 4,
      O: 4,
      norm: { C: 4, eps },
    });
    run(
      device,
      bind({
        x: upload(device, [0, 0, 0, 0]),
        weight: upload(device, wave(16, 1)),
        norm: {
          gain: upload(device, [1, 2, 3, 4]),
          rstd: storageBuffer(device, "batch", "rstd", 1),
        },
        y,
        residual: null,
      }),
    );
    expectClose(await download(device, y), [0, 0, 0, 0]);
  }));

/** Rows of a's columns, then b's. */
const beside = (a: readonly number[], b: readonly number[], columns: number): number[] =>
  Array.from({ length: a.length / columns }, (_, r) => [
    ...a.slice(r * columns, (r + 1) * columns),
    ...b.slice(r * columns, (r + 1) * columns),
  ]).flat();

// Rows, inputs, hidden width: less than a tile, ragged tiles.
describe.each(
  ([[3, 12, 12], ...nodeOnly([[75, 8, 44]] as const)] as const).flatMap(([R, I, F]) =>
    [...inRegisters, ...(R > 3 ? (["workgroup"] as const) : [])].map((way) => ({ R, I, F, way })),
  ),
)("SwiGLU of $R rows, $I → $F, $way", ({ R, I, F, way }) => {
  const x = wave(R * I, 0.7);
  const weights = { gate: wave(F * I, 1.3), up: wave(F * I, 1.9) };
  const through = (name: "gate" | "up") => linear(x, weights[name], { R, I, O: F });
  const [gate, up] = [through("gate"), through("up")];

  test("forward agrees with float64", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const gateUp = upload(device, wave(2 * R * F, 5));
      const h = upload(device, wave(R * F, 5));
      const bind = await gateUpForward(gpu, { R, I, O: 2 * F });
      const weight = upload(device, [...weights.gate, ...weights.up]);
      run(device, bind({ x: upload(device, x), weight, norm: null, gateUp, h }));
      expectClose(await download(device, gateUp), beside(gate, up, F));
      expectClose(await download(device, h), swiglu(gate, up));
    }));

  test("the gradient of what reads it goes into gate and up", () =>
    onDevice(way, async (gpu) => {
      const { device } = gpu;
      const O = 8;
      const shape = { R, I: F, O };
      const weight = wave(O * F, 1.1);
      const dy = wave(R * O, 2.1);
      const dgateUp = upload(device, wave(2 * R * F, 5));
      const dweight = storageBuffer(device, "batch", "dweight", O * F);
      const bind = await downBackward(gpu, shape);
      const { into, sum } = await summed(gpu, shape, dweight);
      run(
        device,
        bind({
          x: upload(device, swiglu(gate, up)),
          weight: upload(device, weight),
          norm: null,
          dy: upload(device, dy),
          dweight: into,
          gateUp: upload(device, beside(gate, up, F)),
          dgateUp,
        }),
        ...sum,
      );
      const loss = (gate: readonly number[], up: readonly number[]) =>
        dot(dy, linear(swiglu(gate, up), weight, shape));
      const at = spread(R * F, 60);
      const found = await download(device, dgateUp);
      const gateIndex = (i: number) => Math.floor(i / F) * 2 * F + (i % F);
      expectClose(
        at.map((i) => found[gateIndex(i)]!),
        gradientAt((nudged) => loss(nudged, up), gate, at),
        { rtol: 1e-4 },
      );
      expectClose(
        at.map((i) => found[gateIndex(i) + F]!),
        gradientAt((nudged) => loss(gate, nudged), up, at),
        { rtol: 1e-4 },
      );
    }));
});

test("gates of ±200 neither overflow nor turn into NaN", () =>
  withDevice(async (device) => {
    const gates = [200, -200, 90, -90];
    const identity = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const h = storageBuffer(device, "batch", "h", 4);
    const gateUp = storageBuffer(device, "batch", "gateUp", 8);
    const dgateUp = storageBuffer(device, "batch", "dgateUp", 8);
    const forward = await gateUpForward(withRegisters(device), { R: 1, I: 4, O: 8 });
    const backward = await downBackward(withRegisters(device), { R: 1, I: 4, O: 4 });
    // Gate: the gates themselves; up: 1 each.
    const ones = gates.flatMap((gate, row) => gates.map((_, i) => (i === row ? 1 / gate : 0)));
    run(
      device,
      forward({
        x: upload(device, gates),
        weight: upload(device, [...identity, ...ones]),
        norm: null,
        gateUp,
        h,
      }),
      backward({
        x: h,
        weight: upload(device, identity),
        norm: null,
        dy: upload(device, [1, 1, 1, 1]),
        dweight: storageBuffer(device, "batch", "dweight", 16),
        gateUp,
        dgateUp,
      }),
    );
    expectClose(await download(device, h), [200, 0, 90, 0]);
    expectClose(await download(device, dgateUp), [1, 0, 1, 0, 200, 0, 90, 0]);
  }));

/** Rows of all query, then key, then value heads. */
function fuse(parts: readonly (readonly number[])[], rows: number): number[] {
  const widths = parts.map((part) => part.length / rows);
  return Array.from({ length: rows }, (_, row) =>
    parts.map((part, i) => part.slice(row * widths[i]!, (row + 1) * widths[i]!)),
  ).flat(2);
}

// B, columns, query heads, key and value heads, head width, column of the first: halves that need
// padding and halves that do not; columns of a cache.
describe.each(
  (
    [
      [1, 3, 2, 2, 6, 0],
      ...nodeOnly([
        [2, 8, 4, 1, 8, 0],
        [3, 7, 3, 1, 12, 0],
        [5, 1, 4, 2, 6, 5],
      ] as const),
    ] as const
  ).flatMap(([B, T, heads, kvHeads, headDim, position]) =>
    [...inRegisters, ...(B === 5 ? (["workgroup"] as const) : [])].map((way) => ({
      ...{ B, T, heads, kvHeads, headDim, position, way },
    })),
  ),
)(
  "queries, keys and values, $B × $T, $heads heads over $kvHeads of width $headDim, from $position on, $way",
  ({ B, T, heads, kvHeads, headDim, position, way }) => {
    const half = headDim / 2;
    const head = 2 * ceil4(half);
    const Tcap = position === 0 ? T : position + T + 3;
    const I = 8;
    const x = wave(B * T * I, 0.7);
    const weightOf = (rowHeads: number, step: number) => wave(rowHeads * headDim * I, step);
    const weights = [weightOf(heads, 1.3), weightOf(kvHeads, 1.7), weightOf(kvHeads, 1.9)] as const;
    const [q, k, v] = weights.map((weight) =>
      linear(x, weight, { R: B * T, I, O: weight.length / I }),
    ) as [number[], number[], number[]];
    const turn = (values: readonly number[], rowHeads: number) =>
      rotary(values, { T, headDim }, rowHeads, theta, position);

    test("are turned and put into their columns", () =>
      onDevice(way, async (gpu) => {
        const { device } = gpu;
        const into = {
          q: upload(device, wave(B * T * heads * head, 5)),
          kv: storageBuffer(device, "batch", "kv", B * Tcap * 2 * kvHeads * head),
        };
        // A weight's rows are padded as a head's halves are.
        const weight = pad(weights.flat(), half * I, ceil4(half) * I);
        const shape = { heads, kvHeads, head };
        const bind = await queryKeyValueForward(gpu, { R: B * T, I }, shape);
        const positions = Array.from({ length: B * T }, (_, row) => {
          const column = position + (row % T);
          return [column, Math.floor(row / T) * Tcap + column];
        });
        run(
          device,
          bind({
            x: upload(device, x),
            weight: upload(device, weight),
            norm: null,
            angles: storageBufferOf(
              device,
              "batch",
              "angles",
              rotaryAngles(Tcap, { headDim, theta }),
            ),
            positions: storageBufferOf(
              device,
              "batch",
              "positions",
              Uint32Array.from(positions.flat()),
            ),
            ...into,
          }),
        );
        const back = async (from: GPUBuffer) =>
          unpad(await download(device, from), half, ceil4(half));
        expectClose(await back(into.q), turn(q, heads));
        const width = 2 * kvHeads * headDim;
        const rows = fuse([turn(k, kvHeads), v], B * T);
        const cache = new Array<number>(B * Tcap * width).fill(0);
        rows.forEach((value, i) => {
          const row = Math.floor(i / width);
          cache[(Math.floor(row / T) * Tcap + position + (row % T)) * width + (i % width)] = value;
        });
        expectClose(await back(into.kv), cache);
      }));
  },
);
