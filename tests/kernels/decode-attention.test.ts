import { expect, test } from "vitest";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { readBuffer } from "../../src/engine/gpu/readback.ts";
import { Kernel } from "../../src/engine/gpu/kernel.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { decodeAttention } from "../../src/engine/rollout/decode-attention.ts";
import advanceCode from "../../shaders/rollout/advance.wgsl?raw";
import { expectClose, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { attention } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

// B, columns so far, query heads, key and value heads, head width: fewer queries than a workgroup,
// exactly one, and a ragged tail; the last row of every batch is left-padded.
test.each([
  [1, 5, 2, 2, 8],
  [4, 9, 4, 2, 6],
  [7, 12, 3, 1, 12],
])(
  "%i × %i, %i heads over %i of width %i: the last query agrees with float64, ended rows stay",
  (B, T, heads, kvHeads, headDim) =>
    withDevice(async (device) => {
      const capacity = T + 3;
      const half = headDim / 2;
      const stride = ceil4(half);
      const head = 2 * stride;
      const start = Array.from({ length: B }, (_, b) => (b === B - 1 ? 3 : 0));
      const q = wave(B * T * heads * headDim, 0.7).map((value) => 2 * value);
      const k = wave(B * T * kvHeads * headDim, 1.3).map((value) => 2 * value);
      const v = wave(B * T * kvHeads * headDim, 1.9);

      /** Columns of (B, T, width); `only` the last. */
      const columns = (x: readonly number[], width: number, only: boolean) =>
        Array.from({ length: B }, (_, b) =>
          x.slice((b * T + (only ? T - 1 : 0)) * width, (b + 1) * T * width),
        );
      // What lies beyond the position in the cache must not be seen.
      const width = kvHeads * headDim;
      const cache = columns(k, width, false).flatMap((keys, b) => {
        const values = columns(v, width, false)[b]!;
        const rows = Array.from({ length: T }, (_, t) =>
          [keys, values].map((each) => each.slice(t * width, (t + 1) * width)),
        );
        return [
          ...pad(rows.flat(2), half, stride),
          ...wave((capacity - T) * 2 * kvHeads * head, 9),
        ];
      });
      const left = wave(B * heads * headDim, 5);
      const o = upload(device, pad(left, half, stride));
      // Where there are several rows the first has ended: what it held before stays.
      const ended = Array.from({ length: B }, (_, b) => (B > 1 && b === 0 ? 1 : 0));
      const bind = await decodeAttention(device, { heads, kvHeads, head, headDim, capacity });
      // The last row's cache is a buffer of its own.
      const perRow = capacity * 2 * kvHeads * head;
      const parts = [
        { first: 0, rows: B - 1 },
        { first: B - 1, rows: 1 },
      ].filter(({ rows }) => rows > 0);
      const buffers = {
        q: upload(device, pad(columns(q, heads * headDim, true).flat(), half, stride)),
        start: storageBufferOf(device, "start", Uint32Array.from(start)),
        ended: storageBufferOf(device, "ended", Uint32Array.from(ended)),
        position: storageBufferOf(device, "position", Uint32Array.of(T - 1)),
        o,
      };
      const cached = parts.map(({ first, rows }) =>
        upload(device, cache.slice(first * perRow, (first + rows) * perRow)),
      );
      run(device, ...parts.map((part, i) => bind({ ...buffers, kv: cached[i]! }, part)));
      const shape = { B, T, heads, kvHeads, headDim };
      const expected = columns(attention(q, k, v, start, shape), heads * headDim, true);
      expectClose(
        unpad(await download(device, o), half, stride),
        expected.flatMap((row, b) =>
          ended[b] === 1 ? left.slice(b * row.length, (b + 1) * row.length) : row,
        ),
      );
    }),
);

test("advance counts the position up", () =>
  withDevice(async (device) => {
    const position = storageBufferOf(device, "position", Uint32Array.of(7));
    const kernel = await Kernel.create(device, { label: "advance", code: advanceCode });
    run(device, kernel.bind([position], 1), kernel.bind([position], 1));
    expect(new Uint32Array(await readBuffer(device, position))[0]).toBe(9);
  }));
