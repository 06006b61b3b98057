import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { codeOf, ends, kernelNames, lanes, rowsOf } from "../../src/engine/shaders/manifest.ts";

const root = fileURLToPath(new URL("../../shaders", import.meta.url));
const text = (path: string) => readFileSync(`${root}/${path}`, "utf8");
const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".wgsl"));
const fragments = paths.filter((path) => path.startsWith("lib/"));
// The benchmark has its own; the page has none of them.
const kernels = paths.filter((path) => !/^(lib|bench)\//.test(path));

test("the manifest has every kernel, by its file's name, and each ends with its own file", () => {
  const named = kernels.map((path) => basename(path, ".wgsl"));
  expect([...kernelNames].toSorted()).toEqual(named.toSorted());
  for (const name of kernelNames) {
    const own = kernels.find((path) => basename(path, ".wgsl") === name) ?? "";
    expect(codeOf(name).endsWith(text(own)), name).toBe(true);
  }
});

test("every fragment is part of a kernel", () => {
  const chosen = [lanes, rowsOf, ends].flatMap((fragment) => Object.values(fragment));
  const all = [...kernelNames.map(codeOf), ...chosen];
  expect(fragments.filter((path) => !all.some((code) => code.includes(text(path))))).toEqual([]);
});

test("a fragment is no kernel, and a kernel has one entry point", () => {
  const entries = (path: string) => text(path).match(/^@compute/gm)?.length ?? 0;
  expect(fragments.filter((path) => entries(path) !== 0)).toEqual([]);
  expect(kernels.filter((path) => entries(path) !== 1)).toEqual([]);
});
