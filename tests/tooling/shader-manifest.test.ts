import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as adapterCheck from "../../src/engine/shaders/adapter-check.ts";
import * as architectures from "../../src/engine/shaders/architectures.ts";
import * as comparisons from "../../src/engine/shaders/comparisons.ts";
import * as manifest from "../../src/engine/shaders/manifest.ts";
import * as optimizers from "../../src/engine/shaders/optimizers.ts";
import * as vision from "../../src/engine/shaders/vision.ts";

const { ends, lanes, rowsOf } = manifest;
const texts = new Map<string, string>([
  ...manifest.kernelNames.map((name) => [name, manifest.codeOf(name)] as const),
  ...adapterCheck.kernelNames.map((name) => [name, adapterCheck.codeOf(name)] as const),
  ...architectures.kernelNames.map((name) => [name, architectures.codeOf(name)] as const),
  ...comparisons.kernelNames.map((name) => [name, comparisons.codeOf(name)] as const),
  ...optimizers.kernelNames.map((name) => [name, optimizers.codeOf(name)] as const),
  ...vision.kernelNames.map((name) => [name, vision.codeOf(name)] as const),
]);

const root = fileURLToPath(new URL("../../shaders", import.meta.url));
const text = (path: string) => readFileSync(`${root}/${path}`, "utf8");
const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".wgsl"));
const fragments = paths.filter((path) => path.startsWith("lib/"));
// The benchmark has its own; the page has none of them.
const kernels = paths.filter((path) => !/^(lib|bench)\//.test(path));

test("the manifests have every kernel, by its file's name, and each ends with its own file", () => {
  const named = kernels.map((path) => basename(path, ".wgsl"));
  expect([...texts.keys()].toSorted()).toEqual(named.toSorted());
  for (const [name, code] of texts) {
    const own = kernels.find((path) => basename(path, ".wgsl") === name) ?? "";
    expect(code.endsWith(text(own)), name).toBe(true);
  }
});

test("every fragment is part of a kernel", () => {
  const chosen = [lanes, rowsOf, ends].flatMap((fragment) => Object.values(fragment));
  const all = [...texts.values(), ...chosen];
  expect(fragments.filter((path) => !all.some((code) => code.includes(text(path))))).toEqual([]);
});

test("a fragment is no kernel, and a kernel has one entry point", () => {
  const entries = (path: string) => text(path).match(/^@compute/gm)?.length ?? 0;
  expect(fragments.filter((path) => entries(path) !== 0)).toEqual([]);
  expect(kernels.filter((path) => entries(path) !== 1)).toEqual([]);
});
