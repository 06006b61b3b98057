import { expect, test } from "vitest";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { readBuffer } from "../../src/engine/gpu/readback.ts";
import { RANGE_STRIDE } from "../../src/engine/policy/packed-batch.ts";
import { packRows } from "../../src/engine/sampler/pack-rows.ts";
import { run, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("sampler/pack-rows");

// Rows, rows of a part of the cache, which have ended: fewer rows than the workgroup has invocations,
// more, a last part that is smaller, a part without rows that go on, none ended, all but one, all.
test.each([
  [1, 1, () => false],
  [10, 4, (row: number) => row % 3 === 1],
  [10, 4, (row: number) => row >= 4 && row < 8],
  [64, 64, () => false],
  [150, 70, (row: number) => row % 2 === 0],
  [150, 150, (row: number) => row !== 77],
  [70, 35, () => true],
])("%i rows, parts of %i: those that go on are packed in order", (B, most, isEnded) =>
  withDevice(async (device) => {
    const capacity = 20;
    const lastColumn = 11;
    const numbers = (length: number, of: (i: number) => number) =>
      storageBufferOf(
        device,
        "batch",
        "numbers",
        Uint32Array.from({ length }, (_, i) => of(i)),
      );
    const parts = Array.from({ length: Math.ceil(B / most) }, (_, part) => ({
      first: part * most,
      rows: Math.min(most, B - part * most),
    }));
    const b = {
      lastColumn: numbers(1, () => lastColumn),
      start: numbers(B, (row) => row % 5),
      ended: numbers(B, (row) => Number(isEnded(row))),
      next: numbers(B, (row) => 100 + row),
      tokens: numbers(B, () => 7),
      live: numbers(B, () => 7),
      positions: numbers(2 * B, () => 7),
      rowRanges: numbers(RANGE_STRIDE * (1 + parts.length), () => 7),
    };
    const bind = await packRows(device, { B, capacity, parts });
    run(device, bind(b));
    const read = async (buffer: GPUBuffer) => [
      ...new Uint32Array(await readBuffer(device, buffer)),
    ];

    const live = Array.from({ length: B }, (_, row) => row).filter((row) => !isEnded(row));
    const packed = (of: (row: number) => number[]) => [
      ...live.flatMap(of),
      ...new Array<number>((B - live.length) * of(0).length).fill(7),
    ];
    const column = lastColumn + 1;
    expect(await read(b.lastColumn)).toEqual([column]);
    expect(await read(b.live)).toEqual(packed((row) => [row]));
    expect(await read(b.tokens)).toEqual(packed((row) => [100 + row]));
    expect(await read(b.positions)).toEqual(
      packed((row) => [column - (row % 5), (row % most) * capacity + column]),
    );
    const rowRanges = await read(b.rowRanges);
    const before = (row: number) => live.filter((each) => each < row).length;
    expect(
      Array.from({ length: 1 + parts.length }, (_, i) =>
        rowRanges.slice(i * RANGE_STRIDE, i * RANGE_STRIDE + 2),
      ),
    ).toEqual([
      [0, live.length],
      ...parts.map(({ first, rows }) => [before(first), before(first + rows)]),
    ]);
  }),
);
