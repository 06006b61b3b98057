import { describe, test } from "vitest";
import { layerNormBackward, layerNormForward } from "../../src/engine/layers/layer-norm.ts";
import { layOutPartials, sumPartials } from "../../src/engine/layers/sum-partials.ts";
import { vectorPartials } from "../../src/engine/layers/vector-partials.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { add } from "../support/reference-layers.ts";
import { layerNorm } from "../support/reference-vision.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("vision/layer-norm.forward", "vision/layer-norm.backward");

const eps = 1e-5;

// Fewer rows than a workgroup, exactly one, several chunks with a ragged last one; widths with padding
// and without.
describe.each([
  [3, 18],
  [16, 5],
  [75, 8],
])("layer-norm on (%i, %i)", (R, C) => {
  const shape = { R, C, eps };
  const stride = ceil4(C);
  // A mean far from 0: a variance that is not taken about it loses its digits.
  const x = wave(R * C, 0.7).map((value) => 3 + value);
  const gain = wave(C, 1.3);
  const bias = wave(C, 0.9);
  const dy = wave(R * C, 2.1);
  const loss = (x: readonly number[], gain: readonly number[], bias: readonly number[]) =>
    dot(dy, layerNorm(x, gain, bias, eps));
  const padded = (values: readonly number[]) => pad(values, C, stride);

  const normalised = async (device: GPUDevice) => {
    const buffers = {
      x: upload(device, padded(x)),
      gainBias: upload(device, [...padded(gain), ...padded(bias)]),
      stats: upload(device, wave(2 * R, 5)),
    };
    const y = upload(device, wave(R * stride, 3));
    const forward = await layerNormForward(device, shape);
    run(device, forward({ ...buffers, y }));
    return { ...buffers, y };
  };

  test("forward agrees with float64", () =>
    withDevice(async (device) => {
      const { y } = await normalised(device);
      expectClose(unpad(await download(device, y), C, stride), layerNorm(x, gain, bias, eps));
    }));

  test.each(["accumulated", "overwritten"] as const)("gradients, dx %s", (mode) =>
    withDevice(async (device) => {
      const buffers = await normalised(device);
      const before = wave(x.length, 0.19);
      const gainBiasBefore = wave(2 * C, 0.23);
      const dx = upload(device, padded(before));
      const dgainBias = upload(device, padded(gainBiasBefore));
      const all = [{ offset: 0, length: 2 * stride, count: vectorPartials({ R }) }];
      const partial = upload(device, wave(layOutPartials(all).length, 9));
      const backward = await layerNormBackward(device, shape, mode);
      const sum = await sumPartials(device, all, 2 * stride);
      run(
        device,
        backward({ ...buffers, dy: upload(device, padded(dy)), dx, partial }),
        sum({ partial, dparams: dgainBias }).run,
      );
      const tolerance = { rtol: 1e-4 };
      const intoX = gradient((at) => loss(at, gain, bias), x);
      expectClose(
        unpad(await download(device, dx), C, stride),
        mode === "accumulated" ? add(intoX, before) : intoX,
        tolerance,
      );
      const wanted = [
        ...gradient((at) => loss(x, at, bias), gain),
        ...gradient((at) => loss(x, gain, at), bias),
      ];
      expectClose(
        unpad(await download(device, dgainBias), C, stride),
        add(wanted, gainBiasBefore),
        tolerance,
      );
    }),
  );
});
