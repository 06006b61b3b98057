/** Reflected cyclic redundancy checks of 32 bits; values are unsigned. */

const table = (polynomial: number): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? polynomial : 0);
    return value;
  });

const check =
  (entries: Uint32Array) =>
  (bytes: Uint8Array): number => {
    let value = 0xffffffff;
    for (const byte of bytes) value = (value >>> 8) ^ entries[(value ^ byte) & 0xff]!;
    return ~value >>> 0;
  };

/** As zip archives have it. */
export const crc32 = check(table(0xedb88320));

/** Castagnoli's, as TensorBoard's record files have it. */
export const crc32c = check(table(0x82f63b78));
