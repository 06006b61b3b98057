import type { z } from "../formats/zod.ts";

/** Nesting that a log's line has at most; what is deeper is no log. */
const MAX_DEPTH = 64;

/**
 * A line of JSON as Python writes it: `json.dumps` leaves NaN, Infinity and -Infinity bare, which
 * are no JSON. They become the numbers they name, so that whoever checks the line can say where they
 * stand.
 *
 * @throws SyntaxError where it is not JSON but for those.
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const quoted = quoteOddNumbers(text);
    if (quoted === text) throw error;
    return withOddNumbers(JSON.parse(quoted), 0);
  }
}

const ODD = /"|-?Infinity\b|NaN\b/g;
const STRING_END = /["\\]/g;

/** The bare words in quotes and marked; what stands within strings is left alone. */
function quoteOddNumbers(text: string): string {
  let quoted = "";
  let from = 0;
  ODD.lastIndex = 0;
  for (let found = ODD.exec(text); found !== null; found = ODD.exec(text)) {
    if (found[0] === '"') {
      ODD.lastIndex = stringEnd(text, found.index + 1);
      continue;
    }
    quoted += `${text.slice(from, found.index)}"${MARK}${found[0]}"`;
    from = ODD.lastIndex;
  }
  return quoted + text.slice(from);
}

/** A character that JSON text cannot hold bare marks what was quoted here. */
const MARK = "\\u0000";

/** Where the string that is open at `at` has been closed. */
function stringEnd(text: string, at: number): number {
  STRING_END.lastIndex = at;
  for (let end = STRING_END.exec(text); end !== null; end = STRING_END.exec(text)) {
    if (end[0] === '"') return STRING_END.lastIndex;
    STRING_END.lastIndex++;
  }
  return text.length;
}

function withOddNumbers(value: unknown, depth: number): unknown {
  if (typeof value === "string" && value.startsWith("\0")) return Number(value.slice(1));
  if (value === null || typeof value !== "object" || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((each) => withOddNumbers(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withOddNumbers(each, depth + 1)]),
  );
}

/** What is wrong with a value, by the first thing that its schema found: the field and the reason. */
export function faultOf(value: unknown, error: z.ZodError): string {
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  const name = path.join(".") || "the line";
  const found = valueAt(value, path);
  if (typeof found === "number" && !Number.isFinite(found)) {
    return `${name} is ${found}, and no ratio or loss follows from that; leave the step out to see the others`;
  }
  return `${name}: ${issue?.message ?? "not valid"}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (at === null || typeof at !== "object") return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}
