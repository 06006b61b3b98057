// Explanations of fields are the page's: no worker shows one, and they are a twentieth of its code.
const FIELDS = /\/src\/config\/fields\/[\w-]+\.ts$/;
const HELP = /\bhelp:\s*"(?:[^"\\]|\\.)*"/g;

/**
 * Leaves the help of every field empty.
 * @returns {import("vite").Plugin}
 */
export function withoutHelp() {
  return {
    name: "without-help",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      return FIELDS.test(id) ? { code: code.replace(HELP, 'help: ""'), map: null } : null;
    },
  };
}
