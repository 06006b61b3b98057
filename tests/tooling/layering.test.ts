import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "ratioscope-layers-"));
  await copyFile(join(root, ".oxlintrc.json"), join(project, ".oxlintrc.json"));
});
afterEach(() => rm(project, { recursive: true }));

/** What lint says about a project of these files. */
async function lint(files: Record<string, string>): Promise<{ passed: boolean; output: string }> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const oxlint = join(root, "node_modules", "oxlint", "bin", "oxlint");
  return new Promise((resolve) => {
    execFile(process.execPath, [oxlint], { cwd: project }, (error, stdout, stderr) =>
      resolve({ passed: error === null, output: stdout + stderr }),
    );
  });
}

describe("imports against the layers fail lint", () => {
  test.each([
    ["src/engine/gpu/a.ts", "../layers/linear.ts"],
    ["src/engine/layers/a.ts", "../policy/policy.ts"],
    ["src/engine/objective/a.ts", "../trainer.ts"],
    ["src/engine/optimizer/a.ts", "../../worker/protocol.ts"],
    ["src/engine/tasks/a.ts", "../gpu/kernel.ts"],
    ["src/engine/trainer.ts", "../views/chart.ts"],
    ["src/engine/trainer.ts", "react"],
    ["src/config/fields/a.ts", "../../engine/gpu/kernel.ts"],
    ["src/engine/trainer.ts", "../vectors/report.ts"],
    ["src/vectors/a.ts", "../worker/protocol.ts"],
    ["src/vectors/a.ts", "node:fs"],
    ["src/worker/a.ts", "../store/run.ts"],
    ["src/runs/a.ts", "../worker/client.ts"],
    ["src/store/a.ts", "../views/chart.ts"],
    ["src/store/a.ts", "../engine/gpu/device.ts"],
    ["src/views/lens/a.tsx", "../../engine/trainer.ts"],
    ["src/views/lens/a.tsx", "../../vectors/report.ts"],
  ])("%s ← %s", async (path, imported) => {
    const { passed, output } = await lint({
      [path]: `import { it } from "${imported}";\nexport const mine = it;\n`,
    });
    expect(output).toContain("no-restricted-imports");
    expect(passed).toBe(false);
  });
});

describe("imports along the layers pass lint", () => {
  test.each([
    ["src/engine/layers/a.ts", "../gpu/kernel.ts"],
    ["src/engine/optimizer/a.ts", "../policy/parameters.ts"],
    ["src/engine/trainer.ts", "./objective/objective.ts"],
    ["src/config/a.ts", "./fields/optimizer.ts"],
    ["src/vectors/a.ts", "../engine/update.ts"],
    ["src/vectors/a.ts", "../config/schema.ts"],
    ["src/worker/a.ts", "../engine/trainer.ts"],
    ["src/worker/a.ts", "../vectors/trl-loss.ts"],
    ["src/store/a.ts", "../config/schema.ts"],
    ["src/views/a.tsx", "../engine/record.ts"],
  ])("%s ← %s", async (path, imported) => {
    const { passed, output } = await lint({
      [path]: `import { it } from "${imported}";\nexport const mine = it;\n`,
    });
    expect({ passed, output }).toMatchObject({ passed: true });
  });

  test("a view may import the type of what computes", async () => {
    const { passed } = await lint({
      "src/views/a.tsx": `import type { Run } from "../engine/trainer.ts";\nexport type Mine = Run;\n`,
    });
    expect(passed).toBe(true);
  });
});

test("a cycle fails lint", async () => {
  const { passed, output } = await lint({
    "src/store/a.ts": `import { b } from "./b.ts";\nexport const a = () => b;\n`,
    "src/store/b.ts": `import { a } from "./a.ts";\nexport const b = () => a;\n`,
  });
  expect(output).toContain("no-cycle");
  expect(passed).toBe(false);
});

test("the engine may not reach for the DOM", async () => {
  const { passed, output } = await lint({
    "src/engine/trainer.ts": `export const width = () => window.innerWidth;\n`,
  });
  expect(output).toContain("no-restricted-globals");
  expect(passed).toBe(false);
});
