import { describe, expect, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import {
  logProbBackward,
  logProbForward,
  logProbParams,
} from "../../src/engine/layers/log-prob.ts";
import { packBatch, scoredIndex } from "../../src/engine/policy/packed-batch.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { logProb } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("policy/log-prob.backward", "policy/log-prob.forward", "lib/sequence-span");

/** B rows of K columns; row b begins at `start[b]`, and of every other row the last column is no token. */
function setUp(
  device: GPUDevice,
  { B, K, V }: { B: number; K: number; V: number },
  start: readonly number[],
  logits: readonly number[],
  targets: readonly number[],
) {
  const batch = {
    tokens: new Uint32Array(B * K),
    start: Uint32Array.from(start),
    end: Uint32Array.from({ length: B }, (_, b) => K - (b % 2)),
  };
  const { spans } = packBatch({ B, T: K, head: 0 }, batch);
  const R = B * K;
  return {
    indices: Array.from({ length: R }, (_, scored) => scoredIndex(spans, K, scored)),
    buffers: {
      logits: upload(device, pad(logits, V, ceil4(V))),
      targets: storageBufferOf(device, "batch", "targets", Uint32Array.from(targets)),
      logp: upload(device, wave(R, 5)),
      entropy: upload(device, wave(R, 5)),
      stats: storageBuffer(device, "batch", "stats", R * 2),
      spans: storageBufferOf(device, "batch", "spans", spans),
      params: logProbParams(device, { K }),
    },
  };
}

// Rows, columns and vocabulary: below, at and above a workgroup of 16, and of 8 × 8 vec4s.
describe.each([
  [1, 3, 17],
  [2, 8, 32],
  [3, 7, 42],
])("log-prob on (%i, %i, %i)", (B, K, V) => {
  const R = B * K;
  const logits = wave(R * V, 0.7).map((value) => 5 * value);
  const targets = Array.from({ length: R }, (_, r) => (r * 7 + V - 1) % V);
  const start = Array.from({ length: B }, (_, b) => b);

  test.each([1, 0.6])("agrees with float64 at temperature %f", (temperature) =>
    withDevice(async (device) => {
      const shape = { B, K, V };
      const { buffers: b, indices } = setUp(device, shape, start, logits, targets);
      device.queue.writeBuffer(b.params, 0, Float32Array.of(temperature));
      const [dlogp, dentropy] = [wave(R, 2.1), wave(R, 2.7)];
      const dlogits = upload(device, wave(R * ceil4(V), 5));
      const forward = await logProbForward(device, shape);
      const backward = await logProbBackward(device, shape);
      run(
        device,
        forward(b),
        backward({
          ...b,
          dlogp: upload(device, dlogp),
          dentropy: upload(device, dentropy),
          dlogits,
        }),
      );
      const real = indices.flatMap((index, scored) => (index === null ? [] : [{ index, scored }]));
      expect(real.length).toBeLessThanOrEqual(R);
      expect(real.map(({ index }) => index)).toEqual(real.map((_, i) => i));
      const own = <T>(values: readonly T[]) => real.map(({ scored }) => values[scored]!);
      /** Of the columns in order, from logits whose rows are packed. */
      const of = (at: readonly number[]) => {
        const { logp, entropy } = logProb(at, own(targets), V, temperature);
        const spread = (values: readonly number[]) =>
          indices.map((index) => (index === null ? 0 : values[index]!));
        return { logp: spread(logp), entropy: spread(entropy) };
      };
      const packed = logits.slice(0, real.length * V);
      expectClose(await download(device, b.logp), of(packed).logp);
      expectClose(await download(device, b.entropy), of(packed).entropy);
      const loss = (at: readonly number[]) =>
        dot(dlogp, of(at).logp) + dot(dentropy, of(at).entropy);
      const found = (await download(device, dlogits)).slice(0, real.length * ceil4(V));
      expectClose(unpad(found, V, ceil4(V)), gradient(loss, packed), { rtol: 1e-4 });
    }),
  );
});

test("a certain token has log-probability 0 and entropy 0, an impossible one stays finite", () =>
  withDevice(async (device) => {
    const shape = { B: 1, K: 2, V: 3 };
    const { buffers: b } = setUp(device, shape, [0], [1000, 0, 0, 1000, 0, 0], [0, 1]);
    const forward = await logProbForward(device, shape);
    run(device, forward(b));
    expectClose(await download(device, b.logp), [0, -1000]);
    expectClose(await download(device, b.entropy), [0, 0]);
  }));
