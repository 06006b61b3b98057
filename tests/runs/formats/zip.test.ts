import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { readZip, writeZip } from "../../../src/runs/formats/zip.ts";
import { filesInZip } from "../../support/readers/zip.ts";

const text = (value: string) => new TextEncoder().encode(value);
const limits = { entries: 10, bytes: 1e6 };

test("what is written reads back, here and with an independent reader", () => {
  const files = new Map([
    ["a/ä.json", text("[1]".repeat(5000))],
    ["b.bin", Uint8Array.from({ length: 3000 }, (_, i) => (i * i) & 255)],
    ["empty.txt", new Uint8Array()],
  ]);
  const archive = writeZip(files);
  expect(readZip(archive, limits)).toEqual(files);
  const read = [...filesInZip(archive)].map(([name, bytes]) => [name, new Uint8Array(bytes)]);
  expect(read).toEqual([...files]);
  expect(writeZip(files)).toEqual(archive);
});

test("an archive of too many files or bytes is refused before anything is inflated", () => {
  const many = writeZip(new Map(Array.from({ length: 11 }, (_, i) => [`f${i}`, text("x")])));
  expect(() => readZip(many, limits)).toThrow("holds 11 files; at most 10");
  const bomb = writeZip(new Map([["bomb", new Uint8Array(2e6)]]));
  expect(bomb.length).toBeLessThan(5000);
  expect(() => readZip(bomb, limits)).toThrow("2000000 bytes when unpacked; at most 1000000");
});

test("a file that is longer than the archive says stops early", () => {
  const archive = writeZip(new Map([["bomb", new Uint8Array(9e5)]]));
  const view = new DataView(archive.buffer);
  // The directory's word for the size: 900,000 becomes 10.
  const at = archive.length - 22 - 46 - 4 + 24;
  expect(view.getUint32(at, true)).toBe(9e5);
  view.setUint32(at, 10, true);
  expect(() => readZip(archive, limits)).toThrow('"bomb" is longer than it says');
  view.setUint32(at, 950_000, true);
  expect(() => readZip(archive, limits)).toThrow('"bomb" is shorter than it says');
});

test("what follows the size that a file is said to have is not even looked at", () => {
  const packed = deflateRawSync(Buffer.alloc(2 ** 25));
  packed.fill(0xff, 2 ** 14);
  const archive = writeZip(new Map([["a.bin", new Uint8Array(packed)]]));
  const view = new DataView(archive.buffer);
  const directory = archive.length - 22 - 46 - 5;
  view.setUint16(directory + 10, 8, true);
  view.setUint32(directory + 24, 100, true);
  expect(() => readZip(archive, limits)).toThrow("longer than it says");
});
