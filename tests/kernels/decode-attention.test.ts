import { test } from "vitest";
import { storageBufferOf, uniformOf } from "../../src/engine/gpu/buffers.ts";
import { windowOf } from "../../src/engine/layers/attention.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { decodeAttention } from "../../src/engine/sampler/decode-attention.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { attention } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("sampler/decode-attention");

// B, columns so far, query heads, key and value heads, head width: fewer queries than a workgroup,
// exactly one, and a ragged tail; the last row of every batch is left-padded. With a window, without
// one in a layer of several, and with sinks.
test.each([
  [1, 5, 2, 2, 8, undefined, false],
  [4, 9, 4, 2, 6, undefined, false],
  [7, 12, 3, 1, 12, undefined, false],
  [4, 9, 4, 2, 6, 4, true],
  [4, 9, 4, 2, 6, null, true],
] as const)(
  "%i × %i, %i heads over %i of width %i, window %s, sinks %s: the last query of the rows that go on agrees with float64",
  (B, T, heads, kvHeads, headDim, window, sinks) =>
    withDevice(async (device) => {
      const extras = { window: window ?? null, sinks: sinks ? wave(heads, 1.1) : null };
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
      // Where there are several rows the first has ended: the others are packed.
      const live = [...start.keys()].filter((b) => B === 1 || b > 0);
      const queries = columns(q, heads * headDim, true);
      const o = upload(device, wave(B * heads * head, 5));
      const bind = await decodeAttention(device, {
        ...{ heads, kvHeads, head, headDim },
        ...{ windowed: window !== undefined, sinks },
      });
      // The last row's cache is a buffer of its own.
      const perRow = capacity * 2 * kvHeads * head;
      const parts = [
        { first: 0, rows: B - 1 },
        { first: B - 1, rows: 1 },
      ].filter(({ rows }) => rows > 0);
      const positions = live.map((b) => [
        T - 1 - start[b]!,
        (b - parts.findLast(({ first }) => first <= b)!.first) * capacity + T - 1,
      ]);
      const buffers = {
        q: upload(
          device,
          pad(
            live.flatMap((b) => queries[b]!),
            half,
            stride,
          ),
        ),
        positions: storageBufferOf(
          device,
          "batch",
          "positions",
          Uint32Array.from(positions.flat()),
        ),
        o,
        window: window === undefined ? undefined : windowOf({ device }, window),
        sinks: extras.sinks ? upload(device, extras.sinks) : undefined,
      };
      run(
        device,
        ...parts.map(({ first, rows }) => {
          const from = live.filter((b) => b < first).length;
          const to = live.filter((b) => b < first + rows).length;
          const kv = upload(device, cache.slice(first * perRow, (first + rows) * perRow));
          return bind(
            { ...buffers, kv, rowRange: uniformOf(device, "rowRange", [from, to]) },
            rows,
          );
        }),
      );
      const shape = { B, T, heads, kvHeads, headDim };
      const expected = columns(attention(q, k, v, start, shape, extras), heads * headDim, true);
      const found = await download(device, o);
      const end = live.length * heads * head;
      expectClose(
        unpad(found.slice(0, end), half, stride),
        live.flatMap((b) => expected[b]!),
      );
      expectClose(found.slice(end), wave(B * heads * head, 5).slice(end));
    }),
);
