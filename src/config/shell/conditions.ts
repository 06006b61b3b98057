import type { TestExpression, Word as ShellWord } from "unbash";
import type { Word } from "../reading/flags.ts";
import { expandText } from "./expand.ts";
import { textOf } from "./value.ts";
import type { Walk } from "./walk.ts";

/** Whether `[ … ]` or `test …` holds; null where only running it tells. */
export function testHolds(words: readonly Word[]): boolean | null {
  const texts = words.map(({ text, problem }) => (problem === undefined ? text : null));
  const [first, second, third] = texts;
  if (first === "!") {
    const rest = testHolds(words.slice(1));
    return rest === null ? null : !rest;
  }
  for (const [operator, join] of [
    ["-o", (a: boolean, b: boolean) => a || b],
    ["-a", (a: boolean, b: boolean) => a && b],
  ] as const) {
    const at = texts.indexOf(operator);
    if (at <= 0) continue;
    const [left, right] = [testHolds(words.slice(0, at)), testHolds(words.slice(at + 1))];
    return left === null || right === null ? null : join(left, right);
  }
  if (words.length === 1) return first == null ? null : first !== "";
  if (words.length === 2) return first == null || second == null ? null : unary(first, second);
  if (words.length !== 3 || first == null || second == null || third == null) return null;
  return compare(first, second, third);
}

/** Whether `[[ … ]]` holds; null where only running it tells. */
export function expressionHolds(test: TestExpression, walk: Walk): boolean | null {
  const known = (word: ShellWord) => textOf(expandText(word, walk));
  switch (test.type) {
    case "TestUnary": {
      const operand = known(test.operand);
      return operand === null ? null : unary(test.operator, operand);
    }
    case "TestBinary": {
      const [left, right] = [known(test.left), known(test.right)];
      return left === null || right === null ? null : compare(left, test.operator, right);
    }
    case "TestGroup":
      return expressionHolds(test.expression, walk);
    case "TestNot": {
      const inner = expressionHolds(test.operand, walk);
      return inner === null ? null : test.negations.length % 2 === 1 ? !inner : inner;
    }
    case "TestLogical": {
      const all = test.operands.map((each) => expressionHolds(each, walk));
      const decides = test.operator === "||";
      if (all.includes(decides)) return decides;
      return all.includes(null) ? null : !decides;
    }
  }
}

/** Of files and the like nothing is known. */
const unary = (operator: string, operand: string): boolean | null =>
  operator === "-z" ? operand === "" : operator === "-n" ? operand !== "" : null;

function compare(left: string, operator: string, right: string): boolean | null {
  if (operator === "=" || operator === "==" || operator === "!=") {
    const equal = matches(left, right);
    return equal === null ? null : equal === (operator !== "!=");
  }
  const [a, b] = [left, right].map((text) =>
    /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : NaN,
  );
  if (a === undefined || b === undefined || Number.isNaN(a + b)) return null;
  switch (operator) {
    case "-eq":
      return a === b;
    case "-ne":
      return a !== b;
    case "-lt":
      return a < b;
    case "-le":
      return a <= b;
    case "-gt":
      return a > b;
    case "-ge":
      return a >= b;
    default:
      return null;
  }
}

/** Whether a text fits a pattern of letters and stars; null: the pattern has more. */
export function matches(text: string, pattern: string): boolean | null {
  if (/[?[\]\\]/.test(pattern)) return null;
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const middle of rest) {
    const found = text.indexOf(middle, at);
    if (found < 0) return false;
    at = found + middle.length;
  }
  return at <= text.length - last.length;
}
