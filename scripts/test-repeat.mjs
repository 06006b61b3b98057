// `npm run -s test:repeat -- N [step …] [--busy] [--shuffle]`: `npm test` N times in a row, one line
// a run, then what failed how often and the slowest files. `--busy` keeps every core at work beside
// it; `--shuffle` takes files and tests in another order each time; `--alone` runs every test of the
// steps named by itself, once.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { refuse, root } from "./setup.mjs";

/** @typedef {{ name: string, startTime: number, endTime: number, assertionResults: { fullName: string, status: string }[] }} TestFile */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    busy: { type: "boolean" },
    shuffle: { type: "boolean" },
    alone: { type: "boolean" },
  },
});
const count = values.alone ? 1 : Number(positionals.shift());
if (!Number.isInteger(count) || count < 1)
  refuse("Say how many times: npm run -s test:repeat -- 10 [step …] [--busy] [--shuffle]");
const suites = ["node", "browser", "page"].filter(
  (suite) => positionals.length === 0 || positionals.includes(suite),
);
const results = join(root, "test-results");
mkdirSync(results, { recursive: true });

const load = values.busy
  ? Array.from({ length: availableParallelism() }, () =>
      spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" }),
    )
  : [];
process.on("exit", () => load.forEach((each) => each.kill()));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** @type {Map<string, number>} */
const failures = new Map();
/** Seconds of each file, run by run. @type {Map<string, number[]>} */
const seconds = new Map();
let green = 0;
let runs = 0;
if (values.alone) await runAlone();
else for (let n = 1; n <= count; n++) await runAll(n);

for (const [what, times] of failures) console.log(`failed ${times} of ${runs}: ${what}`);
const slowest = [...seconds]
  .map(([file, all]) => ({ file, mean: all.reduce((sum, s) => sum + s, 0) / all.length }))
  .toSorted((one, other) => other.mean - one.mean);
for (const { file, mean } of slowest.slice(0, 10)) console.log(`${mean.toFixed(1)} s  ${file}`);
console.log(`${green} of ${runs} green`);
process.exit(green === runs ? 0 : 1);

/** @param {number} n */
async function runAll(n) {
  const started = performance.now();
  const order = values.shuffle ? ["--shuffle", String(n)] : [];
  const { code, output } = await test([...positionals, ...order]);
  writeFileSync(join(results, `repeat-${n}.log`), output);
  const took = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`run ${n}: ${output.trimEnd().split("\n").at(-1)}, ${took} s`);
  const steps = [...output.matchAll(/^[✓✗] (\w+).*\(([\d.]+) s\)$/gm)];
  console.log(`  ${steps.map(([, step, s]) => `${step} ${s}`).join(", ")} s`);
  tally(code === 0);
  for (const [, again = ""] of output.matchAll(/^(npm test -- .*)$/gm)) fail(again);
  for (const suite of suites) {
    for (const { name, startTime, endTime } of filesOf(suite)) {
      const file = `${suite} ${relative(root, name)}`;
      seconds.set(file, [...(seconds.get(file) ?? []), (endTime - startTime) / 1000]);
    }
  }
}

/** Every test of the suites, one process each. */
async function runAlone() {
  for (const suite of suites) {
    const { code } = await test([suite]);
    if (code !== 0) refuse(`The ${suite} tests fail together already.`);
    for (const { name, assertionResults } of filesOf(suite)) {
      const file = relative(root, name);
      for (const { fullName } of assertionResults) {
        const pattern = fullName.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
        const alone = await test([suite, file, "-t", pattern]);
        console.log(`${alone.code === 0 ? "✓" : "✗"} ${file} ${fullName.trim()}`);
        tally(alone.code === 0);
        if (alone.code !== 0) fail(`npm test -- ${suite} ${file} -t '${pattern}'`);
      }
    }
  }
}

/** @param {boolean} fine */
function tally(fine) {
  runs++;
  if (fine) green++;
}

/** @param {string} what */
function fail(what) {
  failures.set(what, (failures.get(what) ?? 0) + 1);
}

/**
 * @param {string} suite
 * @returns {TestFile[]}
 */
function filesOf(suite) {
  const report = join(results, `${suite}.json`);
  return existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).testResults : [];
}

/**
 * @param {string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
function test(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "scripts", "test.mjs"), ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
