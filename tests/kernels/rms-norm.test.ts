import { describe, expect, test } from "vitest";
import { storageBuffer } from "../../src/engine/gpu/buffers.ts";
import {
  rmsNormBackward,
  rmsNormForward,
  rmsNormPartials,
} from "../../src/engine/layers/rms-norm.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { add, rmsNorm } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

const eps = 1e-5;

// Fewer rows than a workgroup, exactly one, and several chunks with a ragged last one; widths that
// need padding and one that does not.
describe.each([
  [3, 18],
  [16, 5],
  [75, 8],
])("rms-norm on (%i, %i)", (R, C) => {
  const shape = { R, C, eps };
  const stride = ceil4(C);
  const x = wave(R * C, 0.7);
  const gain = wave(C, 1.3);
  const dy = wave(R * C, 2.1);

  test("forward agrees with float64", () =>
    withDevice(async (device) => {
      const y = upload(device, wave(R * stride, 5));
      const bind = await rmsNormForward(device, shape);
      run(
        device,
        bind({
          x: upload(device, pad(x, C, stride)),
          gain: upload(device, pad(gain, C, stride)),
          y,
          rstd: storageBuffer(device, "rstd", R),
        }),
      );
      expectClose(unpad(await download(device, y), C, stride), rmsNorm(x, gain, eps));
    }));

  test.each(["accumulated", "overwritten"] as const)("gradients, dx %s", (mode) =>
    withDevice(async (device) => {
      const b = {
        x: upload(device, pad(x, C, stride)),
        gain: upload(device, pad(gain, C, stride)),
        rstd: storageBuffer(device, "rstd", R),
      };
      const before = wave(R * C, 0.19);
      const gainBefore = wave(C, 0.23);
      const dx = upload(device, pad(before, C, stride));
      const dgain = upload(device, pad(gainBefore, C, stride));
      const forward = await rmsNormForward(device, shape);
      const backward = await rmsNormBackward(device, shape, mode);
      run(
        device,
        forward({ ...b, y: storageBuffer(device, "y", R * stride) }),
        backward({
          ...b,
          dy: upload(device, pad(dy, C, stride)),
          dx,
          dgain,
          partial: storageBuffer(device, "partial", rmsNormPartials(shape)),
        }),
      );
      const loss = (x: readonly number[], gain: readonly number[]) =>
        dot(dy, rmsNorm(x, gain, eps));
      const intoX = gradient((at) => loss(at, gain), x);
      const tolerance = { rtol: 1e-4 };
      expectClose(
        unpad(await download(device, dx), C, stride),
        mode === "accumulated" ? add(intoX, before) : intoX,
        tolerance,
      );
      expectClose(
        unpad(await download(device, dgain), C, stride),
        add(
          gradient((at) => loss(x, at), gain),
          gainBefore,
        ),
        tolerance,
      );
    }),
  );
});

test("a row of zeros stays zero", () =>
  withDevice(async (device) => {
    const y = upload(device, wave(4, 1));
    const bind = await rmsNormForward(device, { R: 1, C: 4, eps });
    run(
      device,
      bind({
        x: upload(device, [0, 0, 0, 0]),
        gain: upload(device, [1, 2, 3, 4]),
        y,
        rstd: storageBuffer(device, "rstd", 1),
      }),
    );
    expect(await download(device, y)).toEqual([0, 0, 0, 0]);
  }));
