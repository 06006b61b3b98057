import { describe, expect, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { attentionBackward, attentionForward } from "../../src/engine/layers/attention.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, wave } from "../support/numeric.ts";
import { gradientAt, pad, spread, unpad } from "../support/padding.ts";
import { attention } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

// B, T, query heads, key and value heads, head width: fewer queries than a workgroup, exactly one,
// and a ragged tail; the last row of every batch is left-padded. With and without the kernels whose
// lanes share loads.
const shapes = [
  [1, 5, 2, 2, 8],
  [2, 16, 4, 2, 6],
  [3, 37, 3, 1, 12],
] as const;
describe.each(
  shapes.flatMap(([B, T, heads, kvHeads, headDim]) => [
    { B, T, heads, kvHeads, headDim, features: ["subgroups"] as const },
    { B, T, heads, kvHeads, headDim, features: [] },
  ]),
)(
  "attention, $B × $T, $heads heads over $kvHeads of width $headDim, features: $features",
  ({ B, T, heads, kvHeads, headDim, features }) => {
    const half = headDim / 2;
    const stride = ceil4(half);
    const head = 2 * stride;
    const shape = { B, T, heads, kvHeads, head, headDim };
    const start = Array.from({ length: B }, (_, b) => (b === B - 1 ? 3 : 0));
    const q = wave(B * T * heads * headDim, 0.7).map((value) => 2 * value);
    const k = wave(B * T * kvHeads * headDim, 1.3).map((value) => 2 * value);
    const v = wave(B * T * kvHeads * headDim, 1.9);
    const dO = wave(q.length, 2.1);

    const buffers = (device: GPUDevice) => ({
      q: upload(device, pad(q, half, stride)),
      k: upload(device, pad(k, half, stride)),
      v: upload(device, pad(v, half, stride)),
      start: storageBufferOf(device, "start", Uint32Array.from(start)),
      o: upload(device, wave(B * T * heads * head, 5)),
      stats: storageBuffer(device, "stats", B * heads * T * 2),
    });

    test("forward agrees with float64", () =>
      withDevice(async (device) => {
        const b = buffers(device);
        const bind = await attentionForward(device, shape);
        run(device, bind(b));
        expectClose(
          unpad(await download(device, b.o), half, stride),
          attention(q, k, v, start, shape),
        );
      }, features));

    test("gradients agree with central differences", () =>
      withDevice(async (device) => {
        const b = buffers(device);
        const like = (rowHeads: number) => upload(device, wave(B * T * rowHeads * head, 5));
        const d = { dq: like(heads), dk: like(kvHeads), dv: like(kvHeads) };
        const forward = await attentionForward(device, shape);
        const backward = await attentionBackward(device, shape);
        run(
          device,
          forward(b),
          backward({ ...b, ...d, dO: upload(device, pad(dO, half, stride)) }),
        );
        const compare = async (
          buffer: GPUBuffer,
          at: readonly number[],
          o: (at: readonly number[]) => number[],
        ) => {
          const actual = unpad(await download(device, buffer), half, stride);
          const indices = spread(at.length, 150);
          expectClose(
            indices.map((i) => actual[i]!),
            gradientAt((nudged) => dot(dO, o(nudged)), at, indices),
            { rtol: 1e-4 },
          );
        };
        await compare(d.dq, q, (at) => attention(at, k, v, start, shape));
        await compare(d.dk, k, (at) => attention(q, at, v, start, shape));
        await compare(d.dv, v, (at) => attention(q, k, at, start, shape));
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
        k: upload(device, [...ones(-3), ...ones(3), ...ones(1)]),
        v: upload(device, [...ones(1), ...ones(2), ...ones(4)]),
        start: storageBuffer(device, "start", 1),
        o,
        stats: storageBuffer(device, "stats", 6),
      }),
    );
    const values = await download(device, o);
    expect([values[0], values[8], values[16]]).toEqual([1, 2, 1]);
  }));
