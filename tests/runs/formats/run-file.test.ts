import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { readRunFile, writeRunFile } from "../../../src/runs/formats/run-file.ts";
import { writeZip } from "../../../src/runs/formats/zip.ts";
import { filesInZip } from "../../support/readers/zip.ts";
import { picturedRun, pictures, wholeRun } from "./example-run.ts";

const file = writeRunFile(wholeRun);
const now = 1_795_000_000_000;

/** The file with one part replaced. */
const withPart = (name: string, bytes: Uint8Array) =>
  writeZip(
    new Map([...filesInZip(file)].map(([n, b]) => [n, new Uint8Array(n === name ? bytes : b)])),
  );
const withJson = (name: string, change: (json: Record<string, unknown>) => unknown) => {
  const json = JSON.parse(filesInZip(file).get(name)!.toString());
  return withPart(name, Buffer.from(JSON.stringify(change(json))));
};

test("export, import, export gives the same bytes", () => {
  const read = readRunFile(file, now);
  const stored = { ...read, run: { ...read.run, id: "another", updatedAt: now + 5 } };
  expect(Buffer.from(writeRunFile(stored)).equals(Buffer.from(file))).toBe(true);
});

test("everything of the run comes back, to the last bit", () => {
  const read = readRunFile(file, now);
  const { run } = wholeRun;
  expect(read.run).toMatchObject({
    name: run.name,
    note: run.note,
    run: run.run,
    createdAt: run.createdAt,
    origin: "imported-run",
    updatedAt: now,
  });
  expect(read.events).toEqual(wholeRun.events);
  expect(read.metrics).toEqual(wholeRun.metrics);
  expect(read.records).toEqual(wholeRun.records);
  expect(read.checkpoints).toEqual(wholeRun.checkpoints);
  const [sampled] = read.checkpoints[0]!.checkpoint.arms.map((arm) => arm.generation!.rollout);
  expect(Object.is(sampled!.logpSampled[2], -0)).toBe(true);
});

test("another program can read it: plain JSON, and little-endian numbers where it says", () => {
  const files = filesInZip(file);
  expect(JSON.parse(files.get("manifest.json")!.toString())).toEqual({
    format: "ratioscope-run",
    version: 1,
  });
  const [record] = JSON.parse(files.get("records/00000001.json")!.toString()).records;
  const [offset, count] = record.logp.$f32;
  const block = files.get("records/00000001.bin")!;
  const values = Array.from({ length: count }, (_, i) => block.readFloatLE(offset + 4 * i));
  expect(values).toEqual([...wholeRun.records[0]!.records[0]!.logp]);
  expect([...files.keys()].some((name) => name.includes(wholeRun.run.id))).toBe(false);
});

describe("pictures of prompts", () => {
  const pictured = writeRunFile(picturedRun);
  const files = filesInZip(pictured);
  const parts = (read: ReturnType<typeof readRunFile>) => ({
    ...{ events: read.events, metrics: read.metrics },
    ...{ records: read.records, checkpoints: read.checkpoints },
  });
  const { run: _, ...wanted } = picturedRun;

  test("come back wherever they stand, and export, import, export gives the same bytes", () => {
    const read = readRunFile(pictured, now);
    expect(parts(read)).toEqual(wanted);
    expect(Buffer.from(writeRunFile(read)).equals(Buffer.from(pictured))).toBe(true);
  });

  test("stand once in the file, which then says version 2", () => {
    expect(JSON.parse(files.get("manifest.json")!.toString())).toMatchObject({ version: 2 });
    expect(JSON.parse(files.get("pictures.json")!.toString()).toSorted()).toEqual(
      pictures.toSorted(),
    );
    const elsewhere = [...files].filter(([name]) => name !== "pictures.json");
    expect(elsewhere.filter(([, text]) => text.includes("<picture>"))).toEqual([]);
    // A file without pictures is as it was.
    expect(filesInZip(file).has("pictures.json")).toBe(false);
  });

  test("are read where they stand in every text, as the build before wrote them", async () => {
    const former = new Uint8Array(await readFile("tests/fixtures/pictures-in-place.ratioscope"));
    const texts = [...filesInZip(former)].map(([, text]) => text.toString());
    expect(texts.join("").split("<picture>").length).toBeGreaterThan(pictures.length + 1);
    const read = readRunFile(former, now);
    expect(parts(read)).toEqual(wanted);
    expect(Buffer.from(writeRunFile(read)).equals(Buffer.from(pictured))).toBe(true);
  });

  test.each([
    ["lacks its list", "pictures.json", null, /pictures\.json is not in it/],
    ["has something else in it", "pictures.json", ["<script>"], /pictures\.json, 0: is no picture/],
    ["has fewer than its texts refer to", "pictures.json", [], /refers to a picture that is not/],
  ])("a file that %s is refused", (_name, name, listed, why) => {
    const kept = [...files].flatMap(([each, bytes]) =>
      each !== name
        ? [[each, new Uint8Array(bytes)] as const]
        : listed === null
          ? []
          : [[each, new TextEncoder().encode(JSON.stringify(listed))] as const],
    );
    expect(() => readRunFile(writeZip(new Map(kept)), now)).toThrow(why);
  });
});

describe("what is no run file is refused with the place and the reason", () => {
  test.each([
    ["no archive", Buffer.from("hello"), /not a run file .* zip archive/],
    ["cut short", file.subarray(0, file.length - 30), /directory/],
    ["a part is missing", writeZip(new Map()), /manifest\.json is not in it/],
    [
      "a newer version",
      withJson("manifest.json", (json) => ({ ...json, version: 3 })),
      /version 3; this page reads versions 1 to 2/,
    ],
    [
      "a field of another type",
      withJson("run.json", (json) => ({ ...json, step: "4" })),
      /run\.json, step: /,
    ],
    [
      "a field too many",
      withJson("run.json", (json) => ({ ...json, onload: "alert(1)" })),
      /onload/,
    ],
    [
      "a configuration that cannot run",
      withJson("run.json", (json) => ({ ...json, run: { ...wholeRun.run.run, arms: [] } })),
      /run\.json, run\.arms/,
    ],
    ["a prototype", withPart("events.json", Buffer.from('[{"__proto__":{"at":1}}]')), /__proto__/],
    [
      "an array that is longer than its bytes",
      withJson("records/00000001.json", (json) => {
        const [first, ...rest] = json.records as { logp: unknown }[];
        return { ...json, records: [{ ...first, logp: { $f32: [0, 1e9] } }, ...rest] };
      }),
      /records\/00000001\.json: records\[0\]\.logp refers to bytes that are not there/,
    ],
    [
      "an array of another length than its record",
      withJson("records/00000001.json", (json) => {
        const [first, ...rest] = json.records as { logp: unknown }[];
        return { ...json, records: [{ ...first, logp: { $f32: [0, 2] } }, ...rest] };
      }),
      /logp has 2 entries, not 6/,
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => readRunFile(bytes, now)).toThrow(message);
  });

  test("one flipped bit in the data of any part is noticed", () => {
    const parts = [...dataIn(file)];
    expect(parts.map(({ name }) => name)).toEqual([...filesInZip(file).keys()]);
    for (const { name, from, to } of parts) {
      // Of the last byte of deflated data the last bits may mean nothing.
      for (const at of [from, Math.floor((from + to) / 2), to - 2]) {
        const bent = file.slice();
        bent[at]! ^= 4;
        expect(() => readRunFile(bent, now), `${name}, byte ${at}`).toThrow(/cannot be read/);
      }
    }
  });
});

/** Where the bytes of each file of an archive lie: PKWARE's APPNOTE, 4.3.7. */
function* dataIn(zip: Uint8Array) {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  for (let at = 0; view.getUint32(at, true) === 0x04034b50;) {
    const [packed, name, extra] = [
      view.getUint32(at + 18, true),
      view.getUint16(at + 26, true),
      view.getUint16(at + 28, true),
    ];
    const from = at + 30 + name + extra;
    const named = new TextDecoder().decode(zip.subarray(at + 30, at + 30 + name));
    yield { name: named, from, to: from + packed };
    at = from + packed;
  }
}
