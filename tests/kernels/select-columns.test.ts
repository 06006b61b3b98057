import { describe, test } from "vitest";
import {
  selectColumnsBackward,
  selectColumnsForward,
} from "../../src/engine/layers/select-columns.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

// B, T, first column, width: everything, and tails below and above the 8 × 8 workgroup.
describe.each([
  [2, 3, 0, 12],
  [2, 6, 4, 32],
  [3, 9, 2, 44],
])("%i sequences of %i columns from %i on, width %i", (B, T, head, C) => {
  const shape = { B, T, head, C };
  const x = wave(B * T * C, 0.7);
  const dy = wave(B * (T - head) * C, 2.1);
  const select = (at: readonly number[]) => at.filter((_, i) => Math.floor(i / C) % T >= head);

  test("agrees with the definition", () =>
    withDevice(async (device) => {
      const y = upload(device, wave(dy.length, 5));
      const dx = upload(device, wave(x.length, 5));
      const forward = await selectColumnsForward(device, shape);
      const backward = await selectColumnsBackward(device, shape);
      run(device, forward({ x: upload(device, x), y }), backward({ dy: upload(device, dy), dx }));
      expectClose(await download(device, y), select(x));
      expectClose(
        await download(device, dx),
        gradient((at) => dot(dy, select(at)), x),
        { rtol: 1e-4 },
      );
    }));
});
