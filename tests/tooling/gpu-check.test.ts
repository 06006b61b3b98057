import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "ratioscope-gpu-check-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const say = (line: object) => `console.log(${JSON.stringify(JSON.stringify(line))});`;
const adapter = {
  kind: "adapter",
  name: "nvidia hopper",
  software: false,
  checked: "computes right",
  info: { vendor: "nvidia" },
  features: ["subgroups"],
  limits: { maxBufferSize: 2 ** 32 },
};
const timed = { ms: 2, min: 1, max: 3, n: 4, first_ms: 900 };
const training = {
  ...{ ...timed, kind: "train", workload: "L", family: "register" },
  ...{ tok_s: 2_048_000, gflops: 15_000, bytes: 4e9, dispatches: 65 },
};
const fraction = {
  ...{ kind: "fraction", workload: "L", family: "register", of: "train" },
  ...{ of_multiply_add: 0.5, of_linear: 0.9, of_copy: 0.7, dispatch_share: 0.1 },
};
const HANGS = "setInterval(() => undefined, 1000);";

/** The check with these scripts for its parts; what it wrote. */
async function check(parts: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  const from = mkdtempSync(join(scratch, "bundle-"));
  const out = join(from, "out");
  mkdirSync(join(from, "vectors"));
  for (const [name, code] of Object.entries(parts)) writeFileSync(join(from, name), code);
  const program = join(root, "bench/gpu-check/check.mjs");
  const env = { PATH: process.env.PATH, PYTHON: join(from, "python") };
  const child = spawn(process.execPath, [program, "--from", from, "--out", out, ...flags], { env });
  let said = "";
  child.stdout.on("data", (data) => (said += String(data)));
  child.stderr.on("data", (data) => (said += String(data)));
  const code = await new Promise<number | null>((ended) => child.on("close", ended));
  const read = (name: string) => readFileSync(join(out, name), "utf8");
  const { results } = JSON.parse(read("results.json")) as {
    results: { name: string; outcome: string; lines: unknown[] }[];
  };
  const outcomes = Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));
  return { code, said, outcomes, text: read("results.md"), lines: read("results.jsonl") };
}

const vectorsOf = (failed: number) =>
  `import { readdirSync } from "node:fs"; readdirSync(process.argv[3]);
   const family = process.argv[2];
   console.log(JSON.stringify({ kind: "vectors", family, file: "a.json", of: "llama", cases: 4, failed: ${failed}, worst: { logits: 2e-6, grads: 3e-5 }, failures: [], errors: [] }));`;
const kernels = say({ kind: "kernels", file: "a.test.ts", passed: 7, failed: 0, failures: [] });

test("what one part fails at ends no other, and all that is known is kept", async () => {
  const bench = `${say(training)}${say(fraction)} if (process.argv.at(-1) === "workgroup") { console.error("no such tile"); process.exit(3); }`;
  const { code, said, outcomes, text, lines } = await check(
    {
      "adapter.mjs": say(adapter),
      "vectors.mjs": vectorsOf(0),
      "kernels.mjs": kernels,
      "bench.mjs": bench,
    },
    ...["--parts", "vectors,kernels,bench"],
  );
  expect(code, said).toBe(1);
  const { "bench, workgroup": failed, ...others } = outcomes;
  expect(failed).toBe("failed (3)");
  expect(new Set(Object.values(others))).toEqual(new Set(["done"]));
  expect(said).toContain("no such tile");
  expect(lines).toContain('"part":"bench, workgroup"');
  expect(text).toContain("| nvidia hopper |");
  expect(text).toMatch(/\| a\.json \| workgroup \| 4 \| 0 \| grads 3\.0e-5 \|/);
  expect(text).toMatch(/\d passed, 0 failed/);
  // 15,000 GFLOP/s are half of what multiply-adds do; nothing is known of PyTorch.
  expect(text).toMatch(
    /\| L, register \| 2 ms \(1 ms–3 ms, n 4\) \|.*\| 15000 \|  \| 50 % \| 70 % \|/,
  );
});

test("a part that hangs is ended when its time is over", async () => {
  const { code, outcomes } = await check(
    { "adapter.mjs": say(adapter), "kernels.mjs": kernels + HANGS },
    ...["--parts", "kernels", "--slow", "0.02"],
  );
  expect(code).toBe(1);
  for (const outcome of Object.values(outcomes))
    expect(outcome).toMatch(/^out of time after \d lines$/);
});

test("a wrong number is a failure, though the part ends well", async () => {
  const { code, outcomes } = await check(
    { "adapter.mjs": say(adapter), "vectors.mjs": vectorsOf(1) },
    ...["--parts", "vectors"],
  );
  expect(outcomes).toEqual({ "vectors, register": "failed", "vectors, workgroup": "failed" });
  expect(code).toBe(1);
});

test("without a card nothing is measured on the processor in its place", async () => {
  const software = { ...adapter, name: "google swiftshader", software: true };
  const parts = { "adapter.mjs": say(software), "vectors.mjs": vectorsOf(0) };
  const { code, said, outcomes } = await check(parts, "--parts", "vectors,bench");
  expect(code).toBe(1);
  expect(said).toMatch(/google swiftshader/);
  expect(said).toMatch(/no adapter of a GPU was found/);
  expect(new Set(Object.values(outcomes))).toEqual(new Set(["not there"]));
});

test("its whole time is a limit too", async () => {
  const { outcomes } = await check(
    { "adapter.mjs": say(adapter), "vectors.mjs": vectorsOf(0) },
    ...["--parts", "vectors", "--minutes", "0.05"],
  );
  expect(new Set(Object.values(outcomes))).toEqual(new Set(["no time left"]));
});
