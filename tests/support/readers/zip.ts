import { crc32, inflateRawSync } from "node:zlib";

/**
 * The files of an archive, read front to back from its local headers, without the directory that
 * the page's own reader goes by. Throws where a checksum is wrong.
 */
export function filesInZip(archive: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(archive);
  const files = new Map<string, Buffer>();
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
    const method = bytes.readUInt16LE(at + 8);
    const checksum = bytes.readUInt32LE(at + 14);
    const packed = bytes.readUInt32LE(at + 18);
    const nameLength = bytes.readUInt16LE(at + 26);
    const name = bytes.toString("utf8", at + 30, at + 30 + nameLength);
    const from = at + 30 + nameLength + bytes.readUInt16LE(at + 28);
    const data = bytes.subarray(from, from + packed);
    const file = method === 0 ? data : inflateRawSync(data);
    if (crc32(file) !== checksum) throw new Error(`${name} has a wrong checksum`);
    files.set(name, file);
    at = from + packed;
  }
  return files;
}
