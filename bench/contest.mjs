// Our benchmark and another trainer's, in turn, in the same Chromium.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../scripts/setup.mjs";

/**
 * One line of a benchmark.
 * @typedef {{ kind: string, workload?: string, ms: number, min: number, max: number, n: number,
 *   first_ms: number, tok_s?: number, gflops?: number, gb_s?: number, us_each?: number,
 *   adapter?: string, [more: string]: unknown }} Line
 */

/**
 * Whom we are measured against, by the name that the folder of benchmarks has for them, over so many
 * runs a round; and how many times faster we mean to be, where we mean to be.
 * @typedef {{ peer: string, title: string, runs: number, target?: number }} Opponent
 */

/**
 * What is measured in turn: ours, then each opponent's.
 * @typedef {{ what: "train" | "rollout", workload: "S" | "M" | "L", against: readonly Opponent[] }} Contest
 */

const JAX = { peer: "jaxjs-webgpu", title: "jax-js WebGPU" };
const JAX_WASM = { peer: "jaxjs-wasm", title: "jax-js wasm" };
const TF = { peer: "tfjs-webgpu", title: "tf.js WebGPU" };
const TF_WASM = { peer: "tfjs-wasm", title: "tf.js wasm" };
const TORCH = { peer: "torch-cpu", title: "PyTorch on the processor" };

/** @type {readonly Contest[]} */
export const contests = [
  {
    what: "train",
    workload: "S",
    against: [
      { ...JAX, runs: 5, target: 4.5 },
      { ...TF, runs: 2, target: 20 },
      { ...JAX_WASM, runs: 5 },
      { ...TF_WASM, runs: 5 },
      { ...TORCH, runs: 5 },
    ],
  },
  {
    what: "train",
    workload: "M",
    against: [
      { ...JAX, runs: 2, target: 4.5 },
      { ...JAX_WASM, runs: 5 },
      { ...TF_WASM, runs: 1 },
      { ...TORCH, runs: 5 },
    ],
  },
  {
    what: "train",
    workload: "L",
    against: [
      { ...JAX, runs: 1 },
      { ...JAX_WASM, runs: 3 },
      { ...TORCH, runs: 5 },
    ],
  },
  {
    what: "rollout",
    workload: "S",
    against: [
      { ...TF, runs: 2, target: 45 },
      { ...JAX_WASM, runs: 5 },
      { ...TF_WASM, runs: 5 },
      { ...TORCH, runs: 5 },
    ],
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
 * @param {Opponent} opponent
 * @returns {Promise<Line>}
 */
async function theirs(peers, { what, workload }, { peer, runs }) {
  const times = ["--n", String(runs), "--minN", String(Math.min(2, runs)), "--warmup", "1"];
  const asked = ["--workload", workload, "--peer", peer, "--what", what, ...times];
  const [line] = await lines(join(peers, "bench.mjs"), ...asked);
  if (line === undefined || "error" in line)
    throw new Error(`${peer}, ${what} ${workload}: ${JSON.stringify(line?.error ?? "no line")}`);
  return line;
}

/**
 * One round: ours, then each opponent's.
 * @param {string} peers
 * @param {Contest} contest
 * @returns {Promise<{ ours: Line, theirs: Line[], load: number }>}
 */
export async function hold(peers, contest) {
  const { what, workload, against } = contest;
  const [mine] = await ours("--workload", workload, "--what", what, "--n", "5");
  const others = [];
  for (const opponent of against) others.push(await theirs(peers, contest, opponent));
  return { ours: /** @type {Line} */ (mine), theirs: others, load: loadavg()[0] ?? NaN };
}
