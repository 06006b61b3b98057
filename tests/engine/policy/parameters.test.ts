import { describe, expect, test } from "vitest";
import {
  initialParameters,
  packParameters,
  parameterLayout,
  unpackParameters,
} from "../../../src/engine/policy/parameters.ts";
import { checkShape } from "../../../src/engine/policy/check-shape.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import { wave } from "../../support/numeric.ts";

const shape: PolicyShape = {
  layers: 2,
  width: 18,
  heads: 3,
  kvHeads: 1,
  hidden: 22,
  vocab: 17,
  tied: false,
  padTokenId: null,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
};
const layout = parameterLayout(shape);

test("tensors do not overlap, and bindings start at multiples of 256 bytes", () => {
  let end = 0;
  for (const { name, offset, size } of layout.tensors) {
    expect(offset).toBeGreaterThanOrEqual(end);
    end = offset + size;
    if (!/\.(k_proj|v_proj|up_proj)\.weight$/.test(name)) expect(offset % 64).toBe(0);
  }
  expect(layout.length).toBeGreaterThanOrEqual(end);
});

test("the count is the number of trainable numbers", () => {
  const perLayer = 18 * 18 * 2 + 6 * 18 * 2 + 3 * 22 * 18 + 2 * 18;
  expect(layout.count).toBe(2 * 17 * 18 + 2 * perLayer + 18);
});

test("norms do not decay, everything else does", () => {
  const still = layout.tensors.filter(({ decay }) => !decay).map(({ name }) => name);
  expect(still).toHaveLength(5);
  expect(still.every((name) => name.endsWith("norm.weight"))).toBe(true);
});

test("where every parameter decays, norms do too, and nothing lies elsewhere", () => {
  const all = parameterLayout(shape, true);
  expect(all.tensors.every(({ decay }) => decay)).toBe(true);
  expect(all.tensors.map((tensor) => ({ ...tensor, decay: null }))).toEqual(
    layout.tensors.map((tensor) => ({ ...tensor, decay: null })),
  );
});

test("unpacking gives back what was packed, and the padding is zero", () => {
  const tensors = Object.fromEntries(
    layout.tensors.map(({ name, shape: sizes }, i) => [
      name,
      Float32Array.from(
        wave(
          sizes.reduce((a, b) => a * b, 1),
          0.3 + i,
        ),
      ),
    ]),
  );
  const flat = packParameters(layout, tensors);
  expect(unpackParameters(layout, flat)).toEqual(tensors);
  expect(flat.filter((value) => value !== 0)).toHaveLength(layout.count);
});

test("a tensor of the wrong length is named", () => {
  const tensors = unpackParameters(layout, initialParameters(shape, 1));
  const wrong = { ...tensors, "model.norm.weight": [1, 2] };
  expect(() => packParameters(layout, wrong)).toThrow("model.norm.weight has 2 numbers");
});

describe("fresh weights", () => {
  const tensors = unpackParameters(layout, initialParameters(shape, 5));
  const deviation = (name: string) => {
    const values = tensors[name]!;
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };

  test("are the same for the same seed, and others for another", () => {
    expect(initialParameters(shape, 5)).toEqual(initialParameters(shape, 5));
    expect(initialParameters(shape, 6)).not.toEqual(initialParameters(shape, 5));
  });

  test("have the stated sizes", () => {
    expect(tensors["model.norm.weight"]!.every((value) => value === 1)).toBe(true);
    expect(deviation("model.layers.0.mlp.gate_proj.weight")).toBeCloseTo(1 / Math.sqrt(18), 1);
    expect(deviation("model.layers.0.mlp.down_proj.weight")).toBeCloseTo(0.5 / Math.sqrt(22), 1);
  });
});

test.each([
  [{ kvHeads: 2 }, "kvHeads 2 does not divide heads 3"],
  [{ heads: 4, kvHeads: 1 }, "head width is 4.5"],
  [{ heads: 6, kvHeads: 1 }, "head width 3 is odd"],
  [{ padTokenId: 17 }, "padTokenId 17 is not in a vocabulary of 17"],
  [{ layers: 0 }, "layers is 0"],
])("%o is refused", (wrong, message) => {
  expect(() => checkShape({ ...shape, ...wrong })).toThrow(message);
});
