import { describe, expect, test } from "vitest";
import { createOptimizer } from "../../src/engine/optimizer/optimizer.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "optimizer/gradient-norm.finish",
  "optimizer/gradient-norm.partial",
  "optimizer/lion",
  "optimizer/sgd",
);

const settings = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 0.5,
};
const { learningRate: lr, beta1, beta2, weightDecay, maxGradNorm } = settings;
const STEPS = 5;

interface Parameter {
  p: number;
  m: number;
}

/** The headers' formulas for one parameter, in float64. */
const formulas: Record<string, (x: Parameter, g: number, decay: number) => Parameter> = {
  sgd: ({ p, m }, g, decay) => ({ p: p - lr * (g + decay * p), m }),
  lion_32bit: ({ p, m }, g, decay) => ({
    p: p - lr * (Math.sign(beta1 * m + (1 - beta1) * g) + decay * p),
    m: beta2 * m + (1 - beta2) * g,
  }),
};

// Fewer vec4s than one workgroup, exactly one, and a ragged tail.
describe.each([20, 256, 1_412])("on %i parameters", (length) => {
  const first = Math.ceil(length / 8) * 4;
  const layout = {
    length,
    tensors: [
      { offset: 0, size: first, shape: [first], decay: true },
      { offset: first, size: length - first, shape: [length - first], decay: false },
    ],
  };
  const initial = wave(length, 1.3);
  const gradientsAt = (step: number) => wave(length, 0.7).map((g) => g * 0.02 * step ** 2);

  test.each(Object.keys(formulas))("%s agrees with float64", (optim) =>
    withDevice(async (device) => {
      const params = upload(device, initial);
      const dparams = upload(device, initial);
      const optimizer = await createOptimizer(device, layout, { params, dparams }, optim);
      let expected = initial.map((p) => ({ p, m: 0 }));
      for (let step = 1; step <= STEPS; step++) {
        const gradients = gradientsAt(step);
        device.queue.writeBuffer(dparams, 0, Float32Array.from(gradients));
        optimizer.configure({ ...settings, step });
        run(device, optimizer.run);
        const factor = Math.min(1, maxGradNorm / (Math.hypot(...gradients) + 1e-6));
        expected = expected.map((x, i) =>
          formulas[optim]!(x, gradients[i]! * factor, i < first ? weightDecay : 0),
        );
      }
      expectClose(
        await download(device, params),
        expected.map(({ p }) => p),
      );
      const [m] = optimizer.state;
      if (m) {
        expectClose(
          await download(device, m),
          expected.map((x) => x.m),
        );
      }
    }),
  );

  test.each(Object.keys(formulas))("%s leaves all alone when a gradient is not finite", (optim) =>
    withDevice(async (device) => {
      const params = upload(device, initial);
      const dparams = upload(device, gradientsAt(1).with(length - 1, NaN));
      const optimizer = await createOptimizer(device, layout, { params, dparams }, optim);
      optimizer.configure({ ...settings, step: 1 });
      run(device, optimizer.run);
      expect(await download(device, params)).toEqual(initial.map(Math.fround));
      for (const buffer of optimizer.state) {
        expect((await download(device, buffer)).every((value) => value === 0)).toBe(true);
      }
    }),
  );
});
