import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apiReport, declarationsIn, REPORT } from "../../scripts/api.mjs";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "ratioscope-declarations-")));
});
afterEach(() => rm(folder, { recursive: true }));

const declare = async (modules: Record<string, string>): Promise<void> => {
  for (const [name, text] of Object.entries(modules)) await writeFile(join(folder, name), text);
};

test("docs/api.md has the library's face as it is; npm run api writes it", async () => {
  expect(await readFile(REPORT, "utf8")).toBe(apiReport());
});

test("values and types are told apart, with their comments", async () => {
  await declare({
    "index.d.ts": `export { double, type Pair } from "./pair.ts";\nexport type { Box } from "./box.ts";`,
    "pair.d.ts": `/** Two. */\nexport type Pair = [number, number];\n/** Twice. */\nexport declare function double(a: number): Pair;`,
    "box.d.ts": `export declare class Box { size: number; }`,
  });
  const { values, types } = declarationsIn(folder);
  expect([...values]).toEqual([
    ["double", "/** Twice. */\nexport declare function double(a: number): Pair;"],
  ]);
  expect([...types]).toEqual([
    ["Box", "export declare class Box { size: number; }"],
    ["Pair", "/** Two. */\nexport type Pair = [number, number];"],
  ]);
});

test("a type that a signature names and nobody can import is refused by name", async () => {
  await declare({
    "index.d.ts": `export { half, type Known } from "./half.ts";`,
    "half.d.ts": `interface Hidden { at: Known }\nexport interface Known { at: Date }\nexport declare const half: (of: import("./far.ts").Far) => Hidden;`,
    "far.d.ts": `export interface Far { far: true }`,
  });
  expect(() => declarationsIn(folder)).toThrow(
    "src/index.ts does not export Far (named by half), Hidden (named by half).",
  );
});
