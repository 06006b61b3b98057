// What a fresh clone needs before anything else runs: Node itself and the packages. Uses nothing
// but Node's own modules, since nothing else is there yet.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Ends the process with a sentence that a person can act on.
 * @param {string} sentence
 * @returns {never}
 */
export function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Installs the packages when they are missing or differ from the lockfile. */
export function setUp() {
  requireNode();
  // npm runs `prepare` in the middle of installing the packages.
  const installing = process.env.npm_lifecycle_event === "prepare";
  if (installing || packagesAreFresh()) return;
  console.error("Installing packages …");
  // No script of a package is needed here, nor the library that `prepare` builds.
  const { status } = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (status !== 0) refuse("The packages could not be installed. Run `npm ci` to see why.");
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  // Vite's own requirement: 20.19 or later, but not the early releases of 22.
  const fine = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!fine) {
    refuse(
      `Ratioscope needs Node 20.19 or later (22.12 or later within 22); this is ${process.versions.node}.`,
    );
  }
}

/** Whether every package of the lockfile is installed in its version. */
function packagesAreFresh() {
  try {
    const wanted = lockedPackages("package-lock.json");
    const installed = lockedPackages(join("node_modules", ".package-lock.json"));
    return Object.entries(wanted).every(([path, { version, optional }]) => {
      if (path === "") return true;
      const found = installed[path];
      // Optional packages are other platforms' binaries.
      if (!found) return optional === true;
      return found.version === version && existsSync(join(root, path));
    });
  } catch {
    return false; // nothing is installed yet
  }
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
const lockedPackages = (path) => JSON.parse(readFileSync(join(root, path), "utf8")).packages;

/** @param {string[]} args */
function npm(args) {
  const cli = process.env.npm_execpath;
  /** @type {import("node:child_process").SpawnSyncOptions} */
  const options = { cwd: root, stdio: ["ignore", 2, 2] }; // some commands print only data on stdout
  if (cli?.endsWith(".js")) return spawnSync(process.execPath, [cli, ...args], options);
  return spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}
