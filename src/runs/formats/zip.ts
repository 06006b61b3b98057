import { Inflate, zipSync, type Zippable } from "fflate";
import { UserError } from "../../base/user-error.ts";
import { crc32 } from "./crc.ts";

/** What is read of an archive at most; everything is refused before it is inflated. */
export interface ZipLimits {
  entries: number;
  /** Bytes of all entries together, inflated. */
  bytes: number;
}

/** The files of an archive, in its order. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** Below this a file is not worth deflating, and weights hardly shrink. */
const STORED = /\.(bin|safetensors)$/;

/** The same files give the same bytes: no clock, no owner. */
export function writeZip(files: Files): Uint8Array<ArrayBuffer> {
  // Local midnight of the format's first day is the same bits in every time zone.
  const mtime = new Date(1980, 0, 1);
  const zippable: Zippable = {};
  for (const [name, bytes] of files) {
    zippable[name] = [bytes, { level: STORED.test(name) ? 0 : 6, mtime }];
  }
  return zipSync(zippable);
}

export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length > 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2]! < 8;

/** Names of an archive's files; nothing is unpacked. */
export const zipNames = (file: Uint8Array, entries: number): string[] =>
  directory(file, { entries, bytes: Infinity }).map(({ name }) => name);

interface Entry {
  name: string;
  method: number;
  crc: number;
  packed: number;
  size: number;
  at: number;
}

/**
 * Every file of an archive, each with its checksum verified.
 *
 * @throws UserError for what is no archive, is damaged, or would take more than the limits.
 */
export function readZip(file: Uint8Array, limits: ZipLimits): Files {
  const entries = directory(file, limits);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.bytes) {
    throw new UserError(
      `The archive holds ${total} bytes when unpacked; at most ${limits.bytes} are read.`,
      "Choose a smaller file.",
    );
  }
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of entries) {
    if (entry.name.endsWith("/")) continue;
    if (files.has(entry.name)) throw damaged(`it holds ${shown(entry.name)} twice`);
    const bytes = unpack(file, entry);
    if (crc32(bytes) !== entry.crc) {
      throw damaged(`${shown(entry.name)} does not have its checksum`);
    }
    files.set(entry.name, bytes);
  }
  return files;
}

const damaged = (why: string) =>
  new UserError(`The archive cannot be read: ${why}.`, "Make or download the file again.");

const shown = (name: string): string => JSON.stringify(name.slice(0, 80));

const END = 22;

/** The entries that the central directory lists. */
function directory(file: Uint8Array, limits: ZipLimits): Entry[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let end = file.length - END;
  // A comment of up to 65,535 bytes may follow.
  const first = Math.max(0, end - 0xffff);
  while (end >= first && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < first || end < 0) throw damaged("its directory is missing");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count > limits.entries) {
    throw new UserError(
      `The archive holds ${count} files; at most ${limits.entries} are read.`,
      "Choose another file.",
    );
  }
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) {
      throw damaged(`entry ${i + 1} of its directory is not one`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const entry = {
      name: new TextDecoder().decode(file.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    };
    if (view.getUint16(at + 8, true) & 1) throw damaged(`${shown(entry.name)} is encrypted`);
    entries.push(entry);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Compressed bytes taken at a time, so that a lie about the size is found out early. */
const PIECE = 2 ** 12;

function unpack(file: Uint8Array, entry: Entry): Uint8Array<ArrayBuffer> {
  const { name, method, packed, size, at } = entry;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (at + 30 > file.length || view.getUint32(at, true) !== 0x04034b50) {
    throw damaged(`${shown(name)} is not where the directory says`);
  }
  const from = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (from + packed > file.length) throw damaged(`${shown(name)} is cut off`);
  const data = file.subarray(from, from + packed);
  if (method === 0) {
    if (packed !== size) throw damaged(`${shown(name)} has two sizes`);
    return data.slice();
  }
  if (method !== 8) throw damaged(`${shown(name)} is packed by method ${method}; 0 and 8 are read`);
  return inflate(name, data, size);
}

function inflate(name: string, data: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  // Deflate cannot do better than 1032 to 1.
  if (size > data.length * 1032 + 64) throw damaged(`${shown(name)} is shorter than it says`);
  const bytes = new Uint8Array(size);
  let length = 0;
  const inflating = new Inflate((piece) => {
    if (length + piece.length > size) throw damaged(`${shown(name)} is longer than it says`);
    bytes.set(piece, length);
    length += piece.length;
  });
  try {
    for (let at = 0; at < data.length || at === 0; at += PIECE) {
      inflating.push(data.subarray(at, at + PIECE), at + PIECE >= data.length);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(`${shown(name)} is not deflated data`);
  }
  if (length !== size) throw damaged(`${shown(name)} is shorter than it says`);
  return bytes;
}
