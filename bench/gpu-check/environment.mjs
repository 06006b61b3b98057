// Under which variables Dawn in Node finds the card's own Vulkan driver, on a machine of which nothing
// is known: manifests in the places where containers have them, a manifest of our own where there is a
// library without one, our own loader where there is none.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {Record<string, string>} Variables */
/**
 * @typedef {{ kind: "adapter", name: string, software: boolean, checked: string, info: Record<string, string>,
 *   features: string[], limits: Record<string, number> }} Adapter
 */
/** @typedef {{ tried: string, found: string }} Attempt */

const MANIFESTS = [
  "/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json",
  "/usr/share/vulkan/icd.d/nvidia_icd.json",
  "/etc/vulkan/icd.d/nvidia_icd.json",
  "/usr/share/glvnd/vulkan/icd.d/nvidia_icd.json",
];
/** Where containers keep the driver's libraries. */
const CONTAINER = ["/usr/local/nvidia/lib64", "/usr/local/nvidia/lib"];
/** NVIDIA's Vulkan driver is in either, by its version. */
const LIBRARIES = ["libGLX_nvidia.so.0", "libEGL_nvidia.so.0"];

/** Whether this machine has a card at all. */
export const hasCard = () =>
  existsSync("/dev/nvidia0") ||
  existsSync("/dev/dxg") ||
  (existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("render")));

/**
 * The first environment whose adapter is a real GPU's; with `software`, SwiftShader's. Every attempt
 * is told, so that one that fails says why.
 * @param {string} bundle the folder of the bundle
 * @param {boolean} software
 * @returns {{ variables: Variables, adapter: Adapter | null, attempts: Attempt[] }}
 */
export function findDriver(bundle, software) {
  const lib = join(bundle, "lib");
  /** @type {Attempt[]} */
  const attempts = [];
  for (const [tried, variables] of candidates(bundle, lib, software)) {
    const { stdout, stderr, status, error } = spawnSync(
      process.execPath,
      [join(bundle, "adapter.mjs")],
      { env: { ...process.env, ...variables }, encoding: "utf8", timeout: 20_000 },
    );
    const line = stdout.trim().split("\n").at(-1) ?? "";
    /** @type {Adapter | null} */
    const adapter = status === 0 && line.startsWith("{") ? JSON.parse(line) : null;
    const failed = error?.message ?? (stderr.trim().slice(0, 300) || `ended with ${status}`);
    attempts.push({ tried, found: adapter?.name ?? failed.replaceAll("\n", " ") });
    if (adapter && (software || !adapter.software)) return { variables, adapter, attempts };
  }
  return { variables: {}, adapter: null, attempts };
}

/**
 * @param {string} bundle @param {string} lib @param {boolean} software
 * @returns {[string, Variables][]}
 */
function candidates(bundle, lib, software) {
  const runtime = join(bundle, "run");
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  /** @type {Variables} */
  const quiet = process.env.XDG_RUNTIME_DIR ? {} : { XDG_RUNTIME_DIR: runtime };
  const paths = [process.env.LD_LIBRARY_PATH ?? "", ...CONTAINER, lib];
  const LD_LIBRARY_PATH = paths.filter((path) => path !== "").join(":");
  /** @type {Variables} */
  const loader = { ...quiet, LD_LIBRARY_PATH };
  /** @param {string} path @returns {Variables} */
  const manifest = (path) => ({ VK_DRIVER_FILES: path, VK_ICD_FILENAMES: path });
  if (software) {
    const shader = join(bundle, "swiftshader", "vk_swiftshader_icd.json");
    return [["the bundle's SwiftShader", { ...loader, ...manifest(shader) }]];
  }
  const found = MANIFESTS.filter((path) => existsSync(path));
  const own = LIBRARIES.map((library) => {
    const path = join(runtime, `${library}.json`);
    const ICD = { library_path: library, api_version: "1.3.0" };
    writeFileSync(path, JSON.stringify({ file_format_version: "1.0.0", ICD }));
    return path;
  });
  return [
    ["the system as it is", quiet],
    ["our loader", loader],
    ...[...found, ...(hasCard() ? own : [])].flatMap((path) => [
      /** @type {[string, Variables]} */ ([path, { ...quiet, ...manifest(path) }]),
      /** @type {[string, Variables]} */ ([
        `${path}, our loader`,
        { ...loader, ...manifest(path) },
      ]),
    ]),
  ];
}
