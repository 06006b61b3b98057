import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { main } from "../../src/cli/convert.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "convert-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The one object that a call prints. */
async function convert(text: string, ...options: string[]): Promise<Record<string, unknown>> {
  const file = join(folder, "given");
  await writeFile(file, text);
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    expect(await main([file, ...options])).toBe(0);
    expect(log).toHaveBeenCalledTimes(1);
    return JSON.parse(String(log.mock.calls[0]?.[0])) as Record<string, unknown>;
  } finally {
    log.mockRestore();
  }
}

test("one object: whose, values, what became of each, findings", async () => {
  const text = `GRPOConfig(num_generations=8, beta=cfg.b, optim="paged_adamw_8bit", lr=1)`;
  const { from, values, notes, findings, output } = await convert(text);
  expect(from).toBe("trl");
  expect(values).toEqual({ num_generations: 8, optim: "paged_adamw_8bit" });
  expect(notes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ field: "beta", mark: "none" }),
      expect.objectContaining({ field: "optim", mark: "near" }),
      expect.objectContaining({ field: "lr", mark: "none" }),
    ]),
  );
  expect(findings).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: "ratio-always-one" })]),
  );
  expect(output).toBeNull();
});

test("whose defaults, and the form of the output, can be named", async () => {
  const { from, output } = await convert(
    "GRPOConfig(beta=0.5)",
    "--from",
    "unsloth",
    "--to",
    "yaml",
  );
  expect(from).toBe("unsloth");
  expect(output).toContain("beta: 0.5\n");
});

test.each([
  ['{"name": "x", "dependencies": {}}', [], "package.json"],
  ["GRPOConfig(beta=0.5)", ["--from", "verl"], "--from is verl; there are trl and unsloth."],
  ["GRPOConfig(beta=0.5)", ["--to", "verl"], "--to is verl; there are trl, yaml, json."],
  ["GRPOConfig(beta=0.5)", ["second"], "There is not one file to read."],
  ["GRPOConfig(beta=0.5)", ["--what"], "Unknown option '--what'."],
])("refuses %s %j", async (text, options, says) => {
  await expect(convert(text, ...options)).rejects.toThrow(says);
});

test("a file that is not there is named", async () => {
  await expect(main([join(folder, "nothing")])).rejects.toThrow("nothing cannot be read (ENOENT).");
});
