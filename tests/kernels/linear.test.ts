import { describe, test } from "vitest";
import { storageBuffer } from "../../src/engine/gpu/buffers.ts";
import { linearBackward, linearForward, linearPartials } from "../../src/engine/layers/linear.ts";
import { dot, expectClose, wave } from "../support/numeric.ts";
import { gradientAt, spread } from "../support/padding.ts";
import { add, linear } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

// Rows, inputs, outputs; with and without the kernels whose lanes share loads. On a software adapter: less than one small tile; ragged middle tiles;
// rows cut into several partial sums; ragged large tiles.
const shapes = [
  [3, 8, 20],
  [70, 20, 36],
  [300, 8, 20],
  [136, 132, 132],
  [1030, 12, 132],
] as const;
describe.each(
  shapes.flatMap(([R, I, O]) => [
    { R, I, O, features: ["subgroups"] as const },
    { R, I, O, features: [] },
  ]),
)("linear on $R rows, $I → $O, features: $features", ({ R, I, O, features }) => {
  const shape = { R, I, O };
  const x = wave(R * I, 0.7);
  const weight = wave(O * I, 1.3);
  const residual = wave(R * O, 0.37);
  const dy = wave(R * O, 2.1);

  test("forward agrees with float64, with and without the residual", () =>
    withDevice(async (device) => {
      const bind = await linearForward(device, shape);
      const b = { x: upload(device, x), weight: upload(device, weight) };
      const plain = upload(device, wave(R * O, 5));
      const added = upload(device, wave(R * O, 5));
      run(
        device,
        bind({ ...b, y: plain, residual: null }),
        bind({ ...b, y: added, residual: upload(device, residual) }),
      );
      const y = linear(x, weight, shape);
      expectClose(await download(device, plain), y);
      expectClose(await download(device, added), add(y, residual));
    }, features));

  test("gradients agree with central differences", () =>
    withDevice(async (device) => {
      const before = wave(O * I, 0.11);
      const dx = upload(device, wave(R * I, 5));
      const dweight = upload(device, before);
      const bind = await linearBackward(device, shape);
      run(
        device,
        bind({
          x: upload(device, x),
          weight: upload(device, weight),
          dy: upload(device, dy),
          dx,
          dweight,
          partial: storageBuffer(device, "partial", linearPartials(device, shape)),
        }),
      );

      const inputs = spread(R * I, 60);
      const weights = spread(O * I, 60);
      const dxAt = await download(device, dx);
      expectClose(
        inputs.map((i) => dxAt[i]!),
        gradientAt((at) => dot(dy, linear(at, weight, shape)), x, inputs),
        { rtol: 1e-4 },
      );
      const dweightAt = await download(device, dweight);
      expectClose(
        weights.map((i) => dweightAt[i]! - before[i]!),
        gradientAt((at) => dot(dy, linear(x, at, shape)), weight, weights),
        { rtol: 1e-4 },
      );
    }, features));
});
