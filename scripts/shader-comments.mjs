import { readFile } from "node:fs/promises";

// Shaders are loaded as text, comments and all; in the built site nobody reads those.
const SHADER = /\.wgsl\?raw$/;

/**
 * Leaves out comments, empty lines, indentation and the spaces that align columns of every shader.
 * @returns {import("vite").Plugin}
 */
export function withoutShaderComments() {
  return {
    name: "shader-comments",
    apply: "build",
    enforce: "pre",
    async load(id) {
      if (!SHADER.test(id)) return null;
      const file = id.slice(0, -"?raw".length);
      this.addWatchFile(file);
      return `export default ${JSON.stringify(bare(await readFile(file, "utf8")))}`;
    },
  };
}

/**
 * WGSL has no texts in quotes: what looks like a comment is one.
 * @param {string} shader
 */
const bare = (shader) =>
  shader
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/[ \t]*\/\/.*$/gm, "")
    .replace(/[ \t]+/g, " ")
    .replace(/\n\s*/g, "\n")
    .trimStart();
