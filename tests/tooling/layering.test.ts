import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const against = [
  ["src/engine/gpu/a.ts", "../layers/linear.ts"],
  ["src/engine/layers/a.ts", "../policy/policy.ts"],
  ["src/engine/objective/a.ts", "../trainer.ts"],
  ["src/engine/optimizer/a.ts", "../../worker/protocol.ts"],
  ["src/engine/tasks/a.ts", "../gpu/kernel.ts"],
  ["src/engine/a.ts", "../views/chart.ts"],
  ["src/engine/b.ts", "react"],
  ["src/config/fields/a.ts", "../../engine/gpu/kernel.ts"],
  ["src/engine/c.ts", "../vectors/report.ts"],
  ["src/vectors/a.ts", "../worker/protocol.ts"],
  ["src/vectors/b.ts", "node:fs"],
  ["src/worker/a.ts", "../store/run.ts"],
  ["src/runs/a.ts", "../worker/client.ts"],
  ["src/store/a.ts", "../views/chart.ts"],
  ["src/store/b.ts", "../engine/gpu/device.ts"],
  ["src/views/lens/a.tsx", "../../engine/trainer.ts"],
  ["src/views/lens/b.tsx", "../../vectors/report.ts"],
] as const;

const along = [
  ["src/engine/layers/along.ts", "../gpu/kernel.ts"],
  ["src/engine/optimizer/along.ts", "../policy/parameters.ts"],
  ["src/engine/along.ts", "./objective/objective.ts"],
  ["src/config/along.ts", "./fields/optimizer.ts"],
  ["src/vectors/along-engine.ts", "../engine/update.ts"],
  ["src/vectors/along-config.ts", "../config/schema.ts"],
  ["src/worker/along-engine.ts", "../engine/trainer.ts"],
  ["src/worker/along-vectors.ts", "../vectors/trl-loss.ts"],
  ["src/store/along.ts", "../config/schema.ts"],
  ["src/views/along.tsx", "../engine/record.ts"],
] as const;

const importing = (imported: string) =>
  `import { it } from "${imported}";\nexport const mine = it;\n`;

/** A project whose every file is a case; nothing else is in it, so that no import leads anywhere. */
const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [...against, ...along].map(([path, imported]) => [path, importing(imported)]),
  ),
  "src/views/types.tsx": `import type { Run } from "../engine/trainer.ts";\nexport type Mine = Run;\n`,
  "src/store/here.ts": `import { there } from "./there.ts";\nexport const here = () => there;\n`,
  "src/store/there.ts": `import { here } from "./here.ts";\nexport const there = () => here;\n`,
  "src/engine/dom.ts": `export const width = () => window.innerWidth;\n`,
};

/** What lint, started once for all of them, holds against each. */
const found = new Map<string, string[]>();

beforeAll(async () => {
  const project = await mkdtemp(join(tmpdir(), "ratioscope-layers-"));
  try {
    await copyFile(join(root, ".oxlintrc.json"), join(project, ".oxlintrc.json"));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }
    for (const { filename, code } of await lint(project)) {
      found.set(filename, [...(found.get(filename) ?? []), code]);
    }
  } finally {
    await rm(project, { recursive: true });
  }
});

async function lint(project: string): Promise<{ filename: string; code: string }[]> {
  const modules = join(root, "node_modules");
  // There lies what reads types for it, which it looks for beside the project and on the path.
  const PATH = [join(modules, ".bin"), process.env.PATH].join(delimiter);
  const args = [join(modules, "oxlint", "bin", "oxlint"), "--format=json"];
  const said = await new Promise<string>((resolve) => {
    const options = { cwd: project, env: { ...process.env, PATH } };
    execFile(process.execPath, args, options, (_, stdout, stderr) => resolve(stdout || stderr));
  });
  try {
    const { diagnostics } = JSON.parse(said) as {
      diagnostics: { filename: string; code: string }[];
    };
    return diagnostics.map(({ filename, code }) => ({
      filename: filename.replaceAll("\\", "/"),
      code,
    }));
  } catch (cause) {
    throw new Error(`lint said:\n${said}`, { cause });
  }
}

describe("imports against the layers fail lint", () => {
  test.each(against)("%s ← %s", (path) => {
    expect(found.get(path)).toContainEqual(expect.stringContaining("no-restricted-imports"));
  });
});

describe("imports along the layers pass lint", () => {
  test.each(along)("%s ← %s", (path) => {
    expect(found.get(path)).toBeUndefined();
  });

  test("a view may import the type of what computes", () => {
    expect(found.get("src/views/types.tsx")).toBeUndefined();
  });
});

test("a cycle fails lint", () => {
  expect(found.get("src/store/here.ts")).toContainEqual(expect.stringContaining("no-cycle"));
});

test("the engine may not reach for the DOM", () => {
  expect(found.get("src/engine/dom.ts")).toContainEqual(
    expect.stringContaining("no-restricted-globals"),
  );
});
