import { describe, test } from "vitest";
import { swigluBackward, swigluForward } from "../../src/engine/layers/swiglu.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { swiglu } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

/** Rows of a's columns, then b's. */
const beside = (a: readonly number[], b: readonly number[], columns: number): number[] =>
  Array.from({ length: a.length / columns }, (_, r) => [
    ...a.slice(r * columns, (r + 1) * columns),
    ...b.slice(r * columns, (r + 1) * columns),
  ]).flat();

// Rows and hidden width: below, at and above the workgroup of 8 rows × 8 vec4s.
describe.each([
  [3, 12],
  [8, 32],
  [11, 44],
])("swiglu on (%i, %i)", (R, F) => {
  const gate = wave(R * F, 0.7).map((value) => 4 * value);
  const up = wave(R * F, 1.3);
  const dh = wave(R * F, 2.1);

  test("agrees with float64", () =>
    withDevice(async (device) => {
      const gateUp = upload(device, beside(gate, up, F));
      const h = upload(device, wave(R * F, 5));
      const dgateUp = upload(device, wave(2 * R * F, 5));
      const forward = await swigluForward(device, { R, F });
      const backward = await swigluBackward(device, { R, F });
      run(device, forward({ gateUp, h }), backward({ gateUp, dh: upload(device, dh), dgateUp }));

      expectClose(await download(device, h), swiglu(gate, up));
      expectClose(
        await download(device, dgateUp),
        beside(
          gradient((at) => dot(dh, swiglu(at, up)), gate),
          gradient((at) => dot(dh, swiglu(gate, at)), up),
          F,
        ),
        { rtol: 1e-4 },
      );
    }));
});

test("gates of ±200 neither overflow nor turn into NaN", () =>
  withDevice(async (device) => {
    const gate = [200, -200, 90, -90];
    const h = upload(device, [5, 5, 5, 5]);
    const dgateUp = upload(device, wave(8, 5));
    const gateUp = upload(device, [...gate, 1, 1, 1, 1]);
    const forward = await swigluForward(device, { R: 1, F: 4 });
    const backward = await swigluBackward(device, { R: 1, F: 4 });
    run(
      device,
      forward({ gateUp, h }),
      backward({ gateUp, dh: upload(device, [1, 1, 1, 1]), dgateUp }),
    );
    expectClose(await download(device, h), [200, 0, 90, 0]);
    expectClose(await download(device, dgateUp), [1, 0, 1, 0, 200, 0, 90, 0]);
  }));
