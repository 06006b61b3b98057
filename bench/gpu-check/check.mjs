// `node check.mjs [--out DIR] [--minutes 12] [--slow 1] [--software] [--parts a,b] [--workload S,M,L]
// [--n 10] [--steps 200]`: what this machine's GPU computes and how fast, part by part, each in a process
// of its own that ends when its time is over; --slow multiplies what each has. What is known so far stands
// in DIR after every part: results.md, results.json, results.jsonl, page.png. The parts lie beside this
// file, or in the folder that --from names.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, platform, release } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createInterface } from "node:readline";
import { findChromium } from "../../scripts/chromium.mjs";
import { findDriver, hasCard } from "./environment.mjs";
import { markdown } from "./report.mjs";

/** @typedef {import("./report.mjs").Result} Result */
/** @typedef {{ part: string, name: string, limit_s: number, command: string[] | null,
 *   missing: string, env: Record<string, string> }} Job */

const NOT_THERE = "not there";
const PARTS = ["kernels", "vectors", "bench", "torch", "page", "compiled"];
const { values } = parseArgs({
  options: {
    from: { type: "string", default: import.meta.dirname },
    out: { type: "string", default: process.env.OUT ?? "gpu-check" },
    minutes: { type: "string", default: "12" },
    slow: { type: "string", default: "1" },
    software: { type: "boolean", default: false },
    parts: { type: "string", default: PARTS.join() },
    workload: { type: "string", default: "S,M,L" },
    n: { type: "string", default: "10" },
    steps: { type: "string", default: "200" },
  },
});
const began = performance.now();
const bundle = resolve(values.from);
const slow = Number(values.slow);
const seconds = 60 * Number(values.minutes);
const wanted = values.parts.split(",");
const stranger = wanted.find((part) => !PARTS.includes(part));
if (stranger !== undefined || !(slow > 0) || !(seconds > 0)) {
  console.error(
    stranger === undefined
      ? `--minutes is ${values.minutes} and --slow ${values.slow}; both must be above 0.`
      : `No part is called ${stranger}; there are ${PARTS.join(", ")}.`,
  );
  process.exit(1);
}
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "results.jsonl"), "");

/** Seconds until everything has to be over. */
const left = () => seconds - (performance.now() - began) / 1000;
const say = (/** @type {string} */ text) =>
  console.log(`[${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}`);

const card = cardText();
const { variables, adapter, attempts } = findDriver(bundle, values.software);
for (const { tried, found } of attempts) say(`${tried}: ${found}`);
/** @type {import("./report.mjs").Check} */
const check = {
  at: new Date().toISOString().slice(0, 16).replace("T", " "),
  machine: `${cpus()[0]?.model ?? "processor without a name"} × ${availableParallelism()}, ${platform()} ${release()}, Node ${process.versions.node}`,
  card,
  attempts,
  adapter,
  results: [],
};
const python = findPython();
write();

if (adapter === null) {
  say(
    hasCard()
      ? "Dawn does not find the card: the parts that need it are left out. The attempts above say why."
      : "No card and no driver were found. With --software the check runs on SwiftShader.",
  );
}
const all = jobs().filter(({ part }) => wanted.includes(part));
// Right or wrong does not depend on the load, so that these run side by side where there are cores.
const sides = all.filter(({ part }) => part === "kernels" || part === "vectors");
const waiting = [...sides];
await Promise.all(
  Array.from({ length: Math.max(1, Math.min(6, availableParallelism() >> 1)) }, async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await run(job);
  }),
);
for (const job of all.filter((each) => !sides.includes(each))) await run(job);

const undone = [
  ...(adapter === null ? ["no adapter of a GPU was found"] : []),
  ...(adapter !== null && adapter.checked !== "computes right" ? [adapter.checked] : []),
  ...check.results
    .filter(({ outcome }) => outcome !== "done" && outcome !== NOT_THERE)
    .map(({ name, outcome }) => `${name}: ${outcome}`),
];
const summed = undone.length === 0 ? "All that this machine has was done." : undone.join("; ");
say(`${summed} ${join(out, "results.md")}`);
process.exit(undone.length === 0 ? 0 : 1);

/** What there is to do, in this order. @returns {Job[]} */
function jobs() {
  const node = process.execPath;
  /**
   * @param {string} part @param {string} name @param {number} limit_s @param {string} file
   * @param {string[]} args
   * @returns {Job}
   */
  const ours = (part, name, limit_s, file, ...args) => ({
    part,
    name,
    limit_s,
    command: adapter === null ? null : [node, join(bundle, file), ...args],
    missing: "no adapter",
    env: variables,
  });
  const families = ["register", "workgroup"];
  const shards = availableParallelism() >= 8 ? 4 : 1;
  const torch = (
    /** @type {string} */ part,
    /** @type {string} */ name,
    /** @type {string[]} */ ...args
  ) => ({
    part,
    name,
    limit_s: part === "compiled" ? 150 : 60,
    command:
      python === null
        ? null
        : [python, join(bundle, "torch-step.py"), values.workload, "--n", "20", ...args],
    missing: "no python3 that has torch",
    // PyTorch brings its own libraries, and finds the driver as it always does.
    env: {},
  });
  const chromium = [join(bundle, "chromium", "chromium"), findChromium() ?? ""].find((path) =>
    existsSync(path),
  );
  if (chromium !== undefined) variables.CHROMIUM = chromium;
  const page = ours(
    "page",
    `page, ${values.steps} steps`,
    120,
    "browse.mjs",
    join(bundle, "site"),
    values.steps,
    join(out, "page.png"),
    adapter?.software ? "software" : "real",
  );
  return [
    ...families.map((family) =>
      ours("vectors", `vectors, ${family}`, 120, "vectors.mjs", family, join(bundle, "vectors")),
    ),
    ...Array.from({ length: shards }, (_, i) =>
      ours("kernels", `kernels ${i + 1}/${shards}`, 150, "kernels.mjs", `${i}`, `${shards}`),
    ),
    ...families.map((family) =>
      ours(
        "bench",
        `bench, ${family}`,
        100,
        "bench.mjs",
        ...["--workload", values.workload, "--limits", "--n", values.n, "--family", family],
      ),
    ),
    torch("torch", "PyTorch eager"),
    chromium === undefined ? { ...page, command: null, missing: "no Chromium" } : page,
    torch("compiled", "PyTorch compiled", "--compile", "default"),
  ];
}

/** Runs a part until it ends or its time does, and keeps what it printed. @param {Job} job */
async function run({ name, limit_s, command, missing, env }) {
  if (command === null) {
    say(`${name}: ${missing}`);
    check.results.push({ name, outcome: NOT_THERE, seconds: 0, lines: [], said: missing });
    return write();
  }
  const limit = Math.min(limit_s * slow, left());
  if (left() < 5) {
    say(`${name}: no time left`);
    check.results.push({ name, outcome: "no time left", seconds: 0, lines: [], said: "" });
    return write();
  }
  say(`${name}: at most ${limit.toFixed(0)} s`);
  const started = performance.now();
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    env: { ...process.env, ...env, PYTHONUNBUFFERED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let late = false;
  const end = () => {
    // With its browser: the whole group.
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limit * 1000);
  const ended = once(child, "close").catch((/** @type {Error} */ error) => [error.message]);
  let said = "";
  child.stderr.on("data", (data) => (said = `${said}${data}`.slice(-4000)));
  /** @type {Result} */
  const result = { name, outcome: "running", seconds: 0, lines: [], said: "" };
  check.results.push(result);
  for await (const text of createInterface({ input: child.stdout })) {
    if (!text.startsWith("{")) continue;
    const line = JSON.parse(text);
    result.lines.push(line);
    appendFileSync(join(out, "results.jsonl"), `${JSON.stringify({ part: name, ...line })}\n`);
    say(`${name}: ${summary(line)}`);
  }
  const [code] = await ended;
  clearTimeout(timer);
  const failed = result.lines.filter((line) => line.failed > 0 || line.errors?.length > 0);
  result.outcome = late
    ? `out of time after ${result.lines.length} lines`
    : code !== 0
      ? `failed (${code})`
      : failed.length > 0
        ? "failed"
        : "done";
  result.seconds = (performance.now() - started) / 1000;
  result.said = said.trim();
  say(`${name}: ${result.outcome} in ${result.seconds.toFixed(0)} s`);
  if (code !== 0 && said) console.log(said.trim().slice(-1000));
  return write();
}

/** @param {Record<string, any>} line */
function summary({ kind, file, passed, failed, cases, workload, what, of, at, ms }) {
  if (kind === "kernels") return `${file}: ${passed} passed, ${failed} failed`;
  if (kind === "vectors") return `${file}: ${failed} of ${cases} failed`;
  return [kind, workload, what, of, at, ms && `${Number(ms.toPrecision(3))} ms`]
    .filter((each) => each !== undefined)
    .join(" ");
}

function write() {
  writeFileSync(join(out, "results.json"), `${JSON.stringify(check, null, 1)}\n`);
  writeFileSync(join(out, "results.md"), markdown(check));
}

/** What the card's own tool says of it, and which device files there are. */
function cardText() {
  const query = "name,driver_version,memory.total,clocks.max.sm,power.limit,pstate";
  const { stdout, status } = spawnSync("nvidia-smi", [`--query-gpu=${query}`, "--format=csv"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  const files = ["/dev", "/dev/dri"].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder).filter((name) => /^(nvidia|render|dxg)/.test(name))
      : [],
  );
  return [
    status === 0 ? `\`${stdout.trim().replaceAll("\n", "` `")}\`` : "There is no nvidia-smi.",
    files.length > 0 ? `Device files: ${files.join(", ")}.` : "No device files of a card.",
  ];
}

/** A Python that has PyTorch. */
function findPython() {
  if (!wanted.includes("torch") && !wanted.includes("compiled")) return null;
  const names = [process.env.PYTHON ?? "", "python3", "python"].filter(Boolean);
  const found = names.find(
    (name) =>
      spawnSync(name, ["-c", "import torch"], { stdio: "ignore", timeout: 60_000 }).status === 0,
  );
  return found ?? null;
}
