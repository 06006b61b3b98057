// The parts of bench/gpu-check as files that need nothing but a host with WebGPU.
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const part = (/** @type {string} */ name) => join(root, "bench", "gpu-check", `${name}.mjs`);
const PARTS = ["check", "adapter", "kernels", "vectors", "presets", "browse"];

/**
 * Writes NAME.mjs of every part into a folder, and the benchmark's; only `webgpu` and, for the page,
 * `playwright-core` are imported from elsewhere.
 * @param {string} outDir
 */
export async function buildParts(outDir) {
  const { build } = await import("vite");
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    resolve: { alias: { vitest: part("vitest"), playwright: "playwright-core" } },
    ssr: { noExternal: true, external: ["webgpu", "playwright-core"] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      target: "node20",
      minify: false,
      rolldownOptions: {
        input: {
          ...Object.fromEntries(PARTS.map((name) => [name, part(name)])),
          bench: join(root, "src/cli/bench/bundle.ts"),
        },
        output: { entryFileNames: "[name].mjs", chunkFileNames: "chunks/[name]-[hash].mjs" },
      },
    },
  });
}

/**
 * Writes in-page.js into a folder: the parts that a page of a browser can run.
 * @param {string} outDir
 */
export async function buildForPages(outDir) {
  const { build } = await import("vite");
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    base: "./",
    resolve: { alias: { vitest: part("vitest") } },
    build: {
      outDir,
      emptyOutDir: false,
      target: "esnext",
      minify: false,
      modulePreload: false,
      rolldownOptions: {
        input: part("in-page"),
        output: { entryFileNames: "in-page.js", chunkFileNames: "in-page/[name]-[hash].js" },
      },
    },
  });
}

/** Copies the reference vectors into vectors/ of a folder. @param {string} outDir */
export function copyVectors(outDir) {
  const fixtures = join(root, "tests", "fixtures");
  mkdirSync(join(outDir, "vectors"));
  for (const name of readdirSync(fixtures).filter((each) => each.endsWith(".json"))) {
    // What has no kind is no file of reference vectors.
    if ("kind" in JSON.parse(readFileSync(join(fixtures, name), "utf8")))
      copyFileSync(join(fixtures, name), join(outDir, "vectors", name));
  }
}
