import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as bench from "../../src/cli/bench.ts";
import * as experiment from "../../src/cli/experiment.ts";
import * as exportCommand from "../../src/cli/export.ts";
import * as record from "../../src/cli/record.ts";
import * as train from "../../src/cli/train.ts";
import * as vectors from "../../src/cli/vectors.ts";
import * as warmStart from "../../src/cli/warm-start.ts";
import { experimentNamed } from "../../src/experiments/registry.ts";
import { readResult } from "../../src/experiments/result.ts";
import { decodeSafetensors } from "../../src/engine/policy/safetensors.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "ratioscope-commands-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Every command of docs/commands.md, and where it is tried: "here", or elsewhere and why. */
const TRIED: Readonly<Record<string, string>> = {
  start: "its server in content-security-policy.test.ts; what it prints, by whoever works here",
  train: "here",
  vectors: "here",
  "warm-start": "here",
  record: "here",
  experiment: "here",
  export: "here",
  convert: "in convert.test.ts",
  bench: "here up to its options; measuring takes 6 s at least, and bench-bundle.test.ts does it",
  build: "by `npm test`, whose step it is; the page tests run on what it builds",
  "build:lib": "in library.test.ts",
  "bench:bundle": "in bench-bundle.test.ts",
  "bench:table": "by hand: it takes other trainers' programs and half an hour",
  "bench:page": "by hand: it watches frames for minutes on an idle machine",
  "test:everywhere": "by hand: it installs another host and compiles every kernel there",
  "gpu-check":
    "its order and limits in gpu-check.test.ts; its parts are the other commands and tests",
  soak: "by hand: minutes each; the page tests have a short form of each check",
  test: "it is what runs this",
  "test:repeat": "it runs this, again and again",
  "test:breakages": "by hand, minutes; breakages.test.ts looks whether each can still be made",
  api: "api.test.ts compares what it writes",
  fix: "it writes; floors.test.ts and the step format of `npm test` compare what it writes",
};

test("every command of the project is in docs/commands.md, and tried", () => {
  const text = readFileSync(join(root, "docs/commands.md"), "utf8");
  const headings = [...text.matchAll(/^### `npm (?:run )?(?:-s )?([\w:-]+)/gm)];
  const named = headings.map(([, name]) => name!);
  expect(named.toSorted()).toEqual(Object.keys(TRIED).toSorted());
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  // npm starts `prepare` by itself.
  expect([...named, "prepare"].toSorted()).toEqual(Object.keys(scripts).toSorted());
});

/** As `npm run -s NAME -- …` starts it, in a process of its own. */
const command = (...args: readonly string[]) =>
  new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, [join(root, "scripts/cli.mjs"), ...args], { cwd: root });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += String(data)));
    child.stderr.on("data", (data) => (err += String(data)));
    child.on("close", (code) => resolve({ code, out, err }));
  });

/** The least that is a run: the time goes into the kernels' compilation. */
const TINY = [
  ...["--preset", "from-scratch", "--arms", "token"],
  ...Object.entries({
    layers: 1,
    width: 16,
    heads: 2,
    kvHeads: 2,
    hidden: 256,
    num_generations: 2,
    per_device_train_batch_size: 2,
  }).flatMap(([name, value]) => ["--set", `${name}=${value}`]),
];

describe("in a process of its own", () => {
  test("train leaves the log and the policy of every arm", async () => {
    const out = join(scratch, "trained");
    const jsonl = join(scratch, "steps.jsonl");
    const flags = ["--steps", "1", "--family", "register", "--jsonl", jsonl, "--out", out];
    const { code, err } = await command("train", ...TINY, ...flags);
    expect(code, err).toBe(0);
    expect(JSON.parse(readFileSync(jsonl, "utf8"))).toMatchObject({ arm: "token", step: 1 });
    expect(readdirSync(join(out, "token")).toSorted()).toEqual(["log.jsonl", "policy"]);
    expect(readdirSync(join(out, "token", "policy")).toSorted()).toEqual([
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
  });

  test("export writes every arm in every form, and the policy", async () => {
    const out = join(scratch, "exported");
    const { code, err } = await command("export", "--out", out, "--arms", "token");
    expect(code, err).toBe(0);
    expect(readdirSync(out).toSorted()).toEqual([
      "policy",
      "sort-token-config.py",
      "sort-token-json.json",
      "sort-token-trl.py",
      "sort-token-unsloth.py",
      "sort-token-yaml.yaml",
    ]);
  });
});

describe("in this process, which has the engine", () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, "log").mockImplementation((line: string) => lines.push(line));
    vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(() => vi.restoreAllMocks());
  const printed = (): unknown[] => lines.map((line): unknown => JSON.parse(line));

  test("train --plan says what the run would hold", async () => {
    expect(await train.main([...TINY, "--family", "register", "--plan"])).toBe(0);
    expect(printed()).toMatchObject([{ bytes: expect.any(Number), adapter: expect.any(String) }]);
  });

  test("train refuses a folder that cannot be before it trains", async () => {
    const taken = join(root, "package.json");
    await expect(train.main([...TINY, "--steps", "1", "--out", taken])).rejects.toThrow(
      `--out ${taken} cannot be a folder: EEXIST.`,
    );
    expect(lines).toEqual([]);
  });

  test("export writes nothing of what TRL refuses, and says why", async () => {
    const out = join(scratch, "refused");
    const flags = ["--out", out, "--arms", "token", "--set", "eval_strategy=steps"];
    await expect(
      exportCommand.main([...flags, "--set", "per_device_eval_batch_size=10"]),
    ).rejects.toThrow(/^Arm token: An evaluation batch of 10 completions/);
    expect(existsSync(out)).toBe(false);
  });

  test("vectors runs a file's cases", async () => {
    const file = join(root, "tests/fixtures/schedules.json");
    expect(await vectors.main(["--family", "register", file])).toBe(0);
    expect(printed()).toMatchObject([{ kind: "schedules", failed: 0 }]);
  });

  test("record writes the run that the page opens with", async () => {
    const out = join(scratch, "recordings", "one.json");
    const flags = ["--steps", "1", "--keep", "1", "--out", out];
    expect(await record.main([...TINY, ...flags])).toBe(0);
    expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({ run: { task: "count" } });
  });

  test("experiment prints the verdict, and writes what it follows from", async () => {
    const out = join(scratch, "spread-of-s.json");
    const flags = ["--seeds", "2", "--steps", "8", "--family", "register", "--out", out];
    expect(await experiment.main(["spread-of-s", ...flags])).toBe(0);
    const result = readResult(JSON.parse(readFileSync(out, "utf8")));
    const command = "npm run -s experiment -- spread-of-s --seeds 2 --steps 8";
    expect(result).toMatchObject({ experiment: "spread-of-s", command, steps: 8 });
    const verdict = experimentNamed("spread-of-s").verdict(result.outcomes);
    expect(printed()).toMatchObject([{ experiment: "spread-of-s", command, ...verdict }]);
  });

  test.each<[string, readonly string[]]>([
    ["No experiment is named.", []],
    ["More than one experiment is named.", ["clips-more", "on-policy"]],
    ['There is no experiment named "clip".', ["clip"]],
    ["--seeds is 1; it must be a whole number of at least 2.", ["clips-more", "--seeds", "1"]],
    ["--seeds is 32; it must be a number from 2 to 31.", ["clips-more", "--seeds", "32"]],
    ["--steps is 7; it must be a whole number of at least 8.", ["clips-more", "--steps", "7"]],
    ["--family is x; there are register, workgroup.", ["clips-more", "--family", "x"]],
    ["--out /never/it.json cannot be written: ENOENT.", ["clips-more", "--out", "/never/it.json"]],
  ])("experiment: %s", async (says, args) => {
    await expect(experiment.main(args)).rejects.toThrow(says);
    expect(lines).toEqual([]);
  });

  test("warm-start writes a checkpoint below the folder that it runs in", async () => {
    const before = process.cwd();
    process.chdir(scratch);
    try {
      // Any reward is enough, so that it stops at its first look.
      expect(await warmStart.main([...TINY, "--reward", "0"])).toBe(0);
    } finally {
      process.chdir(before);
    }
    const [{ file }] = printed() as [{ file: string }];
    const { tensors } = decodeSafetensors(readFileSync(join(scratch, file)));
    expect(tensors["model.norm.weight"]?.shape).toEqual([16]);
  });

  // Where a number were taken, what is then trained is written below the folder that it runs in.
  const inScratch = async (tried: () => Promise<void>): Promise<void> => {
    const before = process.cwd();
    process.chdir(scratch);
    await tried().finally(() => process.chdir(before));
  };
  const values = ["abc", "", " ", "NaN", "-1", "-inf", "Infinity", "0x10", "1e999"];

  test.each(values)("no option takes the number %j, and nothing is written", async (value) =>
    inScratch(async () => {
      const out = join(scratch, "never");
      const refused: [string, Promise<unknown>][] = [
        ["--steps", train.main([...TINY, "--out", out, "--steps", value])],
        ["seed", train.main([...TINY, "--out", out, "--seed", value])],
        ["beta", train.main([...TINY, "--out", out, "--set", `beta=${value}`])],
        ["--steps", record.main([...TINY, "--out", out, "--steps", value])],
        ["--keep", record.main([...TINY, "--out", out, "--keep", value])],
        ["seed", exportCommand.main(["--out", out, "--seed", value])],
        ["--rate", warmStart.main([...TINY, "--rate", value])],
        ["--reward", warmStart.main([...TINY, "--reward", value])],
        ["--n", bench.main(["--n", value])],
      ];
      for (const [name, promise] of refused) {
        await expect(promise, name).rejects.toThrow(
          new RegExp(`^${name} (is|takes) .*(must be|is not)`),
        );
      }
      expect(existsSync(out)).toBe(false);
      expect(lines).toEqual([]);
    }),
  );

  test.each<[string, readonly string[], (args: readonly string[]) => Promise<number>]>([
    ["--steps is 2.5; it must be a whole number of at least 0.", ["--steps", "2.5"], train.main],
    ["--keep is 0; it must be a whole number of at least 1.", ["--keep", "0"], record.main],
    ["--n is 1.5; it must be a whole number of at least 1.", ["--n=1.5"], bench.main],
    ["--rate is 2; it must be a number from 1e-8 to 1.", ["--rate", "2"], warmStart.main],
    ["--reward is 1.5; it must be a number from 0 to 1.", ["--reward", "1.5"], warmStart.main],
    ["--reward is empty; it must be a number from 0 to 1.", ["--reward="], warmStart.main],
    [
      'seed takes a whole number from 0 to 4294967295; "1.5" is not.',
      ["--seed", "1.5"],
      train.main,
    ],
  ])("%s", async (says, args, main) =>
    inScratch(async () => {
      await expect(main(args)).rejects.toThrow(says);
    }),
  );

  test("bench refuses a workload that there is not", async () => {
    await expect(bench.main(["--workload", "XL"])).rejects.toThrow("there are S, M, L");
  });
});
