/**
 * The value of a field of floats as Python and JSON read a float: without the point, 1 is an int
 * there. transformers refuses a temperature that is one, and torch betas of which one is.
 */
export const floatLiteral = (value: number): string => String(value).replace(/^-?\d+$/, "$&.0");

/**
 * Arguments of generation and of schedules that are floats: transformers refuses a temperature or a
 * repetition penalty of 2. A map does not say the types of its values, and here 2.0 is 2.
 */
const FLOATS: ReadonlySet<string> = new Set([
  "temperature",
  "top_p",
  "min_p",
  "typical_p",
  "epsilon_cutoff",
  "eta_cutoff",
  "repetition_penalty",
  "encoder_repetition_penalty",
  "length_penalty",
  "diversity_penalty",
  "guidance_scale",
  "min_lr",
  "min_lr_rate",
  "lr_end",
  "power",
]);

/** One value of a map, by its key. */
const inMap = (key: string, value: unknown, otherwise: (value: unknown) => string): string =>
  typeof value === "number" && FLOATS.has(key) ? floatLiteral(value) : otherwise(value);

/** The same as PyYAML reads a float. */
export const yamlFloat = (value: number): string => withPoint(floatLiteral(value));

/** A value as a Python literal. JSON's strings are Python's too. */
export function pythonLiteral(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value as object);
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${inMap(key, each, pythonLiteral)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

/** A value as JSON, indented by two. */
export function jsonLiteral(value: unknown): string {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return JSON.stringify(value, null, 2);
  }
  const entries = Object.entries(value).map(([key, each]) => {
    const literal = inMap(key, each, jsonLiteral).replaceAll("\n", "\n  ");
    return `  ${JSON.stringify(key)}: ${literal}`;
  });
  return entries.length === 0 ? "{}" : `{\n${entries.join(",\n")}\n}`;
}

/** A value as YAML that PyYAML reads alike: it takes 5e-7 for text, and 5.0e-7 for a number. */
export function yamlLiteral(value: unknown): string {
  if (typeof value === "number") return yamlNumber(value);
  if (Array.isArray(value)) return `[${value.map(yamlLiteral).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value);
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${withPoint(inMap(key, each, yamlLiteral))}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

const yamlNumber = (value: number): string => withPoint(String(value));

/** A point before the exponent. */
const withPoint = (text: string): string => text.replace(/^(-?\d+)e/, "$1.0e");
