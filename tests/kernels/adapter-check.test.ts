import { describe, expect, test } from "vitest";
import type { GpuContext } from "../../src/engine/gpu/context.ts";
import { families } from "../../src/engine/gpu/family.ts";
import { checkAdapter } from "../../src/engine/layers/adapter-check.ts";
import { compiles } from "../support/hosts.ts";
import { withDevice } from "../support/with-device.ts";

compiles("statistics/adapter-check");

const REAL = {
  vendor: "nvidia",
  architecture: "ampere",
  description: "",
  isFallbackAdapter: false,
};

/**
 * The same device under another identity for the check, which looks at each once: one of a real GPU's
 * name, on which products are looked at too, and whose shaders pass through `change`.
 */
function disguised(device: GPUDevice, change: (code: string) => string): GPUDevice {
  return new Proxy(device, {
    get: (target, key): unknown => {
      if (key === "adapterInfo") return REAL;
      if (key === "createShaderModule")
        return ({ code, ...more }: GPUShaderModuleDescriptor) =>
          target.createShaderModule({ ...more, code: change(code) });
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** What a driver that computes this in place of that is told to be. */
const wrong = (device: GPUDevice, matmul: GpuContext["matmul"], from: string, to: string) => {
  let changed = 0;
  const liar = disguised(device, (code) => {
    const other = code.replace(from, to);
    changed += Number(other !== code);
    return other;
  });
  return checkAdapter({ device: liar, matmul }).then(
    () => `nothing, of ${changed} changed`,
    (error: Error) => `${changed} changed: ${error.message}`,
  );
};

test("an adapter that computes right passes, software or not", () =>
  withDevice(async (device) => {
    await expect(checkAdapter({ device, matmul: "register" })).resolves.toBeUndefined();
    for (const matmul of families) {
      const real = disguised(device, (code) => code);
      await expect(checkAdapter({ device: real, matmul })).resolves.toBeUndefined();
    }
  }));

describe("a driver that computes wrongly is told so", () => {
  // Barriers that do not wait, a wrong high word, NaN folded away, exp and ln that are off, a loop that ends too soon.
  test.each([
    ["half > 0;", "half > 1;", "a sum of hashes"],
    ["(middle2 >> 16)", "(middle2 >> 17)", "a sum of hashes"],
    ["* f32(lane);", "* f32(lane) + 0.5;", "a sum of products"],
    ["> 0x7f800000u", "> 0x7fffffffu", "the number of NaN"],
    ["exp(-f32(i) / 8.0)", "exp(-f32(i) / 8.001)", "a sum of exponentials"],
    ["log(1.0 + f32(i))", "log2(1.0 + f32(i))", "a sum of logarithms"],
    ["sum += x[i];", "sum += x[i] & 0x7fffffffu;", "a sum of integers"],
  ])("%s → %s", (from, to, what) =>
    withDevice(async (device) => {
      const told = await wrong(device, "register", from, to);
      expect(told).toMatch(new RegExp(`^1 changed: .* does not compute right: ${what} came to `));
    }),
  );

  test.each([
    ["register", "k < I4; k++", "k < I4 - 1u; k++"],
    ["workgroup", "k < tile.end; k += DEPTH", "k < tile.end - DEPTH; k += DEPTH"],
  ] as const)("in the %s products", (family, from, to) =>
    withDevice(async (device) => {
      const told = await wrong(device, family, from, to);
      expect(told).toMatch(/entry \d+, \d+ of a matrix product came to /);
    }),
  );
});
