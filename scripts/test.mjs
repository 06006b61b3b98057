// `npm test`: every check there is, in one command. The last line is "N passed, M failed"; a static
// check counts as one, as does each test. USAGE says how to run less of it.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { requireChromium } from "./chromium.mjs";
import { requireGpuEnvironment } from "./gpu-environment.mjs";
import { refuse, root, setUp } from "./setup.mjs";

const USAGE = `npm test                           every check
npm test -- node page              these steps: format, types, lint, unused, build, node, browser, page
npm test -- page FILE … [-t NAME]  of a step's tests these files, and of them the tests with this name
npm test -- --changed [REVISION]   what the changes since the last commit, or a revision, can break: a minute's worth
npm test -- page --shuffle SEED    files and tests in another order`;

/**
 * Checks that pass or fail as a whole: what they run, by path within node_modules.
 * @type {Record<string, string[]>}
 */
const checks = {
  format: ["oxfmt/bin/oxfmt", "--check", "."],
  types: ["typescript/bin/tsc", "-p", "."],
  lint: ["oxlint/bin/oxlint", "--deny-warnings"],
  unused: ["knip/bin/knip.js", "--no-progress"],
  build: ["vite/bin/vite.js", "build", "--logLevel=warn"],
};
/**
 * Steps that are tests: their Vitest projects, told in vitest.config.ts.
 * @type {Record<string, string[]>}
 */
const projects = { node: ["node", "isolated"], browser: ["browser"], page: ["page"] };
const suites = Object.keys(projects);
/** What the page is made of; its first minute is looked at when some of that changed. */
const PAGE = /^(src|shaders|public)\/|^index\.html$|^vite\.config\.ts$/;
const FIRST_MINUTE = "tests/browser/first-minute.test.ts";

const { steps, files, name, shuffle, changed } = understand(process.argv.slice(2));
setUp();
const env = {
  ...process.env,
  CHROMIUM: requireChromium(),
  ...requireGpuEnvironment(),
  RATIOSCOPE_SITE: "",
  RATIOSCOPE_BUDGET_S: changed === null ? "" : "20",
};

let passed = 0;
let failed = 0;
/** @type {string[]} */
const repeats = [];

// Two at a time: none of them needs more than one of the cores for long.
const waiting = Object.keys(checks).filter((check) => steps.includes(check));
await Promise.all([checkAll(), checkAll()]);
for (const suite of suites.filter((each) => steps.includes(each))) await runTests(suite);

if (repeats.length > 0) console.log(`\nAgain, what failed:\n${repeats.join("\n")}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/**
 * What the command line asks for.
 * @param {string[]} args
 * @returns {{ steps: string[], files: string[], name: string | null, shuffle: string | null, changed: string[] | null }}
 */
function understand(args) {
  const known = [...Object.keys(checks), ...suites];
  /** @type {{ values: { t?: string, shuffle?: string, changed?: boolean }, positionals: string[] }} */
  let asked;
  try {
    asked = parseArgs({
      args,
      allowPositionals: true,
      options: {
        t: { type: "string", short: "t" },
        shuffle: { type: "string" },
        changed: { type: "boolean" },
      },
    });
  } catch (error) {
    refuse(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
  const { values, positionals } = asked;
  if (values.changed) {
    const changed = changedSince(positionals[0] ?? "HEAD");
    const page = changed.some((path) => PAGE.test(path));
    return {
      steps: [
        "format",
        "types",
        "lint",
        ...(page ? ["build"] : []),
        "node",
        ...(page ? ["page"] : []),
      ],
      files: [],
      name: null,
      shuffle: null,
      changed,
    };
  }
  const files = positionals.filter((each) => each.includes("/") && existsSync(join(root, each)));
  const steps = positionals.filter((each) => !files.includes(each));
  const stranger = steps.find((each) => !known.includes(each));
  if (stranger !== undefined) refuse(`No step or file is called ${stranger}.\n${USAGE}`);
  const one = steps.length === 1 && suites.includes(steps[0] ?? "");
  if ((files.length > 0 || values.t !== undefined) && !one)
    refuse(`Name the one step whose tests they are: ${suites.join(", ")}.\n${USAGE}`);
  return {
    steps: steps.length === 0 ? known : steps,
    files,
    name: values.t ?? null,
    shuffle: values.shuffle ?? null,
    changed: null,
  };
}

/**
 * Files that differ from a revision of git, untracked ones included, deleted ones not.
 * @param {string} revision
 * @returns {string[]}
 */
function changedSince(revision) {
  const git = (/** @type {string[]} */ ...args) => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
    if (status !== 0) refuse(`git ${args.join(" ")}: ${stderr.trim()}`);
    return stdout.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  };
  return [
    ...git("diff", "--name-only", "--relative", revision),
    ...git("ls-files", "--others", "--exclude-standard"),
  ];
}

/** Takes static checks until there are none. */
async function checkAll() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const [script = "", ...args] = checks[check] ?? [];
    const started = performance.now();
    const paths =
      check === "format" && changed !== null ? ["--no-error-on-unmatched-pattern", ...changed] : [];
    if (paths.length > 0) args.pop();
    const { code, output } = await run([script, ...args, ...paths], "collect");
    const fine = code === 0;
    if (fine) passed++;
    else failed++;
    if (check === "build" && fine) env.RATIOSCOPE_SITE = "built";
    console.log(`${fine ? "✓" : "✗"} ${check} (${seconds(started)} s)`);
    if (fine) continue;
    console.log(output);
    repeats.push(`npm test -- ${check}`);
  }
}

/** @param {string} suite */
async function runTests(suite) {
  const started = performance.now();
  const report = join(root, "test-results", `${suite}.json`);
  rmSync(report, { force: true });
  console.log(`\n${suite} tests`);
  const { code } = await run(
    [
      "vitest/vitest.mjs",
      ...(changed === null || suite === "page"
        ? ["run", ...(changed === null ? files : [FIRST_MINUTE])]
        : ["related", "--run", ...changed]),
      ...(projects[suite] ?? []).map((project) => `--project=${project}`),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...(changed === null ? [] : ["--passWithNoTests"]),
      ...(name === null ? [] : ["-t", name]),
      ...(shuffle === null ? [] : ["--sequence.shuffle", `--sequence.seed=${shuffle}`]),
    ],
    "show",
  );
  const counts = countTests(suite, report);
  if (name !== null && code === 0 && counts.passed + counts.failed === 0) {
    counts.failed = 1;
    const where = files.length === 0 ? `of the step ${suite}` : `in ${files.join(", ")}`;
    console.log(`No test ${where} has "${name}" in its name; names are regular expressions.`);
  }
  // A crash or an error outside of any test is a failure too, even when every test passed.
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1;
    repeats.push(`npm test -- ${suite}`);
  }
  passed += counts.passed;
  failed += counts.failed;
  const mark = counts.failed === 0 ? "✓" : "✗";
  console.log(
    `${mark} ${suite}: ${counts.passed} passed, ${counts.failed} failed (${seconds(started)} s)`,
  );
}

/** @param {number} started */
function seconds(started) {
  return ((performance.now() - started) / 1000).toFixed(1);
}

/**
 * @param {string[]} command
 * @param {"collect" | "show"} what to do with its output
 * @returns {Promise<{ code: number, output: string }>}
 */
function run([script = "", ...args], what) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "node_modules", script), ...args], {
      cwd: root,
      env,
      stdio: what === "show" ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => (output += chunk));
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Counts from Vitest's report. A file that could not be loaded counts as one failure, and so does a
 * test that was skipped: nothing here may be skipped, but by name.
 * @param {string} suite
 * @param {string} report
 */
function countTests(suite, report) {
  if (!existsSync(report)) return { passed: 0, failed: changed === null ? 1 : 0 };
  /** @type {{ numPassedTests: number, testResults: { name: string, status: string, assertionResults: { fullName: string, status: string }[] }[] }} */
  const { numPassedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  let failures = 0;
  for (const { name: path, status, assertionResults } of testResults) {
    const file = relative(root, path).replaceAll("\\", "/");
    const again = `npm test -- ${suite} ${file}`;
    if (status === "failed" && assertionResults.length === 0) {
      failures++;
      repeats.push(again);
    }
    for (const { fullName, status: result } of assertionResults) {
      if (result === "passed" || (name !== null && result !== "failed")) continue;
      failures++;
      repeats.push(`${again} -t ${quoted(escaped(fullName.trim()))}`);
    }
  }
  return { passed: numPassedTests, failed: failures };
}

/**
 * Vitest takes a name as a regular expression.
 * @param {string} text
 */
function escaped(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * For a shell.
 * @param {string} text
 */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
