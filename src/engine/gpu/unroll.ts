/**
 * Sets the named constants in a shader and writes out every `for (var i = 0u; i < NAME; i++) {…}`
 * that counts to one of them; one that counts to 0 is left out. WGSL sizes private arrays by `const` only, never by `override`, and
 * an array stays in registers only where every index into it is a literal.
 */
export function unroll(code: string, constants: Readonly<Record<string, number>>): string {
  let specialised = code;
  for (const [name, value] of Object.entries(constants)) {
    const declaration = new RegExp(`^const ${name} = \\d+u;`, "m");
    if (!declaration.test(specialised)) throw new RangeError(`no "const ${name} = …u;" to set`);
    specialised = specialised.replace(declaration, `const ${name} = ${value}u;`);
  }
  return writeOut(specialised, constants);
}

function writeOut(code: string, constants: Readonly<Record<string, number>>): string {
  const loop = new RegExp(
    `for \\(var (\\w+) = 0u; \\1 < (${Object.keys(constants).join("|")}); \\1\\+\\+\\) \\{`,
  );
  const match = loop.exec(code);
  if (!match) return code;
  const [head, index, bound] = match;
  const open = match.index + head.length;
  const close = closingBrace(code, open);
  const body = code.slice(open, close);
  const counter = new RegExp(`\\b${index!}\\b`, "g");
  const copies = Array.from(
    { length: constants[bound!]! },
    (_, i) => `{${body.replace(counter, `${i}u`)}}`,
  );
  return writeOut(
    code.slice(0, match.index) + copies.join("\n") + code.slice(close + 1),
    constants,
  );
}

/** Index of the brace that closes the block whose text starts at `from`. */
function closingBrace(code: string, from: number): number {
  let depth = 1;
  for (let i = from; i < code.length; i++) {
    if (code[i] === "{") depth++;
    if (code[i] === "}" && --depth === 0) return i;
  }
  throw new SyntaxError("a loop in the shader is never closed");
}
