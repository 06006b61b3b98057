import { expect, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../../src/engine/gpu/buffers.ts";
import { initialParameters, parameterLayout } from "../../../src/engine/policy/parameters.ts";
import { createPolicy } from "../../../src/engine/policy/policy.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import { download, run, withDevice, withRegisters } from "../../support/with-device.ts";

const shape: PolicyShape = {
  layers: 2,
  width: 16,
  heads: 2,
  kvHeads: 1,
  hidden: 32,
  vocab: 20,
  tied: true,
  padTokenId: 0,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
};

async function policyOver(device: GPUDevice, T: number) {
  const { length } = parameterLayout(shape);
  const dparams = storageBuffer(device, "batch", "gradients", length);
  const params = storageBufferOf(device, "batch", "parameters", initialParameters(shape, 1));
  const policy = await createPolicy(
    withRegisters(device),
    shape,
    { B: 1, T, head: 0 },
    { params, dparams },
  );
  return { policy, dparams };
}

test("twice the context takes at most twice the memory", () =>
  withDevice(async (device) => {
    const bytes = async (T: number) => {
      const { policy } = await policyOver(device, T);
      policy.destroy();
      return policy.bytes;
    };
    const [at1024, at2048, at4096] = [await bytes(1024), await bytes(2048), await bytes(4096)];
    expect(at2048).toBeLessThanOrEqual(2 * at1024);
    expect(at4096).toBeLessThanOrEqual(2 * at2048);
    // One attention matrix alone would be heads · T² floats.
    expect(at2048).toBeLessThan(shape.heads * 2048 ** 2 * 4);
  }));

test("a context of 2048 trains: log-probs and gradients are finite", () =>
  withDevice(async (device) => {
    const T = 2048;
    const { policy, dparams } = await policyOver(device, T);
    const ids = Uint32Array.from({ length: T }, (_, t) => 1 + ((t * t) % 19));
    policy.load({ tokens: ids, start: Uint32Array.of(0), end: null });
    device.queue.writeBuffer(policy.targets, 0, ids);
    device.queue.writeBuffer(policy.dlogp, 0, new Float32Array(T).fill(1 / T));
    run(device, policy.forward, policy.backward);
    const logp = await download(device, policy.logp);
    expect(logp.every((value) => Number.isFinite(value) && value < 0)).toBe(true);
    const gradients = await download(device, dparams);
    expect(gradients.every(Number.isFinite)).toBe(true);
    expect(gradients.some((value) => value !== 0)).toBe(true);
  }));
