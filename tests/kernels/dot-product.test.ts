import { describe, expect, test } from "vitest";
import { createDotProduct } from "../../src/engine/objective/dot-product.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("statistics/dot-product.finish", "statistics/dot-product.partial");

/** [norm of a, norm of b, cosine]. */
async function compare(device: GPUDevice, a: readonly number[], b: readonly number[]) {
  const product = await createDotProduct(device, a.length, upload(device, a), upload(device, b));
  run(device, product.run);
  return download(device, product.result);
}

// Fewer vec4s than one workgroup, exactly one, and a ragged tail over several lanes' strides.
describe.each([20, 256, 65_540])("two vectors of %i numbers", (length) => {
  test("have the norms and the cosine of float64", () =>
    withDevice(async (device) => {
      const a = wave(length, 0.7);
      const b = wave(length, 0.31);
      const inner = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
      const norms = [Math.hypot(...a), Math.hypot(...b)] as const;
      const found = await compare(device, a, b);
      expectClose(found, [...norms, inner / (norms[0] * norms[1])], { rtol: 1e-5, atol: 1e-6 });
    }));
});

test("a vector points where it points, and against its opposite", () =>
  withDevice(async (device) => {
    const a = wave(4096, 0.7);
    expectClose([(await compare(device, a, a))[2]!], [1]);
    const opposite = a.map((value) => -2 * value);
    expectClose([(await compare(device, a, opposite))[2]!], [-1]);
  }));

test("with no length there is no direction", () =>
  withDevice(async (device) => {
    expect(await compare(device, [3, 4, 0, 0], [0, 0, 0, 0])).toEqual([5, 0, 0]);
  }));
