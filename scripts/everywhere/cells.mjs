// What a cell of the table says of a check's lines.

/** @typedef {Record<string, any>} Line */

/** @param {string} check @param {readonly Line[]} lines */
export function cell(check, lines) {
  if (lines.length === 0) return "nothing";
  const sum = (/** @type {string} */ key) => lines.reduce((total, line) => total + line[key], 0);
  if (check === "vectors") {
    const [what, error] = largest(lines);
    return `${sum("cases")} cases, ${sum("failed")} failed; largest error ${error.toExponential(1)} (${what})`;
  }
  if (check === "presets") return `${lines.length} steps of arms on ${lines[0]?.adapter}`;
  if (check === "kernels") return `${sum("passed")} passed, ${sum("failed")} failed`;
  const told = lines.map(({ file, failed, ms }) =>
    failed ? `${file} ✗` : `${file} ${(ms / 1000).toFixed(0)} s`,
  );
  return told.join(", ");
}

/** @param {readonly Line[]} lines of reference vectors @returns {[string, number]} */
function largest(lines) {
  const errors = lines.flatMap(({ file, worst }) =>
    Object.entries(worst).map(
      ([quantity, error]) => /** @type {[string, number]} */ ([`${file} ${quantity}`, error]),
    ),
  );
  return errors.toSorted(([, a], [, b]) => b - a)[0] ?? ["", NaN];
}
