import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = (folder: string, ending: string) =>
  readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`);
const text = (path: string) => readFileSync(`${root}/${path}`, "utf8");

const shaders = files("shaders", ".wgsl");
/** The page has none of them. */
const isBenchmark = (path: string) => path.startsWith("shaders/bench/");

test("every shader of the page is compiled by a test that runs in Chromium", () => {
  const compiled = new Set(
    files("tests/kernels", ".test.ts").flatMap((path) => {
      // What is named there is checked there.
      const named = /^compiles\(([^)]*)\);/m.exec(text(path))?.[1] ?? "";
      return [...named.matchAll(/"([^"]+)"/g)].map(([, name]) => `shaders/${name}.wgsl`);
    }),
  );
  expect(shaders.filter((path) => !isBenchmark(path) && !compiled.has(path))).toEqual([]);
});

test("a shader is known by its first line", () => {
  const first = shaders.map((path) => text(path).split("\n", 1)[0]);
  expect(new Set(first).size).toBe(shaders.length);
});
