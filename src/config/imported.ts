/** Imported weights are named by what they are, so that a run says which ones it started from. */
const IMPORTED = /^file-[0-9a-f]{16}$/;

/** Whether a warm start is a file that the reader imported, not a checkpoint that ships. */
export const isImported = (warmStart: string): boolean => IMPORTED.test(warmStart);

/** The name of imported weights, from the SHA-256 of their file. */
export const importedName = (digest: Uint8Array): string =>
  `file-${Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
