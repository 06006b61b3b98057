import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("public/vectors is what the script makes of the fixtures", async () => {
  const made = await mkdtemp(join(tmpdir(), "ratioscope-vectors-"));
  try {
    const script = join(root, "scripts", "bundle-vectors.mjs");
    await promisify(execFile)(process.execPath, [script, made]);
    const names = await readdir(made);
    expect(names).toContain("index.json");
    expect(names).toEqual(await readdir(join(root, "public", "vectors")));
    for (const name of names) {
      const bundled = await readFile(join(root, "public", "vectors", name), "utf8");
      expect(bundled === (await readFile(join(made, name), "utf8")), name).toBe(true);
    }
  } finally {
    await rm(made, { recursive: true });
  }
});
