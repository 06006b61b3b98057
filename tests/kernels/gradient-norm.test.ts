import { describe, expect, test } from "vitest";
import { createGradientNorm } from "../../src/engine/optimizer/gradient-norm.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("optimizer/gradient-norm.finish", "optimizer/gradient-norm.partial");

const l2 = (values: readonly number[]) => Math.hypot(...values);

/** [norm, skipped, factor] of these gradients. */
async function statusOf(device: GPUDevice, gradients: readonly number[], maxGradNorm: number) {
  const norm = await createGradientNorm(device, gradients.length, upload(device, gradients));
  norm.configure(maxGradNorm);
  run(device, norm.run);
  return download(device, norm.status);
}

// Fewer vec4s than one workgroup, exactly one, and a ragged tail over several lanes' strides.
describe.each([20, 256, 65_540])("the norm of %i gradients", (length) => {
  const gradients = wave(length, 0.7);

  test("agrees with float64", () =>
    withDevice(async (device) => {
      const [norm, skipped, factor] = await statusOf(device, gradients, 0.1);
      expectClose([norm!], [l2(gradients)]);
      expectClose([factor!], [0.1 / (l2(gradients) + 1e-6)]);
      expect(skipped).toBe(0);
    }));

  test.each([NaN, Infinity, -Infinity])("a single %d anywhere is noticed", (bad) =>
    withDevice(async (device) => {
      for (const at of [0, length >> 1, length - 1]) {
        const [, skipped] = await statusOf(device, gradients.with(at, bad), 1);
        expect(skipped).toBe(1);
      }
    }),
  );
});

test("gradients below the bound are left as they are", () =>
  withDevice(async (device) => {
    expect(await statusOf(device, [0.3, 0.4, 0, 0], 1)).toEqual([expect.closeTo(0.5, 6), 0, 1]);
  }));

test("a bound of 0 turns clipping off", () =>
  withDevice(async (device) => {
    expect(await statusOf(device, [30, 40, 0, 0], 0)).toEqual([expect.closeTo(50, 4), 0, 1]);
  }));

test("no gradient at all is not an error", () =>
  withDevice(async (device) => {
    expect(await statusOf(device, [0, 0, 0, 0], 1)).toEqual([0, 0, 1]);
  }));

test("a norm that overflows is not finite", () =>
  withDevice(async (device) => {
    const [, skipped] = await statusOf(device, [1e30, 1, 1, 1], 1);
    expect(skipped).toBe(1);
  }));

test("is the same, bit for bit, every time", () =>
  withDevice(async (device) => {
    const gradients = wave(40_004, 0.37);
    const first = await statusOf(device, gradients, 1);
    for (let i = 0; i < 3; i++) expect(await statusOf(device, gradients, 1)).toEqual(first);
  }));
