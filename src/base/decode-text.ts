/**
 * The decoder for a file that begins with these bytes: UTF-16 where its mark says so, as what Windows
 * PowerShell redirects is, else UTF-8. The mark itself is no part of the text.
 */
export const decoderFor = (head: Uint8Array): TextDecoder =>
  new TextDecoder(
    head[0] === 0xff && head[1] === 0xfe
      ? "utf-16le"
      : head[0] === 0xfe && head[1] === 0xff
        ? "utf-16be"
        : "utf-8",
  );

export const decodeText = (bytes: Uint8Array): string => decoderFor(bytes).decode(bytes);
