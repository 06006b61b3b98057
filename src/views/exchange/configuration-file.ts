import { decodeText } from "../../base/decode-text.ts";
import { readPaste } from "../../config/python/paste.ts";
import type { RunConfig } from "../../config/types.ts";
import { isForPasting } from "../../runs/formats/file-kind.ts";
import type { GivenFile } from "../../worker/files-protocol.ts";

/** Longest file that is looked into, in bytes: a notebook with its pictures. */
const MAX_BYTES = 5_000_000;

/** Endings of texts that may be anything. */
const PLAIN = /(?:\.(?:json|txt|md|qmd|rst|cfg|conf|ini)|(?:^|\/)[^.]*)$/i;

/**
 * The text of the one file that was given, where it holds a configuration, or is a script or a recipe
 * of which something can be said; null where it is for those who read runs, policies and logs.
 */
export async function configurationIn(
  files: readonly GivenFile[],
  base: RunConfig,
): Promise<string | null> {
  const [only, ...others] = files;
  if (!only || others.length > 0 || only.file.size > MAX_BYTES) return null;
  const bytes = await bytesOf(only.file);
  if (bytes === null) return null;
  const isScript = isForPasting(only.path, bytes);
  if (!isScript && !PLAIN.test(only.path)) return null;
  const text = decodeText(bytes);
  if (text.includes("\0")) return null;
  const result = readPaste(text, { base });
  const isSaid = !("problem" in result) || (isScript && result.recognised);
  return isSaid ? text : null;
}

/** The bytes of a file; null where it cannot be read, which the import of files says. */
async function bytesOf(file: File): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return null;
  }
}
