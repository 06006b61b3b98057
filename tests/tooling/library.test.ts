import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const execute = promisify(execFile);
let project: string;
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  files: string[];
  dependencies: Record<string, string>;
};

// A project of someone's own: beside the two packages that the library needs in Node it has the
// library, and of that only what the package brings along.
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "ratioscope-library-"));
  const installed = join(project, "node_modules");
  const library = join(installed, "ratioscope");
  await mkdir(library, { recursive: true });
  for (const needed of ["webgpu", "zod"]) {
    await symlink(join(root, "node_modules", needed), join(installed, needed));
  }
  const { files } = manifest;
  for (const path of ["package.json", ...files.filter((path) => path !== "lib")]) {
    await cp(join(root, path), join(library, path), { recursive: true });
  }
  const build = [join(root, "scripts", "build.mjs"), "lib", join(library, "lib")];
  await execute(process.execPath, build, { cwd: root });
});
afterAll(() => rm(project, { recursive: true }));

/** Runs a script of the repository in that project; rejects where it crashes or fails. */
async function run(
  script: string,
  ...flags: string[]
): Promise<{ stdout: string; stderr: string }> {
  await cp(join(root, script), join(project, basename(script)));
  return execute(process.execPath, [...flags, basename(script)], { cwd: project });
}

test("the example trains both arms", async () => {
  const { stdout, stderr } = await run("examples/node.mjs");
  const [first, ...steps] = stdout.trimEnd().split("\n");
  expect(first).toMatch(/^2 arms of 19552 parameters on \S/);
  const told = steps.map((step) =>
    /^step (\d+), (\w+): reward (\S+), loss (\S+), clipped (\S+)$/.exec(step),
  );
  expect(told.map((line) => line?.slice(1, 3))).toEqual(
    ["1", "2", "3", "4"].flatMap((step) => ["token", "sequence"].map((arm) => [step, arm])),
  );
  expect(told.flatMap((line) => line!.slice(3)).map(Number)).toSatisfy(
    (numbers: number[]) => numbers.length === 24 && numbers.every(Number.isFinite),
  );
  // A driver may have something to say; Node and Dawn would say "Error".
  expect(stderr).not.toContain("Error");
});

test("a reward of one's own is trained on beside the task's", async () => {
  const { stdout, stderr } = await run("examples/own-reward.mjs");
  const steps = stdout.trimEnd().split("\n");
  const told = steps.map((step) =>
    /^step (\d): reward (\S+), exact (\S+), ascending (\S+)$/.exec(step)?.slice(1).map(Number),
  );
  expect(told.map((line) => line?.[0])).toEqual([1, 2, 3, 4]);
  // The checkpoint sorts better than chance.
  expect(told.every((line) => line!.slice(1).every((mean) => mean > 0.1 && mean < 1))).toBe(true);
  expect(stderr).not.toContain("Error");
});

test("a task of one's own is warm-started and trained on", async () => {
  const { stdout, stderr } = await run("examples/own-task.mjs");
  const lines = stdout.trimEnd().split("\n");
  const [, , reward] = /^warm start: (\d+) steps, reward (\S+)$/.exec(lines[0]!) ?? [];
  expect(Number(reward)).toBeGreaterThan(0.4);
  expect(lines.slice(1, -1).map((line) => line.replace(/\d\.\d+$/, "…"))).toEqual(
    ["1", "2", "3", "4"].flatMap((step) =>
      ["token", "sequence"].map((arm) => `step ${step}, ${arm}: reward …`),
    ),
  );
  expect(lines.at(-1)).toMatch(/^the sequence arm's policy as a file: \d{5} bytes$/);
  expect(stderr).not.toContain("Error");
});

test("the objective is evaluated on numbers of one's own", async () => {
  const { stdout, stderr } = await run("examples/evaluate-objective.mjs");
  const clipped = [...stdout.matchAll(/^ {2}clipped (\S+)$/gm)].map((line) => Number(line[1]));
  const ratios = [...stdout.matchAll(/^ {2}ratios (.*)$/gm)].map(
    (line) => JSON.parse(line[1]!) as unknown[],
  );
  // At token level 2 of 11 tokens; at sequence level both rows of the good completions.
  expect(clipped[0]).toBeCloseTo(2 / 11, 6);
  expect(clipped[1]).toBeCloseTo(2 / 4, 6);
  expect(ratios.map((of) => of.length)).toEqual([4, 4]);
  expect(ratios[1]![0]).toBeCloseTo(Math.exp((0.3 + 0.02 - 0.01) / 3), 5);
  expect(stderr).not.toContain("Error");
});

test("it brings one package along, and nothing of the page", () => {
  expect(Object.keys(manifest.dependencies)).toEqual(["zod"]);
});

/** Someone's program. The line that is wrong has to be found: without types there is nothing wrong in it. */
const PROGRAM = `import { createRun, runFrom, type Run, type StepRecord } from "ratioscope";

export async function rewards(device: GPUDevice): Promise<number[]> {
  const run: Run = await createRun({ device, config: runFrom("sort", { seed: 1 }), weights: null });
  const records: readonly StepRecord[] = await run.advance();
  // @ts-expect-error -- a step is a number
  const step: string = records[0]!.step;
  return records.map(({ metrics }) => metrics.reward ?? step.length);
}
`;

test("its types check a program, with nothing but what it brings along", async () => {
  await writeFile(join(project, "program.mts"), PROGRAM);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const flags = "--strict --noEmit --noUncheckedIndexedAccess --target esnext --module nodenext";
  const { stdout } = await execute(
    process.execPath,
    [tsc, ...flags.split(" "), "--skipLibCheck", "false", "--types", "", "program.mts"],
    { cwd: project },
  );
  expect(stdout).toBe("");
});

test("the README shows the example", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, shown] = /^```js\n(.*?)^```$/ms.exec(readme) ?? [];
  expect(shown).toBe(await readFile(join(root, "examples", "node.mjs"), "utf8"));
});

// A device outlives the object that it came from, and its parts outlive the device: with Dawn, each
// ended in a segmentation fault.
test("a device does not need its host to be held", async () => {
  const { stdout } = await run("tests/support/forgotten-gpu.mjs", "--expose-gc");
  expect(JSON.parse(stdout)).toEqual({
    collected: ["device", "garbage"],
    read: [1, 2, 3, 4],
    mapped: "AbortError",
  });
});
