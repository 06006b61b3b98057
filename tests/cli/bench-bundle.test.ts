import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ratioscope-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the benchmark's bundle runs where there is nothing but Node and `webgpu`", async () => {
  const built = spawnSync(process.execPath, ["scripts/build.mjs", "bench", folder], { cwd: root });
  expect(built.status, String(built.stderr)).toBe(0);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules/webgpu"), join(folder, "node_modules/webgpu"));

  const code = readFileSync(join(folder, "ratioscope-bench.mjs"), "utf8");
  const imported = [...code.matchAll(/^(?:import|export) .* from "([^"]+)";$/gm)].map(
    ([, id]) => id,
  );
  const others = imported.filter((id) => !id!.startsWith("node:") && !builtinModules.includes(id!));
  expect(others).toEqual(["webgpu"]);

  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["ratioscope-bench.mjs", "--arms", "--n", "1"], {
    cwd: folder,
  });
  const lines: unknown[] = stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  const arms = {
    host: "node",
    kind: "arms",
    n: 1,
    ms: expect.any(Number),
    adapter: expect.any(String),
  };
  expect(lines).toMatchObject([
    { ...arms, arms: 1 },
    { ...arms, arms: 2, of_one: expect.any(Number) },
  ]);

  await expect(
    run(process.execPath, ["ratioscope-bench.mjs", "--workload", "XL"], { cwd: folder }),
  ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("there are S, M, L") });
});
