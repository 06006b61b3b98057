// `npm run -s test:everywhere -- [--hosts node,deno] [--checks kernels,vectors,presets] [--presets NAME,…]
// [--steps 24]`: kernel tests, reference vectors and the first steps of presets in Node (Dawn) and in Deno
// (wgpu, naga; on Mesa's lavapipe where there is no GPU). Prints a table host × check with the largest
// errors, and whether the numbers of the runs are the same. Installs what is missing.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createInterface } from "node:readline";
import { table } from "../bench/markdown.mjs";
import { buildParts, copyVectors } from "./gpu-check-parts.mjs";
import { requireGpuEnvironment } from "./gpu-environment.mjs";
import { refuse, root, setUp } from "./setup.mjs";

/** @typedef {Record<string, any>} Line */
/** @typedef {{ name: string, command: string[], env: Record<string, string> }} Host */

/** What Deno is taken from, and where it lands: no part of the project's own packages. */
const DENO = "deno@2.9.6";
const folder = join(root, "test-results", "everywhere");
const hosts = join(root, "test-results", "hosts");
const LAVAPIPE = ["lvp_icd.x86_64.json", "lvp_icd.aarch64.json", "lvp_icd.json"].map(
  (name) => `/usr/share/vulkan/icd.d/${name}`,
);
/** Of a run's numbers: beyond this, relative to the larger and absolutely, they are not the same. */
const SAME = { relative: 1e-5, absolute: 1e-6 };

const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: "node,deno" },
    checks: { type: "string", default: "kernels,vectors,presets" },
    presets: { type: "string", default: "sort,moe-sort,count-dots" },
    steps: { type: "string", default: "24" },
  },
});
/** @param {string} flag @param {string} text @param {readonly string[]} known */
const named = (flag, text, known) =>
  text.split(",").map((each) => {
    if (!known.includes(each)) refuse(`--${flag} is ${each}; there are ${known.join(", ")}.`);
    return each;
  });
const checks = named("checks", values.checks, ["kernels", "vectors", "presets"]);
const wanted = named("hosts", values.hosts, ["node", "deno"]);

setUp();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await buildParts(folder);
copyVectors(folder);

/** @type {Record<string, string[]>} */
const commands = {
  kernels: ["kernels.mjs", "0", "1"],
  vectors: ["vectors.mjs", "register", join(folder, "vectors")],
  presets: ["presets.mjs", values.steps, ...values.presets.split(",")],
};
/** @type {Map<string, Map<string, Line[]>>} what each host said, check by check */
const said = new Map();
/** @type {string[]} */
const broken = [];
for (const host of wanted.map((name) => (name === "node" ? node() : deno()))) {
  /** @type {Map<string, Line[]>} */
  const lines = new Map();
  said.set(host.name, lines);
  for (const check of checks) lines.set(check, await run(host, check));
}

const reference = said.get("Node, Dawn")?.get("presets") ?? [];
const rows = [...said].map(([host, lines]) => [
  host,
  ...checks.map((check) => told(check, lines.get(check) ?? [], host)),
]);
console.log(table(["host", ...checks], rows));
for (const sentence of broken) console.error(sentence);
process.exit(broken.length === 0 ? 0 : 1);

/** @returns {Host} */
function node() {
  return { name: "Node, Dawn", command: [process.execPath], env: requireGpuEnvironment() };
}

/** @returns {Host} */
function deno() {
  // Deno has WebGPU of its own.
  const shim = join(folder, "webgpu.mjs");
  writeFileSync(shim, "export const create = () => navigator.gpu;\nexport const globals = {};\n");
  const map = join(folder, "imports.json");
  writeFileSync(map, JSON.stringify({ imports: { webgpu: shim } }));
  const flags = ["run", "--no-config", "-A", "--unstable-webgpu", "--import-map", map];
  return { name: "Deno, wgpu", command: [denoBinary(), ...flags], env: lavapipe() };
}

/** The path of Deno's own program; installs its package where it is missing. */
function denoBinary() {
  const { platform, arch } = process;
  const system = platform === "linux" ? `linux-${arch}-glibc` : `${platform}-${arch}`;
  const path = join(
    hosts,
    "node_modules",
    "@deno",
    system,
    platform === "win32" ? "deno.exe" : "deno",
  );
  if (existsSync(path)) return path;
  mkdirSync(hosts, { recursive: true });
  console.error(`Installing ${DENO} …`);
  const args = ["install", "--prefix", hosts, "--ignore-scripts", "--no-audit", "--no-fund", DENO];
  spawnSync("npm", args, { stdio: ["ignore", 2, 2], shell: platform === "win32" });
  return existsSync(path) ? path : refuse(`${DENO} could not be installed: there is no ${path}.`);
}

/**
 * A driver for wgpu: what is set, a real GPU's, or Mesa's for the processor.
 * @returns {Record<string, string>}
 */
function lavapipe() {
  const set = process.env.RATIOSCOPE_LAVAPIPE;
  const found = [set ?? "", ...LAVAPIPE].find((path) => existsSync(path));
  if (process.platform !== "linux" || existsSync("/dev/dri") || existsSync("/dev/nvidia0"))
    return {};
  if (found === undefined) {
    refuse(
      "No Vulkan driver for Deno: install Debian's package `mesa-vulkan-drivers`, or set RATIOSCOPE_LAVAPIPE to the path of its lvp_icd.x86_64.json.",
    );
  }
  return { VK_DRIVER_FILES: found, VK_ICD_FILENAMES: found };
}

/** @param {Host} host @param {string} check @returns {Promise<Line[]>} */
async function run({ name, command, env }, check) {
  console.error(`${name}: ${check} …`);
  const [program = "", ...flags] = command;
  const [file = "", ...args] = commands[check] ?? [];
  const child = spawn(program, [...flags, join(folder, file), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  /** @type {Line[]} */
  const lines = [];
  for await (const text of createInterface({ input: child.stdout })) {
    if (!text.startsWith("{")) continue;
    const line = JSON.parse(text);
    lines.push(line);
    for (const each of [...(line.failures ?? []), ...(line.errors ?? [])])
      broken.push(`${name}, ${check}, ${line.file ?? line.preset}: ${each}`);
  }
  const [code] = await ended;
  if (code !== 0) broken.push(`${name}, ${check}: ended with ${code} after ${lines.length} lines`);
  return lines;
}

/** @param {string} check @param {Line[]} lines @param {string} host */
function told(check, lines, host) {
  const sum = (/** @type {string} */ key) => lines.reduce((total, line) => total + line[key], 0);
  if (check === "kernels") return `${sum("passed")} passed, ${sum("failed")} failed`;
  if (check === "vectors") {
    const errors = /** @type {[string, number][]} */ (
      lines.flatMap(({ file, worst }) =>
        Object.entries(worst).map(([quantity, error]) => [`${file} ${quantity}`, error]),
      )
    );
    const [what, error] = errors.toSorted(([, a], [, b]) => b - a)[0] ?? ["", NaN];
    return `${sum("cases")} cases, ${sum("failed")} failed; largest error ${error.toExponential(1)} (${what})`;
  }
  const steps = `${lines.length} steps of arms on ${lines[0]?.adapter}`;
  return lines === reference ? steps : `${steps}; ${difference(lines, host)}`;
}

/** How far a host's runs are those of Node. @param {Line[]} lines @param {string} host */
function difference(lines, host) {
  if (reference.length === 0) return "Node was not asked";
  let worst = 0;
  for (const [i, line] of lines.entries()) {
    const other = reference[i];
    for (const [name, value] of Object.entries(line.metrics)) {
      const expected = other?.metrics[name];
      if (value === expected) continue;
      const off = Math.abs(value - expected);
      const scale = Math.max(Math.abs(value), Math.abs(expected));
      if (!(off <= SAME.absolute + SAME.relative * scale)) {
        const first = `first difference: ${line.preset}, ${line.arm}, step ${line.step}, ${name}: ${value} for ${expected}`;
        broken.push(`${host}: ${first}`);
        return first;
      }
      worst = Math.max(worst, off);
    }
  }
  if (lines.length < reference.length)
    broken.push(`${host}: ${reference.length - lines.length} steps are missing`);
  return worst === 0
    ? "every number the same"
    : `the same, but for ${worst.toExponential(1)} at most`;
}
