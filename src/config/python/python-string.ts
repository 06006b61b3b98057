/** Python's string literals: prefixes, triple quotes, escapes. */

const STRING = /^([a-z]{0,2})('''|"""|'|")([\s\S]*)\2$/i;
const ESCAPE = /\\(?:\n|([0-7]{1,3})|x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([\s\S]))/g;

const SIMPLE: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The text that a literal stands for; undefined where it is bytes, names a character, or is no whole literal. */
export function readString(literal: string): string | undefined {
  const match = STRING.exec(literal);
  if (!match) return undefined;
  const [, prefix = "", , body = ""] = match;
  if (/b/i.test(prefix)) return undefined;
  // A character by its name: the names are not here.
  if (!/r/i.test(prefix) && /(?<!\\)(?:\\\\)*\\N\{/.test(body)) return undefined;
  return /r/i.test(prefix) ? body : body.replace(ESCAPE, unescape);
}

function unescape(
  whole: string,
  octal?: string,
  hex?: string,
  short?: string,
  long?: string,
  character?: string,
): string {
  if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
  const code = hex ?? short ?? long;
  if (code !== undefined) {
    const point = Number.parseInt(code, 16);
    return point > 0x10ffff ? whole : String.fromCodePoint(point);
  }
  if (character === undefined) return ""; // a line that goes on
  return SIMPLE[character] ?? whole;
}
