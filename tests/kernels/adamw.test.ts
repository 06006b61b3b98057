import { describe, expect, test } from "vitest";
import { createOptimizer } from "../../src/engine/optimizer/optimizer.ts";
import type { OptimizerSettings } from "../../src/engine/optimizer/update-rule.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("optimizer/adamw", "optimizer/gradient-norm.finish", "optimizer/gradient-norm.partial");

const settings: Omit<OptimizerSettings, "step"> = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 0.5,
};

/** Two tensors; only the first decays. */
const layoutOf = (length: number) => {
  const first = Math.ceil(length / 8) * 4;
  return {
    length,
    tensors: [
      { offset: 0, size: first, shape: [first], decay: true },
      { offset: first, size: length - first, shape: [length - first], decay: false },
    ],
  };
};

/** The header's formulas in float64, `steps` times; gradients are `gradientsAt(step)`. */
function reference(
  initial: readonly number[],
  gradientsAt: (step: number) => readonly number[],
  steps: number,
) {
  const { learningRate: lr, beta1, beta2, epsilon, weightDecay, maxGradNorm } = settings;
  const layout = layoutOf(initial.length);
  const p = [...initial];
  const m = initial.map(() => 0);
  const v = initial.map(() => 0);
  for (let t = 1; t <= steps; t++) {
    const g = gradientsAt(t);
    const factor = Math.min(1, maxGradNorm / (Math.hypot(...g) + 1e-6));
    for (let i = 0; i < p.length; i++) {
      const clipped = g[i]! * factor;
      m[i] = beta1 * m[i]! + (1 - beta1) * clipped;
      v[i] = beta2 * v[i]! + (1 - beta2) * clipped ** 2;
      const mHat = m[i]! / (1 - beta1 ** t);
      const vHat = v[i]! / (1 - beta2 ** t);
      const decays = layout.tensors.some((x) => x.decay && i >= x.offset && i < x.offset + x.size);
      p[i] =
        p[i]! * (1 - (decays ? lr * weightDecay : 0)) - (lr * mHat) / (Math.sqrt(vHat) + epsilon);
    }
  }
  return { p, m, v };
}

async function trained(
  device: GPUDevice,
  initial: readonly number[],
  gradientsAt: (step: number) => readonly number[],
  steps: number,
) {
  const params = upload(device, initial);
  const dparams = upload(device, initial);
  const optimizer = await createOptimizer(
    device,
    layoutOf(initial.length),
    { params, dparams },
    "adamw_torch",
  );
  for (let step = 1; step <= steps; step++) {
    device.queue.writeBuffer(dparams, 0, Float32Array.from(gradientsAt(step)));
    optimizer.configure({ ...settings, step });
    run(device, optimizer.run);
  }
  return { params, dparams, optimizer };
}

// Fewer vec4s than one workgroup, exactly one, and a ragged tail; decay ends inside a word of bits.
describe.each([20, 256, 1_412])("AdamW on %i parameters", (length) => {
  const initial = wave(length, 1.3);
  // Small gradients, then ones that are clipped.
  const gradientsAt = (step: number) => wave(length, 0.7).map((g) => g * 0.01 * step ** 2);

  test.each([1, 12])("agrees with float64 after %i steps", (steps) =>
    withDevice(async (device) => {
      const { params, optimizer } = await trained(device, initial, gradientsAt, steps);
      const expected = reference(initial, gradientsAt, steps);
      expectClose(await download(device, params), expected.p);
      expectClose(await download(device, optimizer.state[0]!), expected.m);
      expectClose(await download(device, optimizer.state[1]!), expected.v);
    }),
  );
});

test("a gradient that is not finite leaves weights and moments alone", () =>
  withDevice(async (device) => {
    const gradients = wave(64, 0.7);
    const { params, dparams, optimizer } = await trained(device, wave(64, 1.3), () => gradients, 2);
    const everything = () =>
      Promise.all([params, ...optimizer.state].map((buffer) => download(device, buffer)));
    const before = await everything();

    device.queue.writeBuffer(dparams, 0, Float32Array.from(gradients.with(17, NaN)));
    optimizer.configure({ ...settings, step: 3 });
    run(device, optimizer.run);
    expect((await download(device, optimizer.status))[1]).toBe(1);
    expect(await everything()).toEqual(before);
  }));

test("after a reset it starts over", () =>
  withDevice(async (device) => {
    const { optimizer } = await trained(device, wave(64, 1.3), () => wave(64, 0.7), 3);
    optimizer.reset();
    for (const buffer of optimizer.state) {
      expect(await download(device, buffer)).toEqual(Array(64).fill(0));
    }
  }));

test("an optimizer it does not have is refused by name", () =>
  withDevice(async (device) => {
    const buffers = { params: upload(device, wave(4, 1)), dparams: upload(device, wave(4, 1)) };
    await expect(createOptimizer(device, layoutOf(8), buffers, "shampoo")).rejects.toThrow(
      'optim is "shampoo"',
    );
  }));
