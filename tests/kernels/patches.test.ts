import { describe, expect, test } from "vitest";
import { patchesBackward, patchesForward, patchWidth } from "../../src/engine/layers/patches.ts";
import {
  towerEmbeddingBackward,
  towerEmbeddingForward,
} from "../../src/engine/layers/tower-embedding.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { add } from "../support/reference-layers.ts";
import { patches, towerEmbedding } from "../support/reference-vision.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "vision/patches.forward",
  "vision/patches.backward",
  "vision/tower-embedding.forward",
  "vision/tower-embedding.backward",
);

// Pictures, channels, size, patch: patches that end at a vec4 and that do not; pixels that no patch has.
describe.each([
  [2, 3, 8, 4],
  [3, 1, 9, 3],
  [2, 3, 7, 2],
])("%i pictures of %i channels, %i pixels wide, in patches of %i", (M, channels, size, patch) => {
  const shape = { M, channels, size, patch };
  const width = channels * patch * patch;
  const pixels = wave(M * channels * size * size, 0.7);
  const count = M * Math.floor(size / patch) ** 2;

  test("are cut into patches", () =>
    withDevice(async (device) => {
      const rows = upload(device, wave(count * patchWidth(shape), 3));
      const forward = await patchesForward(device, shape);
      run(device, forward({ pixels: upload(device, pixels), rows }));
      const found = unpad(await download(device, rows), width, patchWidth(shape));
      expect(found).toEqual(patches(pixels, shape).map(Math.fround));
    }));

  test("the patches' gradient goes back into the pixels", () =>
    withDevice(async (device) => {
      const dy = wave(count * width, 2.1);
      const dpixels = upload(device, wave(pixels.length, 3));
      const drows = upload(device, pad(dy, width, patchWidth(shape)));
      run(device, (await patchesBackward(device, shape))({ drows, dpixels }));
      const wanted = gradient((at) => dot(dy, patches(at, shape)), pixels);
      expectClose(await download(device, dpixels), wanted, { rtol: 1e-6 });
    }));
});

describe.each([
  [2, 5, 6],
  [3, 10, 16],
])("tower-embedding of %i pictures of %i tokens, %i channels", (M, S, C) => {
  const stride = ceil4(C);
  const shape = { M, S, C: stride };
  const rows = wave(M * (S - 1) * C, 0.7);
  const table = wave((1 + S) * C, 1.3);
  const padded = (values: readonly number[]) => pad(values, C, stride);

  test("adds the class token and the positions", () =>
    withDevice(async (device) => {
      const x = upload(device, wave(M * S * stride, 3));
      const forward = await towerEmbeddingForward(device, shape);
      const b = { patches: upload(device, padded(rows)), table: upload(device, padded(table)) };
      run(device, forward({ ...b, x }));
      const found = unpad(await download(device, x), C, stride);
      expectClose(found, towerEmbedding(rows, table, { M, S, C }), { rtol: 1e-6 });
    }));

  test("gradients are central differences, the table's accumulated", () =>
    withDevice(async (device) => {
      const dy = wave(M * S * C, 2.1);
      const before = wave(table.length, 0.19);
      const dpatches = upload(device, wave(M * (S - 1) * stride, 3));
      const dtable = upload(device, padded(before));
      const backward = await towerEmbeddingBackward(device, shape);
      run(device, backward({ dx: upload(device, padded(dy)), dpatches, dtable }));
      const loss = (rows: readonly number[], table: readonly number[]) =>
        dot(dy, towerEmbedding(rows, table, { M, S, C }));
      const tolerance = { rtol: 1e-5 };
      expectClose(
        unpad(await download(device, dpatches), C, stride),
        gradient((at) => loss(at, table), rows),
        tolerance,
      );
      expectClose(
        unpad(await download(device, dtable), C, stride),
        add(
          gradient((at) => loss(rows, at), table),
          before,
        ),
        tolerance,
      );
    }));
});
