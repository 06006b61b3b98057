/**
 * The value of a field of floats as Python and JSON read a float: without the point, 1 is an int
 * there. transformers refuses a temperature that is one, and torch betas of which one is.
 */
export const floatLiteral = (value: number): string => String(value).replace(/^-?\d+$/, "$&.0");

/** The same as PyYAML reads a float. */
export const yamlFloat = (value: number): string => withPoint(floatLiteral(value));

/** A value as a Python literal. JSON's strings are Python's too. */
export function pythonLiteral(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value as object);
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${pythonLiteral(each)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

/** A value as YAML that PyYAML reads alike: it takes 5e-7 for text, and 5.0e-7 for a number. */
export function yamlLiteral(value: unknown): string {
  if (typeof value === "number") return yamlNumber(value);
  if (Array.isArray(value)) return `[${value.map(yamlLiteral).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value);
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${yamlLiteral(each)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

const yamlNumber = (value: number): string => withPoint(String(value));

/** A point before the exponent. */
const withPoint = (text: string): string => text.replace(/^(-?\d+)e/, "$1.0e");
