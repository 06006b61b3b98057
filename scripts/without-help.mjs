// Explanations of fields are the page's: no worker shows one, and they are a twentieth of its code.
const FIELDS = /\/src\/config\/fields\/[\w-]+\.ts$/;
/** A sentence wherever it stands, and what says where one is from. */
const WORDS = /(\bsource:\s*)"(?:[^"\\]|\\.)*"|"(?:[^"\\\n]|\\.)* (?:[^"\\\n]|\\.)*\."/g;

/**
 * Leaves help and source of every field empty.
 * @returns {import("vite").Plugin}
 */
export function withoutHelp() {
  return {
    name: "without-help",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      return FIELDS.test(id) ? { code: code.replace(WORDS, '$1""'), map: null } : null;
    },
  };
}
