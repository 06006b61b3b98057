/** Bytes that a plain value takes, about: arrays their own, strings two a character, numbers eight. */
export function byteSize(value: unknown): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (typeof value === "string") return 2 * value.length;
  if (typeof value === "number") return 8;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + byteSize(each), 0);
}

export const byteText = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
