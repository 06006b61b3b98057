// `npm test`: every check there is, in one command. The last line is "N passed, M failed"; a static
// check counts as one, as does each test. `npm test -- node browser` runs only the steps named.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { requireChromium } from "./chromium.mjs";
import { requireGpuEnvironment } from "./gpu-environment.mjs";
import { refuse, root, setUp } from "./setup.mjs";

setUp();
const env = {
  ...process.env,
  CHROMIUM: requireChromium(),
  ...requireGpuEnvironment(),
  RATIOSCOPE_SITE: "",
};

/** Checks that pass or fail as a whole: what they run, by path within node_modules. */
const checks = {
  format: ["prettier/bin/prettier.cjs", "--check", "--log-level=warn", "."],
  types: ["typescript/bin/tsc", "-p", "."],
  lint: ["oxlint/bin/oxlint", "--deny-warnings"],
  unused: ["knip/bin/knip.js", "--no-progress"],
  build: ["vite/bin/vite.js", "build", "--logLevel=warn"],
};
/** Vitest projects, told in vitest.config.ts. */
const suites = ["node", "browser", "page"];

const known = [...Object.keys(checks), ...suites];
const named = process.argv.slice(2);
const stranger = named.find((name) => !known.includes(name));
if (stranger !== undefined)
  refuse(`No step is called ${stranger}: choose from ${known.join(", ")}.`);
/** @param {string} name */
const wanted = (name) => named.length === 0 || named.includes(name);

let passed = 0;
let failed = 0;

for (const [name, command] of Object.entries(checks)) {
  if (!wanted(name)) continue;
  const started = performance.now();
  const { code, output } = await run(command, "collect");
  const fine = code === 0;
  if (fine) passed++;
  else failed++;
  if (name === "build" && fine) env.RATIOSCOPE_SITE = "built";
  console.log(`${fine ? "✓" : "✗"} ${name} (${seconds(started)} s)`);
  if (!fine) console.log(output);
}

for (const project of suites.filter(wanted)) {
  const started = performance.now();
  const report = join(root, "test-results", `${project}.json`);
  rmSync(report, { force: true });
  console.log(`\n${project} tests`);
  const { code } = await run(
    [
      "vitest/vitest.mjs",
      "run",
      `--project=${project}`,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    "show",
  );
  const counts = countTests(report);
  // A crash or an error outside of any test is a failure too, even when every test passed.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  passed += counts.passed;
  failed += counts.failed;
  const mark = counts.failed === 0 ? "✓" : "✗";
  console.log(
    `${mark} ${project}: ${counts.passed} passed, ${counts.failed} failed (${seconds(started)} s)`,
  );
}

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

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
 * test that was skipped: nothing here may be skipped.
 * @param {string} report
 */
function countTests(report) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  /** @type {{ numPassedTests: number, numTotalTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} */
  const { numPassedTests, numTotalTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numTotalTests - numPassedTests + broken.length };
}
