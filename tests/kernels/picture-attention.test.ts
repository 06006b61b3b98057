import { describe, expect, test } from "vitest";
import { storageBuffer, storageBufferOf, uniformOf } from "../../src/engine/gpu/buffers.ts";
import { attentionForward } from "../../src/engine/layers/attention.ts";
import { pictureAttention } from "../../src/engine/layers/picture-attention.ts";
import { packBatch } from "../../src/engine/policy/packed-batch.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { pad } from "../support/padding.ts";
import { pictureShares } from "../support/reference-vision.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles, nodeOnly } from "../support/hosts.ts";

compiles("vision/picture-attention", "lib/sequence-span");

// Sequences, columns, of which so many are the prompt's, heads, key and value heads, head width; where
// the picture begins, and its tokens. Fewer scored tokens than a workgroup, exactly one, a ragged tail; a
// picture from the first token on and behind another one; heads that share keys, with and without padding.
const shapes = [
  { B: 2, T: 9, P: 6, heads: 4, kvHeads: 2, headDim: 6, begin: 1, N: 4 },
  ...nodeOnly([
    { B: 3, T: 22, P: 6, heads: 2, kvHeads: 2, headDim: 8, begin: 0, N: 5 },
    { B: 2, T: 27, P: 5, heads: 3, kvHeads: 1, headDim: 12, begin: 2, N: 2 },
  ]),
];

describe.each(shapes)(
  "$B sequences of $T tokens, $heads heads over $kvHeads of width $headDim, a picture of $N tokens from $begin on",
  ({ B, T, P, heads, kvHeads, headDim, begin, N }) => {
    const half = headDim / 2;
    const stride = ceil4(half);
    const head = 2 * stride;
    const shape = { B, T, heads, kvHeads, head, headDim };
    // Prompts of other lengths, and completions that end earlier.
    const start = Array.from({ length: B }, (_, b) => b % 2);
    const end = Array.from({ length: B }, (_, b) => T - (b % 2));
    const batch = packBatch(
      { B, T, head: P - 1 },
      {
        tokens: Uint32Array.from({ length: B * T }, (_, i) => i),
        start: Uint32Array.from(start),
        end: Uint32Array.from(end),
      },
    );
    const columns = [...batch.tokens.subarray(0, batch.rowRanges[1])];
    const packed = (values: readonly number[], width: number) =>
      columns.flatMap((at) => values.slice(at * width, (at + 1) * width));
    const q = wave(B * T * heads * headDim, 0.7).map((value) => 2 * value);
    const k = wave(B * T * kvHeads * headDim, 1.3).map((value) => 2 * value);
    const kv = columns.flatMap((at) => {
      const own = k.slice(at * kvHeads * headDim, (at + 1) * kvHeads * headDim);
      return [...own, ...own.map((value) => value + 1)];
    });

    test("shares of a picture's tokens and of all others agree with float64, in any layer's place", () =>
      withDevice(async (device) => {
        const b = {
          q: upload(device, pad(packed(q, heads * headDim), half, stride)),
          kv: upload(device, pad(kv, half, stride)),
          spans: storageBufferOf(device, "batch", "spans", batch.spans),
          stats: storageBuffer(device, "batch", "stats", columns.length * heads * 2),
        };
        const o = upload(device, wave(columns.length * heads * head, 5));
        const bind = await pictureAttention(device, { ...shape, N });
        run(device, (await attentionForward(device, shape))({ ...b, o }));
        for (let sequence = 0; sequence < B; sequence++) {
          const count = end[sequence]! - (P - 1);
          const each = count * heads * (N + 1);
          // What lies in the other layer's place stays.
          const before = wave(2 * each, 3);
          const looks = upload(device, before);
          const place = uniformOf(device, "begin", [begin]);
          const pass = bind({ ...b, begin: place, looks }, { sequence, count, layer: 1 });
          run(device, pass.run);
          pass.destroy();
          const found = await download(device, looks);
          expect(found.slice(0, each)).toEqual(before.slice(0, each).map(Math.fround));
          const of = { sequence, first: start[sequence]!, from: P - 1, to: end[sequence]! };
          const wanted = pictureShares(q, k, shape, { ...of, begin, N });
          expectClose(found.slice(each), wanted);
          for (let at = each; at < found.length; at += N + 1) {
            const sum = found.slice(at, at + N + 1).reduce((total, share) => total + share, 0);
            expect(sum).toBeCloseTo(1, 5);
          }
        }
      }));
  },
);
