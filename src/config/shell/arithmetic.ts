import type { ArithmeticExpression } from "unbash";

/**
 * The whole number that an arithmetic expression comes to; null where it rests on what is not known,
 * assigns, or does more than sums, products and comparisons.
 * @param valueOf The text of a variable; null: not known.
 */
export function arithmetic(
  expression: ArithmeticExpression,
  valueOf: (name: string) => string | null,
): number | null {
  const of = (inner: ArithmeticExpression): number | null => arithmetic(inner, valueOf);
  switch (expression.type) {
    case "ArithmeticGroup":
      return of(expression.expression);
    case "ArithmeticWord":
      return whole(expression.value, valueOf);
    case "ArithmeticUnary": {
      const operand = of(expression.operand);
      if (operand === null || !expression.prefix) return null;
      return UNARY[expression.operator]?.(operand) ?? null;
    }
    case "ArithmeticBinary": {
      const [left, right] = [of(expression.left), of(expression.right)];
      if (left === null || right === null) return null;
      return inRange(BINARY[expression.operator]?.(left, right) ?? null);
    }
    case "ArithmeticTernary": {
      const test = of(expression.test);
      if (test === null) return null;
      return of(test !== 0 ? expression.consequent : expression.alternate);
    }
    case "ArithmeticCommandExpansion":
      return null;
  }
}

const UNARY: Readonly<Record<string, (value: number) => number>> = {
  "-": (value) => -value,
  "+": (value) => value,
  "!": (value) => Number(value === 0),
};

const BINARY: Readonly<Record<string, (left: number, right: number) => number | null>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => (right === 0 ? null : Math.trunc(left / right)),
  "%": (left, right) => (right === 0 ? null : left % right),
  "**": (left, right) => (right < 0 ? null : left ** right),
  "<": (left, right) => Number(left < right),
  "<=": (left, right) => Number(left <= right),
  ">": (left, right) => Number(left > right),
  ">=": (left, right) => Number(left >= right),
  "==": (left, right) => Number(left === right),
  "!=": (left, right) => Number(left !== right),
  "&&": (left, right) => Number(left !== 0 && right !== 0),
  "||": (left, right) => Number(left !== 0 || right !== 0),
};

const inRange = (value: number | null): number | null =>
  value !== null && Number.isSafeInteger(value) ? value : null;

function whole(word: string, valueOf: (name: string) => string | null): number | null {
  const [, braced, plain] = /^\$\{(\w+)\}$|^\$?([A-Za-z_]\w*)$/.exec(word) ?? [];
  const name = braced ?? plain;
  const text = name === undefined ? word : valueOf(name);
  if (text === null || !/^[-+]?(?:0|[1-9]\d*)$/.test(text.trim())) return null;
  return inRange(Number(text));
}
