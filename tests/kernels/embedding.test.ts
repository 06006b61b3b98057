import { describe, test } from "vitest";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import {
  embeddingBackward,
  embeddingForward,
  embeddingPartials,
} from "../../src/engine/layers/embedding.ts";
import { allRows } from "../../src/engine/layers/grid.ts";
import { layOutPartials, sumPartials } from "../../src/engine/layers/sum-partials.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { add, embedding } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("policy/embedding.backward", "policy/embedding.forward", "policy/sum-partials");

// Rows, width, vocabulary: below, at and above the 8 × 8 workgroup; the last in two partial sums.
describe.each([
  [3, 12, 5],
  [8, 32, 8],
  [85, 36, 17],
])("embedding of %i tokens, width %i, vocabulary %i", (R, C, V) => {
  const tokens = Array.from({ length: R }, (_, r) => (r * r + 2) % V);
  const table = wave(V * C, 0.7);
  const dx = wave(R * C, 2.1);
  // The rest of the buffers is of a batch with more tokens.
  const most = 3 * R;
  const extentOf = (device: GPUDevice) => allRows(device, R);
  const ids = (device: GPUDevice) =>
    storageBufferOf(
      device,
      "batch",
      "tokens",
      Uint32Array.from({ length: most }, (_, r) => tokens[r] ?? 1),
    );

  test("forward agrees with the table", () =>
    withDevice(async (device) => {
      const x = upload(device, wave(most * C, 5));
      const bind = await embeddingForward(device, { R: most, C });
      const rowRange = extentOf(device);
      run(device, bind({ tokens: ids(device), table: upload(device, table), x, rowRange }));
      const rest = wave(most * C, 5).slice(R * C);
      expectClose(await download(device, x), [...embedding(tokens, table, C), ...rest]);
    }));

  test.each([null, tokens[1]!])("gradient with padding token %o", (padTokenId) =>
    withDevice(async (device) => {
      const before = wave(V * C, 0.13);
      const dtable = upload(device, [...before, ...new Array<number>(C).fill(0)]);
      // As with a tied head: another partial sum comes first, and the table has a row of padding.
      const shape = { R: most, C, V, padTokenId, Vp: V + 1, first: 1 };
      const all = [{ offset: 0, length: (V + 1) * C, count: 1 + embeddingPartials(shape) }];
      const partial = upload(
        device,
        Array.from({ length: layOutPartials(all).length }, (_, i) => (i < (V + 1) * C ? 0.5 : 7)),
      );
      const bind = await embeddingBackward(device, shape);
      const sum = await sumPartials(device, all, (V + 1) * C);
      run(
        device,
        bind({
          tokens: ids(device),
          dx: upload(device, [...dx, ...wave((most - R) * C, 7)]),
          partial,
          rowRange: extentOf(device),
        }),
        sum({ partial, dparams: dtable }).run,
      );
      const expected = gradient((at) => dot(dx, embedding(tokens, at, C)), table).map((value, i) =>
        Math.floor(i / C) === padTokenId ? 0 : value,
      );
      const halves = new Array<number>(V * C).fill(0.5);
      expectClose(
        (await download(device, dtable)).slice(0, V * C),
        add(add(expected, before), halves),
        { rtol: 1e-4 },
      );
    }),
  );
});
