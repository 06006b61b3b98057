// `npm run -s test:breakages -- [WORDS]`: makes the deliberate breakages of tests/breakages.mjs, or
// those with these words in their `what`, one by one in a copy of the project, and runs the test that
// has to catch each. Two lines for each, with what failed; the last line is "N of M caught".
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { breakages } from "../tests/breakages.mjs";
import { refuse, root, setUp } from "./setup.mjs";

/** @typedef {import("../tests/breakages.mjs").Breakage} Breakage */

const words = process.argv.slice(2).join(" ");
const asked = breakages.filter(({ what }) => what.includes(words));
if (asked.length === 0) refuse(`No breakage has "${words}" in its words: see tests/breakages.mjs.`);

setUp();
const copy = join(root, "test-results", "breakages");
rmSync(copy, { recursive: true, force: true });
const files = execFileSync(
  "git",
  ["ls-files", "-z", "-co", "--exclude-standard", "--deduplicate"],
  { cwd: root, encoding: "utf8" },
);
// What is deleted and not committed yet is listed too.
for (const file of files
  .split("\0")
  .filter((path) => path !== "" && existsSync(join(root, path)))) {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  cpSync(join(root, file), join(copy, file));
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");

/** What fails before anything is broken, by test; empty: nothing. @type {Map<string, string>} */
const failsAlready = new Map();
let caught = 0;
for (const breakage of asked) {
  const { what, file, from, to, test, name } = breakage;
  const key = `${test} ${name ?? ""}`;
  const before = failsAlready.get(key) ?? runTest(breakage).said;
  failsAlready.set(key, before);
  if (before !== "") {
    console.log(`✗ ${what}\n    ${test} fails without it: ${before}`);
    continue;
  }
  const path = join(copy, file);
  const whole = readFileSync(path, "utf8");
  if (whole.split(from).length !== 2) refuse(`${file} has to have this once: ${from}`);
  writeFileSync(
    path,
    whole.replace(from, () => to),
  );
  const { said, failed } = runTest(breakage);
  writeFileSync(path, whole);
  if (failed) caught++;
  console.log(`${failed ? "✓" : "✗"} ${what}\n    ${test}: ${said || "nothing failed"}`);
}
console.log(`\n${caught} of ${asked.length} caught`);
process.exit(caught === asked.length ? 0 : 1);

/**
 * Runs a breakage's test in the copy as it is now. `failed`: a test of it did, which a file that could
 * not be run does not count as; `said`: what, in words, empty where all is well.
 * @param {Breakage} breakage
 * @returns {{ failed: boolean, said: string }}
 */
function runTest({ step, test, name }) {
  const report = join(copy, "test-results", `${step}.json`);
  rmSync(report, { force: true });
  const args = [step, test, ...(name === undefined ? [] : ["-t", name])];
  const { status } = spawnSync(process.execPath, [join(copy, "scripts", "test.mjs"), ...args], {
    cwd: copy,
    stdio: "ignore",
  });
  if (status === 0) return { failed: false, said: "" };
  /** @type {{ testResults: { assertionResults: { fullName: string, status: string }[] }[] }} */
  const { testResults } = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8"))
    : { testResults: [] };
  const [first, ...more] = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status: result }) => result === "failed");
  if (first === undefined) return { failed: false, said: "it could not be run" };
  const others = more.length === 0 ? "" : `, and ${more.length} more`;
  return { failed: true, said: `${first.fullName.trim()}${others}` };
}
