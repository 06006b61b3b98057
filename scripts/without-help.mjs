// Explanations of fields are a tenth of the page's own code before its first figure, and no worker shows
// one: they come with the form that has them, src/views/config/field-words.ts.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

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

const TABLE = fileURLToPath(new URL("../src/views/config/field-words.ts", import.meta.url));

/**
 * The same for the page, whose table of them is written out.
 * @returns {import("vite").Plugin[]}
 */
export function helpApart() {
  return [
    withoutHelp(),
    {
      name: "help-apart",
      apply: "build",
      enforce: "pre",
      async load(id) {
        if (id !== TABLE) return null;
        const { module } = await runnerImport(TABLE, { configFile: false, logLevel: "error" });
        const { fieldWords } = /** @type {typeof import("../src/views/config/field-words.ts")} */ (
          module
        );
        return `export const fieldWords = new Map(${JSON.stringify([...fieldWords])});`;
      },
    },
  ];
}
