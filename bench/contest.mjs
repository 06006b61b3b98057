// Our benchmark and another trainer's, in turn, in the same Chromium.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createInterface } from "node:readline";
import { root } from "../scripts/setup.mjs";

/**
 * One line of a benchmark.
 * @typedef {{ kind: string, workload?: string, ms: number, min: number, max: number, n: number,
 *   first_ms: number, tok_s?: number, gflops?: number, gb_s?: number, us_each?: number,
 *   adapter?: string, [more: string]: unknown }} Line
 */

/**
 * Who is measured against us, at what, and how many times faster we mean to be. `module` is the
 * file in `peers/` that times the trainer.
 * @typedef {{ title: string, module: string, options: object, what: "train" | "rollout",
 *   workload: "S" | "M" | "L", target: number, runs: number }} Contest
 */

/** @type {readonly Contest[]} */
export const contests = [
  {
    title: "jax-js WebGPU",
    module: "jaxjs",
    options: { device: "webgpu" },
    what: "train",
    workload: "S",
    target: 3,
    runs: 5,
  },
  {
    title: "jax-js WebGPU",
    module: "jaxjs",
    options: { device: "webgpu" },
    what: "train",
    workload: "M",
    target: 3,
    runs: 2,
  },
  {
    title: "TinyGPT",
    module: "tinygpt",
    options: {},
    what: "train",
    workload: "S",
    target: 9,
    runs: 3,
  },
  {
    title: "tf.js WebGPU",
    module: "tfjs",
    options: { backend: "webgpu" },
    what: "train",
    workload: "S",
    target: 20,
    runs: 2,
  },
  {
    title: "tf.js WebGPU",
    module: "tfjs",
    options: { backend: "webgpu" },
    what: "rollout",
    workload: "S",
    target: 30,
    runs: 2,
  },
];

/**
 * Our benchmark in the page; every line it printed.
 * @param {readonly string[]} args
 */
export const ours = (...args) =>
  lines(join(root, "scripts/cli.mjs"), "bench", "--host", "page", ...args);

/**
 * Every line of JSON that a script prints; told as it comes.
 * @param {readonly string[]} command
 * @returns {Promise<Line[]>}
 */
export async function lines(...command) {
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const all = [];
  for await (const text of createInterface({ input: child.stdout })) {
    /** @type {Line} */
    const line = JSON.parse(text);
    console.error(
      [line.kind, line.workload, line.what, line.of, line.ms].filter(Boolean).join(" "),
    );
    all.push(line);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}`);
  return all;
}

/**
 * Another trainer's figure, timed by the folder of benchmarks at `peers`.
 * @param {string} peers
 * @param {Contest} contest
 * @returns {Promise<Line>}
 */
async function theirs(peers, { module, options, what, workload, runs }) {
  const { withPage } = await import(pathToFileURL(join(peers, "lib/browser.mjs")).href);
  const given = { ...options, what: [what], n: runs, minN: Math.min(2, runs), warmup: 1 };
  return withPage(async (/** @type {import("playwright").Page} */ page) => {
    const lines = await page.evaluate(
      async ([path, name, more]) => (await import(/** @type {string} */ (path))).run(name, more),
      [`/peers/${module}.mjs`, workload, given],
    );
    return lines[0];
  });
}

/**
 * Rounds of ours, then theirs. A round that fails ends the contest with what there is.
 * @param {string} peers
 * @param {Contest} contest
 * @param {number} rounds
 * @returns {Promise<{ ours: Line, theirs: Line, load: number }[]>}
 */
export async function hold(peers, contest, rounds) {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    const [mine] = await ours("--workload", contest.workload, "--what", contest.what, "--n", "5");
    const other = await theirs(peers, contest);
    const load = loadavg()[0] ?? NaN;
    pairs.push({ ours: /** @type {Line} */ (mine), theirs: other, load });
    console.error(
      `${contest.title} ${contest.what} ${contest.workload}: ours ${mine?.ms} ms, theirs ${other.ms.toFixed(0)} ms, load ${load}`,
    );
  }
  return pairs;
}
