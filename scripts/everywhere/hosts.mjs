// Node and Deno as hosts of the parts of bench/gpu-check, each part a process of its own.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { requireGpuEnvironment } from "../gpu-environment.mjs";
import { lavapipe } from "../lavapipe.mjs";
import { refuse, root } from "../setup.mjs";

/** @typedef {Record<string, any>} Line */
/**
 * A host: what it is called, and what runs a check with its arguments and gives each line of it; it throws
 * where a check does not come to its end.
 * @typedef {{ name: string, checks: readonly string[],
 *   lines: (check: string, args: readonly string[], limit: AbortSignal) => AsyncIterable<Line>,
 *   close: () => Promise<void> }} Host
 */

/** What Deno is taken from, and where it lands: no part of the project's own packages. */
const DENO = "deno@2.9.6";
const hosts = join(root, "test-results", "hosts");
const CHECKS = ["kernels", "vectors", "presets"];

/** @param {string} folder with the parts @returns {Host} */
export function node(folder) {
  return processes("Node, Dawn", folder, [process.execPath], requireGpuEnvironment());
}

/** @param {string} folder with the parts @returns {Host} */
export function deno(folder) {
  // Deno has WebGPU of its own.
  const shim = join(folder, "webgpu.mjs");
  writeFileSync(shim, "export const create = () => navigator.gpu;\nexport const globals = {};\n");
  const map = join(folder, "imports.json");
  writeFileSync(map, JSON.stringify({ imports: { webgpu: shim } }));
  const flags = ["run", "--no-config", "-A", "--unstable-webgpu", "--import-map", map];
  return processes("Deno, wgpu", folder, [denoBinary(), ...flags], lavapipe());
}

/** @param {string} name @param {string} folder @param {readonly string[]} command @param {Record<string, string>} env @returns {Host} */
function processes(name, folder, [program = "", ...flags], env) {
  return {
    name,
    checks: CHECKS,
    async *lines(check, args, signal) {
      const child = spawn(program, [...flags, join(folder, `${check}.mjs`), ...args], {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const end = () => child.kill("SIGKILL");
      signal.addEventListener("abort", end);
      const ended = once(child, "close");
      for await (const text of createInterface({ input: child.stdout }))
        if (text.startsWith("{")) yield JSON.parse(text);
      const [code] = await ended;
      signal.removeEventListener("abort", end);
      signal.throwIfAborted();
      if (code !== 0) throw new Error(`ended with ${code}`);
    },
    close: async () => {},
  };
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
