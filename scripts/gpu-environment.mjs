// The variables under which Dawn in Node finds a driver. They must be set before a process starts,
// so the scripts give them to their children. What the user has set stays.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { findChromium, requireChromium } from "./chromium.mjs";
import { refuse, root } from "./setup.mjs";

/** @typedef {Record<string, string>} Variables */

/**
 * The real GPU's driver where there is one, else the software driver that comes with Chromium;
 * null where neither is found. Only Linux needs anything: Dawn uses Metal and Direct3D elsewhere.
 * @returns {Variables | null}
 */
export function findGpuEnvironment() {
  if (process.platform !== "linux") return {};
  const quiet = runtimeFolder();
  const software = softwareDriver();
  /** @type {Variables} */
  const loader = software ? { LD_LIBRARY_PATH: alsoSearch(dirname(software)) } : {};

  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) {
    return { ...loader, ...quiet };
  }
  if (hasGpu()) {
    const real = [quiet, { ...loader, ...quiet }].find((variables) => givesRealAdapter(variables));
    if (real) return real;
  }
  return software === null ? null : { VK_ICD_FILENAMES: software, ...loader, ...quiet };
}

/**
 * As above; installs Chromium for its software driver where that is what is missing.
 * @returns {Variables}
 */
export function requireGpuEnvironment() {
  const found = findGpuEnvironment();
  if (found) return found;
  requireChromium();
  return (
    findGpuEnvironment() ??
    refuse(
      "No GPU driver for Node: set VK_ICD_FILENAMES to the vk_swiftshader_icd.json beside your Chrome or Chromium.",
    )
  );
}

/** SwiftShader's manifest beside an installed browser; libvulkan.so.1 lies in the same folder. */
export function softwareDriver() {
  const browser = findChromium();
  const folders = [
    ...(browser && existsSync(browser) ? [dirname(realpathSync(browser))] : []),
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/opt/google/chrome",
    "/opt/microsoft/msedge",
  ];
  const manifests = folders.map((folder) => join(folder, "vk_swiftshader_icd.json"));
  return manifests.find((path) => existsSync(path)) ?? null;
}

/** @param {string} folder */
function alsoSearch(folder) {
  const set = process.env.LD_LIBRARY_PATH;
  if (!set) return folder;
  return set.split(":").includes(folder) ? set : `${set}:${folder}`;
}

/**
 * The Vulkan loader warns when this is not set.
 * @returns {Variables}
 */
function runtimeFolder() {
  if (process.env.XDG_RUNTIME_DIR) return {};
  const folder = join(tmpdir(), `ratioscope-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { XDG_RUNTIME_DIR: folder };
}

function hasGpu() {
  const render =
    existsSync("/dev/dri") && readdirSync("/dev/dri").some((n) => n.startsWith("render"));
  return render || existsSync("/dev/nvidia0") || existsSync("/dev/dxg");
}

const PROBE = `
  import { create } from "webgpu";
  const adapter = await create([]).requestAdapter();
  const software = /swiftshader|llvmpipe|lavapipe/i;
  const { architecture, description, device } = adapter?.info ?? {};
  process.exit(adapter && !software.test([architecture, description, device].join()) ? 0 : 1);
`;

/** @param {Variables} variables */
function givesRealAdapter(variables) {
  const { status } = spawnSync(process.execPath, ["--input-type=module", "--eval", PROBE], {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: "ignore",
    timeout: 20_000,
  });
  return status === 0;
}
