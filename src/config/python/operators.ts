import type { Literal, PlainValue } from "./written.ts";

export const BEYOND = "is an expression that is not worked out here";

const beyond: Literal = { problem: BEYOND };

export const finite = (value: number): Literal =>
  Number.isFinite(value) ? { value: value + 0 } : { problem: "is not a finite number" };

export function unary(sign: string, value: PlainValue): Literal {
  if (sign === "not" && typeof value === "boolean") return { value: !value };
  if (typeof value !== "number") return beyond;
  if (sign === "-") return finite(-value);
  return sign === "+" ? { value } : beyond;
}

/** As Python computes: // and % round towards minus infinity. */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
  "**": (a, b) => a ** b,
};

const ORDERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

export function binary(a: PlainValue, sign: string, b: PlainValue): Literal {
  const truth = compared(a, sign, b);
  if (truth !== null) return { value: truth };
  if (typeof a === "string" && typeof b === "string" && sign === "+") return { value: a + b };
  if (typeof a !== "number" || typeof b !== "number") return beyond;
  const order = Object.hasOwn(ORDERS, sign) ? ORDERS[sign] : undefined;
  if (order) return { value: order(a, b) };
  const compute = Object.hasOwn(ARITHMETIC, sign) ? ARITHMETIC[sign] : undefined;
  return compute ? finite(compute(a, b)) : beyond;
}

/** Values of one type, which Python and this page compare alike; null: they are not compared. */
function compared(a: PlainValue, sign: string, b: PlainValue): boolean | null {
  if (/^is( not)?$/.test(sign) && b === null) return (a === null) === (sign === "is");
  if (/^(not )?in$/.test(sign) && Array.isArray(b)) {
    const each = b.map((item) => equal(a, item as PlainValue));
    return each.includes(null) ? null : each.includes(true) === (sign === "in");
  }
  const same = sign === "==" || sign === "!=" ? equal(a, b) : null;
  return same === null ? null : same === (sign === "==");
}

const equal = (a: PlainValue, b: PlainValue): boolean | null =>
  typeof a === typeof b && typeof a !== "object" ? a === b : null;
