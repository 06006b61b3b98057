/** A value as a sentence has it: as it would be written, no longer than 60 characters. Never throws. */
export function shown(value: unknown): string {
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value === undefined) return "undefined";
  if (value instanceof Promise) return "a promise";
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // It holds itself.
  }
  if (text === undefined) return "an object";
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
