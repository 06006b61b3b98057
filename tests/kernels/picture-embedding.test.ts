import { describe, test } from "vitest";
import { storageBufferOf, uniformOf } from "../../src/engine/gpu/buffers.ts";
import {
  pictureEmbeddingBackward,
  pictureEmbeddingForward,
} from "../../src/engine/layers/picture-embedding.ts";
import { packBatch } from "../../src/engine/policy/packed-batch.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("vision/picture-embedding.forward", "vision/picture-embedding.backward");

// A vocabulary of 7, three pictures of four features, of which the first may be no token. Sequences in
// no order, padded, of which two have the same picture and none has the last one.
const [V, M, S] = [7, 3, 4];

describe.each([
  { skip: 1, C: 6, B: 4, T: 9, head: 5, begin: 1 },
  { skip: 0, C: 8, B: 4, T: 10, head: 2, begin: 1 },
  // All is scored, and the second sequence is empty: its places are those of the third.
  { skip: 0, C: 4, B: 4, T: 8, head: 0, begin: 0, empty: 1 },
])(
  "prompts with pictures, skip $skip, width $C, head $head",
  ({ skip, C, B, T, head, begin, empty }) => {
    const stride = ceil4(C);
    const pictureOf = [1, 0, 1, 0];
    const start = Uint32Array.of(0, 2, 1, 0);
    const tokens = new Uint32Array(B * T);
    for (let b = 0; b < B; b++) {
      for (let t = start[b]!; t < T; t++) tokens[b * T + t] = (b + 3 * t) % V;
      for (let n = 0; n < S - skip; n++) {
        tokens[b * T + start[b]! + begin + n] = V + pictureOf[b]! * S + skip + n;
      }
    }
    const end = start.map((from, b) => (b === empty ? from : T));
    const packed = packBatch({ B, T, head }, { tokens, start, end });
    const R = packed.rowRanges[1]!;
    const table = wave(V * C, 0.7);
    const features = wave(M * S * C, 1.3);
    const dy = wave(R * C, 2.1);
    const embed = (features: readonly number[]) =>
      Array.from(packed.tokens.subarray(0, R)).flatMap((token) =>
        token < V
          ? table.slice(token * C, (token + 1) * C)
          : features.slice((token - V) * C, (token - V + 1) * C),
      );
    const padded = (values: readonly number[]) => pad(values, C, stride);

    test("have features in the place of some tokens", () =>
      withDevice(async (device) => {
        const forward = await pictureEmbeddingForward(device, { R: B * T, C: stride, V });
        const x = upload(device, wave(B * T * stride, 3));
        run(
          device,
          forward({
            tokens: storageBufferOf(device, "batch", "tokens", packed.tokens),
            table: upload(device, padded(table)),
            features: upload(device, padded(features)),
            rowRange: { binding: uniformOf(device, "rows", [0, R]), rows: () => R },
            x,
          }),
        );
        const found = await download(device, x);
        expectClose(unpad(found.slice(0, R * stride), C, stride), embed(features), { rtol: 1e-6 });
        expectClose(found.slice(R * stride), wave(B * T * stride, 3).slice(R * stride));
      }));

    test("the gradient of a feature is the sum over the sequences that have it", () =>
      withDevice(async (device) => {
        const shape = { C: stride, V, B, M, S, skip };
        const backward = await pictureEmbeddingBackward(device, shape);
        const dfeatures = upload(device, wave(M * S * stride, 3));
        run(
          device,
          backward({
            tokens: storageBufferOf(device, "batch", "tokens", packed.tokens),
            dx: upload(device, [...padded(dy), ...wave((B * T - R) * stride, 7)]),
            spans: storageBufferOf(device, "batch", "spans", packed.spans),
            begin: uniformOf(device, "begin", [begin]),
            dfeatures,
          }),
        );
        const wanted = gradient((at) => dot(dy, embed(at)), features);
        expectClose(unpad(await download(device, dfeatures), C, stride), wanted, { rtol: 1e-5 });
      }));
  },
);
