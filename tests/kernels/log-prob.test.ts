import { describe, test } from "vitest";
import { storageBuffer, storageBufferOf, uniformBuffer } from "../../src/engine/gpu/buffers.ts";
import { logProbBackward, logProbForward } from "../../src/engine/layers/log-prob.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { logProb } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

function setUp(device: GPUDevice, logits: readonly number[], targets: readonly number[]) {
  const R = targets.length;
  const V = logits.length / R;
  return {
    logits: upload(device, pad(logits, V, ceil4(V))),
    targets: storageBufferOf(device, "targets", Uint32Array.from(targets)),
    logp: storageBuffer(device, "logp", R),
    entropy: storageBuffer(device, "entropy", R),
    stats: storageBuffer(device, "stats", R * 2),
    params: uniformBuffer(device, "temperature", 1),
  };
}

// Rows and vocabulary: below, at and above a workgroup of 16 rows, and of 8 rows × 8 vec4s.
describe.each([
  [3, 17],
  [16, 32],
  [19, 42],
])("log-prob on (%i, %i)", (R, V) => {
  const logits = wave(R * V, 0.7).map((value) => 5 * value);
  const targets = Array.from({ length: R }, (_, r) => (r * 7 + V - 1) % V);

  test.each([1, 0.6])("agrees with float64 at temperature %f", (temperature) =>
    withDevice(async (device) => {
      const b = setUp(device, logits, targets);
      device.queue.writeBuffer(b.params, 0, Float32Array.of(temperature));
      const [dlogp, dentropy] = [wave(R, 2.1), wave(R, 2.7)];
      const dlogits = upload(device, wave(R * ceil4(V), 5));
      const forward = await logProbForward(device, { R, V });
      const backward = await logProbBackward(device, { R, V });
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
      const expected = logProb(logits, targets, V, temperature);
      expectClose(await download(device, b.logp), expected.logp);
      expectClose(await download(device, b.entropy), expected.entropy);
      const loss = (at: readonly number[]) => {
        const { logp, entropy } = logProb(at, targets, V, temperature);
        return dot(dlogp, logp) + dot(dentropy, entropy);
      };
      expectClose(unpad(await download(device, dlogits), V, ceil4(V)), gradient(loss, logits), {
        rtol: 1e-4,
      });
    }),
  );
});

test("a certain token has log-probability 0 and entropy 0, an impossible one stays finite", () =>
  withDevice(async (device) => {
    const b = setUp(device, [1000, 0, 0, 1000, 0, 0], [0, 1]);
    device.queue.writeBuffer(b.params, 0, Float32Array.of(1));
    const forward = await logProbForward(device, { R: 2, V: 3 });
    run(device, forward(b));
    expectClose(await download(device, b.logp), [0, -1000]);
    expectClose(await download(device, b.entropy), [0, 0]);
  }));
