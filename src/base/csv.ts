/** A number as CSV has it: no spreadsheet computes it. */
const NUMBER = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;

/** What a spreadsheet takes for a formula, full-width forms included, or skips before one. */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/;

/**
 * A cell of text. Prompts, completions and names are free text: one that a spreadsheet would
 * evaluate is led by an apostrophe, which shows it as it is; numbers stay numbers.
 */
export function csvText(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
