import { describe, test } from "vitest";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { allRows } from "../../src/engine/layers/grid.ts";
import { headNormBackward, headNormForward } from "../../src/engine/layers/head-norm.ts";
import { vectorPartials } from "../../src/engine/layers/vector-partials.ts";
import { rotaryAngles } from "../../src/engine/layers/rotary.ts";
import { layOutPartials, sumPartials } from "../../src/engine/layers/sum-partials.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { gradientAt, pad, spread, unpad } from "../support/padding.ts";
import { add, rmsNorm, rotary } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("policy/head-norm.backward", "policy/head-norm.forward");

const eps = 1e-5;
const theta = 10_000;

// Rows, rows that there might be, query heads, key heads, head width: fewer than a workgroup; a ragged
// tail, halves that need padding, several chunks of rows, of which some are empty.
describe.each([
  [2, 2, 2, 1, 8],
  [37, 150, 3, 2, 6],
])("norms of heads, %i rows of %i at most, %i heads over %i of width %i", (R, most, H, KV, D) => {
  const half = D / 2;
  const stride = ceil4(half);
  const head = 2 * stride;
  const all = H + 2 * KV;
  const shape = { R: most, heads: H, kvHeads: KV, head, headDim: D, eps };
  const x = wave(R * all * D, 0.7);
  const gains = { query: wave(D, 1.3), key: wave(D, 0.9) };
  const padded = (values: readonly number[]) => pad(values, half, stride);

  /** Of the heads from..to of each row. */
  const part = (values: readonly number[], from: number, to: number) =>
    Array.from({ length: R }, (_, r) =>
      values.slice((r * all + from) * D, (r * all + to) * D),
    ).flat();
  const queries = (at: readonly number[], gain: readonly number[]) =>
    rmsNorm(part(at, 0, H), gain, eps);
  const keys = (at: readonly number[], gain: readonly number[]) =>
    rmsNorm(part(at, H, H + KV), gain, eps);
  const turn = (values: readonly number[], heads: number) =>
    rotary(values, { T: R, headDim: D }, heads, theta);

  const buffers = (device: GPUDevice) => ({
    x: upload(device, [...padded(x), ...wave((most - R) * all * head, 5)]),
    queryGain: upload(device, padded(gains.query)),
    keyGain: upload(device, padded(gains.key)),
    rstd: upload(device, wave(most * (H + KV), 5)),
    rowRange: allRows(device, R),
  });

  const forwardOn = async (device: GPUDevice, b: ReturnType<typeof buffers>) => {
    const q = upload(device, wave(most * H * head, 5));
    const kv = upload(device, wave(most * 2 * KV * head, 5));
    const bind = await headNormForward(device, shape);
    // Each row's keys and values go where another row's might: the last row's first.
    const positions = Uint32Array.from({ length: 2 * R }, (_, i) =>
      i % 2 === 0 ? Math.floor(i / 2) : R - 1 - Math.floor(i / 2),
    );
    const angles = rotaryAngles(R, { headDim: D, theta });
    run(
      device,
      bind({
        ...b,
        angles: storageBufferOf(device, "batch", "angles", angles),
        positions: storageBufferOf(device, "batch", "positions", positions),
        ...{ q, kv },
      }),
    );
    return { q, kv };
  };

  test("forward agrees with float64", () =>
    withDevice(async (device) => {
      const { q, kv } = await forwardOn(device, buffers(device));
      const found = await download(device, q);
      expectClose(
        unpad(found.slice(0, R * H * head), half, stride),
        turn(queries(x, gains.query), H),
      );
      expectClose(found.slice(R * H * head), wave(most * H * head, 5).slice(R * H * head));
      const rows = unpad((await download(device, kv)).slice(0, R * 2 * KV * head), half, stride);
      const own = turn(keys(x, gains.key), KV);
      const values = part(x, H + KV, all);
      const width = KV * D;
      const expected = Array.from({ length: R }, (_, at) => [
        ...own.slice((R - 1 - at) * width, (R - at) * width),
        ...values.slice((R - 1 - at) * width, (R - at) * width),
      ]).flat();
      expectClose(rows, expected);
    }));

  test("gradients agree with central differences", () =>
    withDevice(async (device) => {
      const b = buffers(device);
      await forwardOn(device, b);
      const dn = wave(R * all * D, 2.1);
      const S = vectorPartials(shape);
      const ranges = [0, 1].map((i) => ({ offset: i * 64, length: head, count: S }));
      const partial = upload(device, wave(layOutPartials(ranges).length, 9));
      const { offsets } = layOutPartials(ranges);
      const bound = offsets.map((offset) => ({
        ...{ buffer: partial, offset: offset * 4, size: S * head * 4 },
      }));
      const dparams = upload(device, wave(128, 0.3));
      const dx = upload(device, wave(most * all * head, 5));
      const bind = await headNormBackward(device, shape);
      const sum = await sumPartials(device, ranges, 128);
      run(
        device,
        bind({
          ...b,
          dn: upload(device, [...padded(dn), ...wave((most - R) * all * head, 5)]),
          dx,
          queryPartial: bound[0]!,
          keyPartial: bound[1]!,
        }),
        sum({ partial, dparams }).run,
      );
      const loss = (at: readonly number[], query = gains.query, key = gains.key) =>
        dot(part(dn, 0, H), queries(at, query)) +
        dot(part(dn, H, H + KV), keys(at, key)) +
        dot(part(dn, H + KV, all), part(at, H + KV, all));
      const rows = unpad((await download(device, dx)).slice(0, R * all * head), half, stride);
      const indices = spread(x.length, 150);
      expectClose(
        indices.map((i) => rows[i]!),
        gradientAt((at) => loss(at), x, indices),
        { rtol: 1e-4 },
      );
      const found = await download(device, dparams);
      const before = wave(128, 0.3);
      const compare = (offset: number, expected: readonly number[]) =>
        expectClose(
          found.slice(offset, offset + head),
          add(padded(expected), before.slice(offset, offset + head)),
          { rtol: 1e-4 },
        );
      compare(
        0,
        gradient((gain) => loss(x, gain), gains.query),
      );
      compare(
        64,
        gradient((gain) => loss(x, gains.query, gain), gains.key),
      );
    }));
});
