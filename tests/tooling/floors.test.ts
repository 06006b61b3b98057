import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { architecture, floors, lintConfig } from "../../scripts/floors.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = Object.keys(floors);
const isFile = (floor: string) => floor.includes(".");

/** A file of a floor that imports something; React's extension is taken everywhere. */
interface Case {
  path: string;
  imported: string;
  type: boolean;
}
let counted = 0;
const fresh = (floor: string) => `src/${floor}/case${counted++}.tsx`;
const way = (path: string, floor: string) => {
  const target = isFile(floor) ? `src/${floor}` : `src/${floor}/it.ts`;
  const found = posix.relative(dirname(path), target);
  return found.startsWith(".") ? found : `./${found}`;
};
const ofFloor = (floor: string, other: string, type = false): Case => {
  const path = fresh(floor);
  return { path, imported: way(path, other), type };
};
const ofPackage = (floor: string, imported: string): Case => ({
  path: fresh(floor),
  imported,
  type: false,
});

// The two files at src's root are what a host loads; nothing imports them.
const folders = names.filter((floor) => !isFile(floor));
const every = folders.flatMap((floor) => {
  const { imports, types = [] } = floors[floor]!;
  const others = names.filter((other) => other !== floor);
  const allowed = new Set([...imports, ...types]);
  return [
    ...others.map((other) => ({ ...ofFloor(floor, other), fine: imports.includes(other) })),
    ...others.map((other) => ({ ...ofFloor(floor, other, true), fine: allowed.has(other) })),
  ];
});

/** What must hold whatever the table says. */
const against: Case[] = [
  ofFloor("engine/gpu", "engine/layers"),
  ofFloor("engine/layers", "engine/policy"),
  ofFloor("engine/objective", "engine/training"),
  ofFloor("engine/optimizer", "worker"),
  ofFloor("tasks", "engine/gpu", true),
  ofFloor("config", "engine/gpu", true),
  ofFloor("engine/training", "views", true),
  ofPackage("engine/training", "react"),
  ofPackage("analysis", "react"),
  ofPackage("analysis", "zustand"),
  ofPackage("vectors", "node:fs"),
  ofFloor("analysis", "store/view", true),
  ofFloor("vectors", "worker"),
  ofFloor("worker", "store/run", true),
  ofFloor("runs", "worker", true),
  ofFloor("store/run", "views", true),
  ofFloor("store/run", "engine/training"),
  ofFloor("views", "engine/training"),
  ofFloor("views", "vectors", true),
  ofFloor("base", "scripting", true),
  // Past the manifest.
  {
    path: "src/engine/layers/past.ts",
    imported: "../../../shaders/lib/sequence-span.wgsl?raw",
    type: false,
  },
  // No row: nothing may be imported, whatever it is.
  ofFloor("lens", "base"),
];

const along: Case[] = [
  ofFloor("engine/layers", "engine/gpu"),
  ofFloor("engine/training", "engine/objective"),
  ofFloor("worker", "engine/run"),
  ofFloor("views", "engine/training", true),
  { path: "src/config/along.ts", imported: "./fields/optimizer.ts", type: false },
  { path: "src/config/fields/along.ts", imported: "../python/along.ts", type: false },
  { path: "src/config/fields/up.ts", imported: "../schema.ts", type: false },
  { path: "src/config/fields/out.ts", imported: "../../tasks/it.ts", type: false },
  ofFloor("engine/layers", "engine/shaders"),
  {
    path: "src/engine/shaders/shader.ts",
    imported: "../../../shaders/lib/sequence-span.wgsl?raw",
    type: false,
  },
];

const text = ({ imported, type }: Case) =>
  type
    ? `import type { It } from "${imported}";\nexport type Mine = It;\n`
    : `import { it } from "${imported}";\nexport const mine = it;\n`;

/** A project whose every file is a case; nothing else is in it, so that no import leads anywhere. */
const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...every, ...against, ...along].map((each) => [each.path, text(each)])),
  "src/store/run/here.ts": `import { there } from "./there.ts";\nexport const here = () => there;\n`,
  "src/store/run/there.ts": `import { here } from "./here.ts";\nexport const there = () => here;\n`,
  "src/engine/gpu/dom.ts": `export const width = () => window.innerWidth;\n`,
};

/** What lint, started once for all of them, holds against each. */
const found = new Map<string, string[]>();

beforeAll(async () => {
  const project = await mkdtemp(join(tmpdir(), "ratioscope-floors-"));
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

test("lint's configuration is the table's: `npm run fix` writes it", async () => {
  const written: unknown = JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8"));
  expect(written).toEqual(lintConfig());
});

test("docs/ARCHITECTURE.md has the table's floors: `npm run fix` writes them", async () => {
  const written = await readFile(join(root, "docs/ARCHITECTURE.md"), "utf8");
  expect(written).toBe(architecture());
  for (const [floor, { is }] of Object.entries(floors)) {
    expect(written).toContain(`\n- \`${floor}\`: ${is}\n`);
  }
});

test("every folder and file of src has one row, and every row a folder or file", async () => {
  const split = new Set(
    names
      .filter((floor) => floor.includes("/"))
      .map((floor) => floor.split("/")[0]!)
      .filter((whole) => !names.includes(whole)),
  );
  const there = await Promise.all(
    (await readdir(join(root, "src"))).map(async (name) =>
      split.has(name)
        ? (await readdir(join(root, "src", name))).map((wing) => `${name}/${wing}`)
        : [name],
    ),
  );
  // A floor within another one has a row of its own beside it.
  const within = names.filter(
    (floor) => names.includes(floor.split("/")[0]!) && floor.includes("/"),
  );
  for (const floor of within) expect(existsSync(join(root, "src", floor)), floor).toBe(true);
  expect([...there.flat(), ...within].toSorted()).toEqual(names.toSorted());
});

test("floors import downwards only: a row names rows above it", () => {
  for (const [at, floor] of names.entries()) {
    const { imports, types = [] } = floors[floor]!;
    for (const other of [...imports, ...types]) {
      expect(names.slice(0, at), `${floor} ← ${other}`).toContain(other);
    }
  }
});

test("a row names no floor that nothing of it imports", async () => {
  const paths = (await readdir(join(root, "src"), { recursive: true, encoding: "utf8" }))
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path));
  const floorOf = (path: string) =>
    names
      .toSorted((a, b) => b.length - a.length)
      .find((floor) => path === floor || path.startsWith(`${floor}/`));
  const used = new Map<string | undefined, Set<string | undefined>>(
    names.map((it) => [it, new Set()]),
  );
  for (const path of paths) {
    const source = await readFile(join(root, "src", path), "utf8");
    // Workers' scripts are found by their URL.
    for (const [, found = ""] of source.matchAll(/(?:from|import|import\(|URL\()\s*"(\.[^"]+)"/g)) {
      used.get(floorOf(path))?.add(floorOf(posix.join(dirname(path), found)));
    }
  }
  for (const [floor, { imports, types = [] }] of Object.entries(floors)) {
    expect(
      [...imports, ...types].filter((other) => !used.get(floor)?.has(other)),
      floor,
    ).toEqual([]);
  }
});

const restricted = expect.stringContaining("no-restricted-imports");

test.each(folders)("%s imports what its row says, and nothing else", (floor) => {
  const ofIt = every.filter(({ path }) => posix.dirname(path) === `src/${floor}`);
  expect(ofIt.length).toBe(2 * (names.length - 1));
  for (const { path, imported, type, fine } of ofIt) {
    const says = `${floor} ← ${type ? "type of " : ""}${imported}`;
    if (fine) expect(found.get(path), says).toBeUndefined();
    else expect(found.get(path), says).toContainEqual(restricted);
  }
});

describe("imports against the floors fail lint", () => {
  test.each(against)("$path ← $imported", ({ path }) => {
    expect(found.get(path)).toContainEqual(restricted);
  });
});

describe("imports along the floors pass lint", () => {
  test.each(along)("$path ← $imported", ({ path }) => {
    expect(found.get(path)).toBeUndefined();
  });
});

test("a cycle fails lint", () => {
  expect(found.get("src/store/run/here.ts")).toContainEqual(expect.stringContaining("no-cycle"));
});

test("the engine may not reach for the DOM", () => {
  expect(found.get("src/engine/gpu/dom.ts")).toContainEqual(
    expect.stringContaining("no-restricted-globals"),
  );
});
