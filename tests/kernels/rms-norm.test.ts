import { describe, test } from "vitest";
import { allRows } from "../../src/engine/layers/grid.ts";
import { rmsNormBackward, rmsNormPartials } from "../../src/engine/layers/rms-norm.ts";
import { layOutPartials, sumPartials } from "../../src/engine/layers/sum-partials.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { add, rmsNorm } from "../support/reference-layers.ts";
import { download, run, upload, withDevice, withRegisters } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("policy/rms-norm.backward", "policy/sum-partials");

const eps = 1e-5;

// Rows, width, rows that were read, rows that there might be: fewer rows than a workgroup, exactly
// one, and several chunks with a ragged last one; widths that need padding and one that does not; rows
// that were not read; chunks of which no row is there. linear.test.ts has the forward.
describe.each([
  [3, 18, 3, 3],
  [16, 5, 16, 16],
  [75, 8, 75, 75],
  [21, 18, 12, 21],
  [50, 6, 30, 400],
])("rms-norm on (%i, %i), %i rows read, of %i at most", (R, C, read, most) => {
  const shape = { R: most, C, read: read === R ? most : Math.ceil((most * read) / R) };
  const stride = ceil4(C);
  const x = wave(R * C, 0.7);
  const gain = wave(C, 1.3);
  const dy = wave(read * C, 2.1);
  const loss = (x: readonly number[], gain: readonly number[]) =>
    dot(dy, rmsNorm(x.slice(0, read * C), gain, eps));

  test.each(read === R ? (["accumulated", "overwritten"] as const) : (["overwritten"] as const))(
    "gradients, dx %s",
    (mode) =>
      withDevice(async (device) => {
        const rstd = Array.from({ length: read }, (_, r) => {
          const row = x.slice(r * C, (r + 1) * C);
          return 1 / Math.sqrt(dot(row, row) / C + eps);
        });
        const before = wave(x.length, 0.19);
        const gainBefore = wave(C, 0.23);
        /** The rows of this test, and what lies after them in the buffers. */
        const within = (values: readonly number[], rows: number, width: number) =>
          upload(device, [...values, ...wave((most - rows) * width, 7)]);
        const dx = within(pad(before, C, stride), R, stride);
        const dgain = upload(device, pad(gainBefore, C, stride));
        const all = [{ offset: 0, length: stride, count: rmsNormPartials(shape) }];
        // A chunk without rows must not leave what was there.
        const partial = upload(device, wave(layOutPartials(all).length, 9));
        const backward = await rmsNormBackward(withRegisters(device), shape, mode);
        const sum = await sumPartials(device, all, stride);
        run(
          device,
          backward({
            x: within(pad(x, C, stride), R, stride),
            gain: upload(device, pad(gain, C, stride)),
            rstd: within(rstd, read, 1),
            dy: within(pad(dy, C, stride), read, stride),
            dx,
            partial,
            rowRange: allRows(device, R),
            readRange: allRows(device, read),
          }),
          sum({ partial, dparams: dgain }).run,
        );
        const dxFound = await download(device, dx);
        expectClose(dxFound.slice(R * stride), wave((most - R) * stride, 7));
        const intoX = gradient((at) => loss(at, gain), x);
        const tolerance = { rtol: 1e-4 };
        expectClose(
          unpad(dxFound.slice(0, R * stride), C, stride),
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
