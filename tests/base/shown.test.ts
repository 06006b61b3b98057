import { expect, test } from "vitest";
import { shown } from "../../src/base/shown.ts";

const own: { self?: unknown } = {};
own.self = own;

test.each([
  ["sort", '"sort"'],
  [-1, "-1"],
  [Number.NaN, "NaN"],
  [10n, "10"],
  [undefined, "undefined"],
  [null, "null"],
  [[1, "a"], '[1,"a"]'],
  [() => 0, "a function"],
  [Symbol("s"), "a symbol"],
  [Promise.resolve(1), "a promise"],
  [own, "an object"],
  [{ big: 1n }, "an object"],
  ["x".repeat(80), `"${"x".repeat(58)}…`],
])("a value in a sentence: %s", (value, text) => {
  expect(shown(value)).toBe(text);
});
