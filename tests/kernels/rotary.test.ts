import { describe, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { rotaryAngles, rotaryBackward, rotaryForward } from "../../src/engine/layers/rotary.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { pad, unpad } from "../support/padding.ts";
import { rotary } from "../support/reference-layers.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";

const theta = 10_000;

/** Rows of all query, then key, then value heads. */
function fuse(parts: readonly (readonly number[])[], rows: number): number[] {
  const widths = parts.map((part) => part.length / rows);
  return Array.from({ length: rows }, (_, row) =>
    parts.map((part, i) => part.slice(row * widths[i]!, (row + 1) * widths[i]!)),
  ).flat(2);
}

// B, T, query heads, key and value heads, head width: halves that need padding and halves that do
// not; below and above the 8 × 8 workgroup.
describe.each([
  [1, 3, 2, 2, 6],
  [2, 8, 4, 1, 8],
  [3, 7, 3, 1, 12],
])("rotary, %i × %i, %i heads over %i of width %i", (B, T, heads, kvHeads, headDim) => {
  const half = headDim / 2;
  const head = 2 * ceil4(half);
  const shape = { B, Tq: T, Tcap: T, heads, kvHeads, head };
  const size = (rowHeads: number) => B * T * rowHeads * headDim;
  const q = wave(size(heads), 0.7);
  const k = wave(size(kvHeads), 1.3);
  const v = wave(size(kvHeads), 1.9);
  const padded = (values: readonly number[]) => pad(values, half, ceil4(half));
  const qkv = padded(fuse([q, k, v], B * T));

  test("forward turns queries and keys and moves values", () =>
    withDevice(async (device) => {
      const buffer = (rowHeads: number) => upload(device, wave(B * T * rowHeads * head, 5));
      const b = { q: buffer(heads), k: buffer(kvHeads), v: buffer(kvHeads) };
      const bind = await rotaryForward(device, shape);
      run(
        device,
        bind({
          qkv: upload(device, qkv),
          angles: storageBufferOf(device, "angles", rotaryAngles(T, headDim, theta)),
          position: storageBuffer(device, "position", 1),
          ...b,
        }),
      );
      const back = async (from: GPUBuffer) =>
        unpad(await download(device, from), half, ceil4(half));
      expectClose(await back(b.q), rotary(q, { T, headDim }, heads, theta));
      expectClose(await back(b.k), rotary(k, { T, headDim }, kvHeads, theta));
      expectClose(await back(b.v), v);
    }));

  test("one column at a later position fills that column of the cache and no other", () =>
    withDevice(async (device) => {
      const [position, Tcap] = [5, 9];
      const cache = () => storageBuffer(device, "cache", B * Tcap * kvHeads * head);
      const b = { q: storageBuffer(device, "q", B * heads * head), k: cache(), v: cache() };
      const rows = (values: readonly number[], rowHeads: number) =>
        values.slice(0, B * rowHeads * headDim);
      const bind = await rotaryForward(device, { ...shape, Tq: 1, Tcap });
      run(
        device,
        bind({
          qkv: upload(
            device,
            padded(fuse([rows(q, heads), rows(k, kvHeads), rows(v, kvHeads)], B)),
          ),
          angles: storageBufferOf(device, "angles", rotaryAngles(Tcap, headDim, theta)),
          position: storageBufferOf(device, "position", Uint32Array.of(position)),
          ...b,
        }),
      );
      const column = (values: readonly number[]) => {
        const width = kvHeads * headDim;
        const whole = new Array<number>(B * Tcap * width).fill(0);
        values.forEach((value, i) => {
          whole[(Math.floor(i / width) * Tcap + position) * width + (i % width)] = value;
        });
        return whole;
      };
      const back = async (from: GPUBuffer) =>
        unpad(await download(device, from), half, ceil4(half));
      const turn = (values: readonly number[], rowHeads: number) =>
        rotary(rows(values, rowHeads), { T: 1, headDim }, rowHeads, theta, position);
      expectClose(await back(b.q), turn(q, heads));
      expectClose(await back(b.k), column(turn(k, kvHeads)));
      expectClose(await back(b.v), column(rows(v, kvHeads)));
    }));

  test("gradients agree with central differences", () =>
    withDevice(async (device) => {
      const [dq, dk, dv] = [wave(q.length, 2.1), wave(k.length, 2.3), wave(v.length, 2.7)];
      const dqkv = upload(device, wave(qkv.length, 5));
      const bind = await rotaryBackward(device, shape);
      run(
        device,
        bind({
          dq: upload(device, padded(dq)),
          dk: upload(device, padded(dk)),
          dv: upload(device, padded(dv)),
          angles: storageBufferOf(device, "angles", rotaryAngles(T, headDim, theta)),
          dqkv,
        }),
      );
      const into = (x: readonly number[], dy: readonly number[], rowHeads: number) =>
        gradient((at) => dot(dy, rotary(at, { T, headDim }, rowHeads, theta)), x);
      expectClose(
        unpad(await download(device, dqkv), half, ceil4(half)),
        fuse([into(q, dq, heads), into(k, dk, kvHeads), dv], B * T),
        { rtol: 1e-4 },
      );
    }));
});
