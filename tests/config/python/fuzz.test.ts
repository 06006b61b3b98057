import { expect, test } from "vitest";
import { exportArm, forms } from "../../../src/config/python/export.ts";
import { MAX_PASTE, readPaste } from "../../../src/config/python/paste.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { fields } from "../../../src/config/schema.ts";
import { fc, fuzzRuns, hangWatch } from "../../support/fuzz.ts";
import { outOfBounds } from "../out-of-bounds.ts";

const base = runFrom("sort");
const [firstArm] = base.arms;
if (!firstArm) throw new Error("the preset has no arm");
const exported = forms.map((form) => exportArm(base, firstArm, form));

const piece = fc.oneof(
  { arbitrary: fc.constantFrom(...fields.map(({ name }) => name)), weight: 4 },
  fc.constantFrom(
    "=",
    ":",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "**",
    "-",
    "not ",
    "\n",
    "\n  ",
    "#",
  ),
  fc.constantFrom("GRPOConfig(", "trl.", "x = ", "'", '"""', "f'", "\\", "None", "True", "nan"),
  fc.constantFrom("1e999", "-1", "0.5", "1_000", "9".repeat(40), "'sort'", "__proto__", "- ", "? "),
  fc.double().map(String),
  fc.string({ maxLength: 10 }),
);
const pieces = fc.array(piece, { maxLength: 40 }).map((all) => all.join(""));

/** A configuration with any text for its values. */
const configuration = fc
  .array(fc.tuple(fc.constantFrom(...fields.map(({ name }) => name)), piece), { maxLength: 12 })
  .chain((settings) =>
    fc.constantFrom(
      `GRPOConfig(${settings.map(([name, value]) => `\n  ${name}=${value},`).join("")})`,
      `{${settings.map(([name, value]) => `"${name}": ${value}`).join(", ")}}`,
      settings.map(([name, value]) => `${name}: ${value}`).join("\n"),
    ),
  );

/** An export with a stretch cut out, doubled or replaced. */
const damaged = fc
  .tuple(fc.constantFrom(...exported), fc.nat(4000), fc.nat(80), pieces)
  .map(([text, at, length, put]) => {
    const from = at % text.length;
    return text.slice(0, from) + put + text.slice(from + length);
  });

const BROKEN = fuzzRuns(1500);
/** 50,000 characters that are no Python are parsed for 700 ms: seven times that. */
const PASTE_MS = 5_000;

/** Texts of which a setting was taken. */
let taken = 0;

/** Reads it in time; nothing takes a value beyond its bounds. */
function expectReadSafely(text: string): void {
  const expectInTime = hangWatch(PASTE_MS);
  const result = readPaste(text, { base });
  expectInTime();
  if ("problem" in result) return;
  if (result.settled.some(({ outcome }) => outcome === "applied")) taken++;
  expect(outOfBounds(result.run)).toEqual([]);
  if (Object.getPrototypeOf(result.run.grpo) !== Object.prototype) throw new Error("prototype");
}

test(`${BROKEN} broken pastes: no crash, no hang, and nothing out of bounds is taken`, () => {
  fc.assert(
    fc.property(
      fc.oneof(pieces, configuration, { arbitrary: damaged, weight: 1 }),
      expectReadSafely,
    ),
    { numRuns: BROKEN },
  );
  expect(taken).toBeGreaterThan(BROKEN / 20);
});

/** Texts made to keep a parser busy, as long as they are read at all. */
test.each([
  ["(", "brackets"],
  ["([{", "mixed brackets"],
  ["GRPOConfig(", "calls"],
  ["a=1,\n", "arguments"],
  [": ", "colons"],
  ["|\n", "bars"],
  ["**", "stars"],
  ["? ", "keys"],
  ["- ", "items"],
  ["&a ", "anchors"],
  ["*a ", "aliases"],
  ["'\"'", "quotes"],
  ["not ", "not"],
  ["f'{", "formats"],
  ["a b ", "missing commas"],
  ["x if y else ", "conditions"],
  ["lambda:", "lambdas"],
  ["epsilon: 1\n", "YAML lines"],
  [" epsilon=0.1\n", "repairs"],
  ["::::", "colons without spaces"],
  ["a=a+a\n", "names"],
  ["if x:\n a=1\n", "bindings in branches"],
  ["if x:\n a=GRPOConfig(b=1)\n", "configurations in branches"],
  ["if x:\n a={**a,'b':1}\nelse:\n a={**a}\n", "dicts in branches"],
  ["a['t']['u']={'v':a}\n", "changes within"],
  ["b=a\na=b\nb['t']['u']=1\n", "other names"],
])("%j over and over (%s) does not hang", (unit) => {
  const fill = (length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  for (const length of [9_000, MAX_PASTE - 20]) {
    for (const text of [fill(length), `GRPOConfig(${fill(length)}`, `{${fill(length)}`]) {
      expectReadSafely(text);
    }
  }
});
