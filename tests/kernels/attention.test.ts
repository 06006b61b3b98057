import { describe, expect, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import {
  attentionBackward,
  attentionForward,
  windowOf,
} from "../../src/engine/layers/attention.ts";
import { sinkBackward } from "../../src/engine/layers/sinks.ts";
import { vectorPartials } from "../../src/engine/layers/vector-partials.ts";
import { allRows } from "../../src/engine/layers/grid.ts";
import { rotaryAngles } from "../../src/engine/layers/rotary.ts";
import { packBatch } from "../../src/engine/policy/packed-batch.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, wave } from "../support/numeric.ts";
import { gradientAt, pad, spread, unpad } from "../support/padding.ts";
import { attention, rotary } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles, nodeOnly } from "../support/hosts.ts";

compiles(
  "policy/attention.backward-kv",
  "policy/attention.backward-q",
  "policy/attention.forward",
  "lib/lanes.quad",
  "lib/lanes.single",
  "lib/sequence-span",
  "policy/sink.backward",
);

const theta = 10_000;

/** Rotary positions, from each row's first token on, or their inverse. */
const turned = (
  x: readonly number[],
  shape: { T: number; headDim: number },
  rowHeads: number,
  start: readonly number[],
  by: 1 | -1,
): number[] => {
  // The inverse turns the other way: swap the halves before and after.
  const half = shape.headDim / 2;
  const swap = (values: readonly number[]) =>
    by === 1
      ? [...values]
      : values.map((_, i) => values[i % shape.headDim < half ? i + half : i - half]!);
  const perRow = shape.T * rowHeads * shape.headDim;
  return start.flatMap((first, b) =>
    swap(rotary(swap(x.slice(b * perRow, (b + 1) * perRow)), shape, rowHeads, theta, -first)),
  );
};

const allColumns = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

/** Rows of the heads of each part, in turn. */
function fuse(parts: readonly (readonly number[])[], rows: number): number[] {
  const widths = parts.map((part) => part.length / rows);
  return Array.from({ length: rows }, (_, row) =>
    parts.map((part, i) => part.slice(row * widths[i]!, (row + 1) * widths[i]!)),
  ).flat(2);
}

// B, T, query heads, key and value heads, head width: fewer queries than a workgroup, exactly one,
// and a ragged tail; the last row of every batch is padded on both sides. With and without the kernels
// whose lanes share loads. Windows: none, of any layer; none in this layer; narrower than the lanes that
// share; over several loads. Sinks; tokens after the scored ones.
const plain = { window: undefined, sinks: false, tail: 0 };
const shapes = [
  ...nodeOnly([[1, 5, 2, 2, 8, plain]] as const),
  [2, 16, 4, 2, 6, plain],
  ...nodeOnly([
    [3, 37, 3, 1, 12, plain],
    [2, 16, 4, 2, 6, { window: null, sinks: true, tail: 1 }],
    [2, 16, 4, 2, 6, { window: 3, sinks: false, tail: 0 }],
  ] as const),
  [3, 37, 3, 1, 12, { window: 10, sinks: true, tail: 1 }],
] as const;
describe.each(
  shapes.flatMap(([B, T, heads, kvHeads, headDim, options]) => [
    { B, T, heads, kvHeads, headDim, ...options, features: ["subgroups"] as const },
    { B, T, heads, kvHeads, headDim, ...options, features: [] },
  ]),
)(
  "attention, $B × $T, $heads heads over $kvHeads of width $headDim, window $window, sinks $sinks, tail $tail, features: $features",
  ({ B, T, heads, kvHeads, headDim, window, sinks, tail, features }) => {
    const extras = { window: window ?? null, sinks: sinks ? wave(heads, 1.1) : null };
    const half = headDim / 2;
    const stride = ceil4(half);
    const head = 2 * stride;
    const shape = {
      ...{ B, T, heads, kvHeads, head, headDim },
      ...{ windowed: window !== undefined, sinks, tail: tail > 0 },
    };
    const start = Array.from({ length: B }, (_, b) => (b === B - 1 ? 3 : 0));
    const end = Array.from({ length: B }, (_, b) => (b === B - 1 && B > 1 ? T - 2 : T) - tail);
    const batch = packBatch(
      { B, T, head: 4, tail },
      { tokens: allColumns(B * T), start: Uint32Array.from(start), end: Uint32Array.from(end) },
    );
    /** Column of each token, row after row. */
    const columns = [...batch.tokens.subarray(0, batch.rowRanges[1])];
    /** Of (B, T, width) numbers those of the tokens, in their order. */
    const packed = (values: readonly number[], width: number) =>
      columns.flatMap((at) => values.slice(at * width, (at + 1) * width));
    const q = wave(B * T * heads * headDim, 0.7).map((value) => 2 * value);
    const k = wave(B * T * kvHeads * headDim, 1.3).map((value) => 2 * value);
    const v = wave(B * T * kvHeads * headDim, 1.9);
    const dO = wave(q.length, 2.1);

    const [queries, keys] = [heads * headDim, kvHeads * headDim];
    const kv = packed(fuse([k, v], B * T), 2 * keys);
    const buffers = (device: GPUDevice) => ({
      q: upload(device, pad(packed(q, queries), half, stride)),
      kv: upload(device, pad(kv, half, stride)),
      spans: storageBufferOf(device, "batch", "spans", batch.spans),
      o: upload(device, wave(columns.length * heads * head, 5)),
      stats: storageBuffer(device, "batch", "stats", columns.length * heads * 2),
      window: window === undefined ? undefined : windowOf({ device }, window),
      sinks: extras.sinks ? upload(device, extras.sinks) : undefined,
    });

    test("forward agrees with float64", () =>
      withDevice(async (device) => {
        const b = buffers(device);
        const bind = await attentionForward(device, shape);
        run(device, bind(b));
        expectClose(
          unpad(await download(device, b.o), half, stride),
          packed(attention(q, k, v, start, shape, extras), queries),
        );
      }, features));

    test("gradients, before rotation, agree with central differences", () =>
      withDevice(async (device) => {
        const b = buffers(device);
        const dqkv = upload(device, wave(columns.length * (heads + 2 * kvHeads) * head, 5));
        const forward = await attentionForward(device, shape);
        const backward = await attentionBackward(device, shape);
        // The kernel reads what was turned: nudging is done before.
        const turn = (x: readonly number[], rowHeads: number, by: 1 | -1) =>
          turned(x, { T, headDim }, rowHeads, start, by);
        run(
          device,
          forward(b),
          backward({
            ...b,
            dO: upload(device, pad(packed(dO, queries), half, stride)),
            angles: storageBufferOf(device, "batch", "angles", rotaryAngles(T, { headDim, theta })),
            dqkv,
          }),
        );
        const rows = unpad(await download(device, dqkv), half, stride);
        const width = (heads + 2 * kvHeads) * headDim;
        const compare = (
          before: readonly number[],
          own: number,
          rowHeads: number,
          o: (at: readonly number[]) => number[],
        ) => {
          const w = rowHeads * headDim;
          const indices = spread(columns.length * w, 75);
          expectClose(
            indices.map((i) => rows[Math.floor(i / w) * width + own * headDim + (i % w)]!),
            gradientAt(
              (nudged) => dot(packed(dO, queries), packed(o(nudged), queries)),
              before,
              indices.map((i) => columns[Math.floor(i / w)]! * w + (i % w)),
            ),
            { rtol: 1e-4 },
          );
        };
        compare(turn(q, heads, -1), 0, heads, (at) =>
          attention(turn(at, heads, 1), k, v, start, shape, extras),
        );
        compare(turn(k, kvHeads, -1), heads, kvHeads, (at) =>
          attention(q, turn(at, kvHeads, 1), v, start, shape, extras),
        );
        compare(v, heads + kvHeads, kvHeads, (at) => attention(q, k, at, start, shape, extras));
      }, features));

    if (!sinks) return;
    test("the sinks' gradient agrees with central differences", () =>
      withDevice(async (device) => {
        const b = buffers(device);
        const R = columns.length;
        const most = R + 40;
        const forward = await attentionForward(device, shape);
        const backward = await attentionBackward(device, shape);
        const bind = await sinkBackward(device, { R: most, heads });
        const partial = upload(device, wave(vectorPartials({ R: most }) * ceil4(heads), 3));
        run(
          device,
          forward(b),
          backward({
            ...b,
            dO: upload(device, pad(packed(dO, queries), half, stride)),
            angles: storageBufferOf(device, "batch", "angles", rotaryAngles(T, { headDim, theta })),
            dqkv: upload(device, wave(R * (heads + 2 * kvHeads) * head, 5)),
          }),
          bind({ stats: b.stats, sinks: b.sinks!, partial, rowRange: allRows(device, R) }),
        );
        const parts = await download(device, partial);
        const found = Array.from({ length: ceil4(heads) }, (_, h) =>
          parts.reduce((sum, value, i) => (i % ceil4(heads) === h ? sum + value : sum), 0),
        );
        const loss = (at: readonly number[]) =>
          dot(
            packed(dO, queries),
            packed(attention(q, k, v, start, shape, { ...extras, sinks: at }), queries),
          );
        const expected = gradientAt(loss, extras.sinks!, [...allColumns(heads)]);
        expectClose(found, [...expected, ...new Array<number>(ceil4(heads) - heads).fill(0)], {
          rtol: 1e-4,
        });
      }, features));
  },
);

test("scores of ±10,000 neither overflow nor lose the highest", () =>
  withDevice(async (device) => {
    const shape = { B: 1, T: 3, heads: 1, kvHeads: 1, head: 8, headDim: 8 };
    const o = upload(device, wave(24, 5));
    const ones = (value: number) => [value, ...new Array<number>(7).fill(0)];
    const bind = await attentionForward(device, shape);
    run(
      device,
      bind({
        q: upload(device, [...ones(1e4), ...ones(1e4), ...ones(-1e4)]),
        kv: upload(device, [
          ...[...ones(-3), ...ones(1)],
          ...[...ones(3), ...ones(2)],
          ...[...ones(1), ...ones(4)],
        ]),
        spans: storageBufferOf(device, "batch", "spans", Uint32Array.of(0, 0, 0, 3, 0, 0)),
        o,
        stats: storageBuffer(device, "batch", "stats", 6),
      }),
    );
    const values = await download(device, o);
    expect([values[0], values[8], values[16]]).toEqual([1, 2, 1]);
  }));
