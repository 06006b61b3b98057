import { fc } from "./fuzz.ts";

// Texts of configurations, broken, for whoever reads them.

/** A notebook of these cells of code. */
export const notebookOf = (...cells: string[]) =>
  JSON.stringify({ cells: cells.map((source) => ({ cell_type: "code", source: [source] })) });

/** Pieces that end, nest or would run something, whoever evaluated them. */
const piece = fc.oneof(
  fc.constantFrom(
    "'",
    '"',
    "`",
    "\\",
    "\n",
    "$",
    "${",
    "}",
    "$(",
    ")",
    "((",
    "<<EOF\n",
    "EOF",
    ";",
    "|",
    "&&",
    "#",
    "~",
  ),
  fc.constantFrom(
    "if ",
    "then ",
    "fi\n",
    "case ",
    "esac",
    "do ",
    "done",
    "{ ",
    "[[",
    "]]",
    "*",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    "- ",
  ),
  fc.constantFrom(
    "$(node -e 'process.exit(7)')",
    "`touch ran`",
    "eval 'ran=1'",
    "${constructor.constructor('globalThis.ran=1')()}",
    "!!js/function 'function(){globalThis.ran=1}'",
    "__proto__: {ran: 1}\n",
    "__proto__.ran=1",
    "[__proto__]\nran = 1\n",
    '"__proto__": {"ran": 1},',
  ),
  fc.constantFrom(
    "$A",
    "${A[@]}",
    "A=$A$A",
    "A+=($A $A)",
    "--",
    "-1",
    "1e999",
    "\u0000",
    "\u2028",
    "=",
    ": ",
  ),
  fc.string({ maxLength: 6 }),
);

/** A text with some stretches cut out, doubled or replaced. */
export const mutated = (texts: readonly string[], most = 5) =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), fc.nat(12), piece, fc.boolean()), {
        minLength: 1,
        maxLength: most,
      }),
    )
    .map(([text, changes]) =>
      changes.reduce((now, [at, length, put, doubles]) => {
        const from = at % (now.length + 1);
        const cut = now.slice(from, from + length);
        return now.slice(0, from) + (doubles ? cut + cut : "") + put + now.slice(from + length);
      }, text),
    );

/** Nothing that the text says was run, here or in the page. */
export function expectNothingRan(): void {
  if (Reflect.get(globalThis, "ran") !== undefined) throw new Error("it was evaluated");
  if (Reflect.get({}, "ran") !== undefined) throw new Error("the prototype has it");
}
