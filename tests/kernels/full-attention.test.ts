import { describe, test } from "vitest";
import {
  fullAttentionBackward,
  fullAttentionForward,
} from "../../src/engine/layers/full-attention.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, wave } from "../support/numeric.ts";
import { gradientAt, pad, spread, unpad } from "../support/padding.ts";
import { fullAttention } from "../support/reference-vision.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles, nodeOnly } from "../support/hosts.ts";

compiles(
  "vision/full-attention.forward",
  "vision/full-attention.backward-q",
  "vision/full-attention.backward-kv",
);

// Pictures, tokens, heads, head width: fewer tokens than a workgroup, a ragged tail; heads with padding
// and without.
describe.each([
  [2, 5, 2, 6],
  ...nodeOnly([
    [3, 17, 1, 8],
    [1, 1, 3, 4],
  ]),
])("%i pictures of %i tokens, %i heads of width %i", (M, S, heads, headDim) => {
  const head = ceil4(headDim);
  const shape = { M, S, heads, head, headDim };
  // Scores from far apart: the highest may come first, last or between.
  const qkv = wave(M * S * 3 * heads * headDim, 0.7).map((value) => 2 * value);
  const dO = wave(M * S * heads * headDim, 2.1);
  const padded = (values: readonly number[]) => pad(values, headDim, head);

  const attended = async (device: GPUDevice) => {
    const buffers = {
      qkv: upload(device, padded(qkv)),
      o: upload(device, wave(M * S * heads * head, 3)),
      stats: upload(device, wave(M * S * heads * 2, 5)),
    };
    run(device, (await fullAttentionForward(device, shape))(buffers));
    return buffers;
  };

  test("forward agrees with float64", () =>
    withDevice(async (device) => {
      const { o } = await attended(device);
      expectClose(unpad(await download(device, o), headDim, head), fullAttention(qkv, shape));
    }));

  test("gradients are central differences", () =>
    withDevice(async (device) => {
      const buffers = await attended(device);
      const dqkv = upload(device, wave(M * S * 3 * heads * head, 3));
      const backward = await fullAttentionBackward(device, shape);
      run(device, backward({ ...buffers, dO: upload(device, padded(dO)), dqkv }));
      const found = unpad(await download(device, dqkv), headDim, head);
      const places = spread(qkv.length, 180);
      const wanted = gradientAt((at) => dot(dO, fullAttention(at, shape)), qkv, places);
      expectClose(
        places.map((at) => found[at]!),
        wanted,
        { rtol: 1e-4, atol: 1e-6 },
      );
    }));
});
