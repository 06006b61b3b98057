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

/** As CPython does: the rest has the divisor's sign, and the quotient is rounded from it. */
const rest = (a: number, b: number): number => {
  const left = a % b;
  return left !== 0 && left < 0 !== b < 0 ? left + b : left;
};
const quotient = (a: number, b: number): number => Math.round((a - rest(a, b)) / b);

/** A power below one of a whole number is rounded once here; engines round it more often. */
const power = (a: number, b: number): number => (b < 0 ? 1 / a ** -b : a ** b);

/** As Python computes: // and % round towards minus infinity. */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": quotient,
  "%": rest,
  "**": power,
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
  if (!compute) return beyond;
  const whole = Number.isInteger(a) && Number.isInteger(b);
  const value = compute(a, b);
  // Python's whole numbers have no end, and its powers of fractions are its C library's.
  const isExact = sign === "/" || Number.isSafeInteger(value) || (sign === "**" && b < 0);
  return (whole ? isExact : sign !== "**") ? finite(value) : beyond;
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
