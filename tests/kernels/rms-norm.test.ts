import { describe, test } from "vitest";
import { storageBuffer } from "../../src/engine/gpu/buffers.ts";
import { rmsNormBackward, rmsNormPartials } from "../../src/engine/layers/rms-norm.ts";
import { layOutPartials, sumPartials } from "../../src/engine/layers/sum-partials.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { add, rmsNorm } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

const eps = 1e-5;

// Fewer rows than a workgroup, exactly one, and several chunks with a ragged last one; widths that
// need padding and one that does not; rows left out of each sequence. linear.test.ts has the forward.
describe.each([
  [3, 18, 0, 3],
  [16, 5, 0, 16],
  [75, 8, 0, 75],
  [12, 18, 3, 7],
])("rms-norm on (%i, %i), without %i rows of %i", (R, C, skip, sequence) => {
  const columns = { K: sequence - skip, skip };
  const shape = { R, C, columns };
  const stride = ceil4(C);
  const x = wave((R / columns.K) * sequence * C, 0.7);
  const gain = wave(C, 1.3);
  const dy = wave(R * C, 2.1);
  const read = (x: readonly number[]) => x.filter((_, i) => Math.floor(i / C) % sequence >= skip);
  const loss = (x: readonly number[], gain: readonly number[]) =>
    dot(dy, rmsNorm(read(x), gain, eps));

  test.each(skip === 0 ? (["accumulated", "overwritten"] as const) : (["overwritten"] as const))(
    "gradients, dx %s",
    (mode) =>
      withDevice(async (device) => {
        const rstd = Array.from({ length: R }, (_, r) => {
          const row = read(x).slice(r * C, (r + 1) * C);
          return 1 / Math.sqrt(dot(row, row) / C + eps);
        });
        const before = wave(x.length, 0.19);
        const gainBefore = wave(C, 0.23);
        const dx = upload(device, pad(before, C, stride));
        const dgain = upload(device, pad(gainBefore, C, stride));
        const all = [{ offset: 0, length: stride, count: rmsNormPartials(shape) }];
        const partial = storageBuffer(device, "partial", layOutPartials(all).length);
        const backward = await rmsNormBackward(device, shape, mode);
        const sum = await sumPartials(device, all, stride);
        run(
          device,
          backward({
            x: upload(device, pad(x, C, stride)),
            gain: upload(device, pad(gain, C, stride)),
            rstd: upload(device, rstd),
            dy: upload(device, pad(dy, C, stride)),
            dx,
            partial,
          }),
          sum({ partial, dparams: dgain }).run,
        );
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
