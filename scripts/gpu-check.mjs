// `npm run -s gpu-check -- [--bundle DIR [--chromium]] [options of the check]`: what this machine's GPU
// computes and how fast (bench/gpu-check/check.mjs says what its options are). With --bundle the check is
// only built, into DIR, for a machine that has neither npm nor network, and packed as DIR.tar.xz;
// --chromium packs the browser too, in pieces DIR-chromium.tar.xz.* that are put together and unpacked
// beside it.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { requireChromium } from "./chromium.mjs";
import { buildParts, copyVectors } from "./gpu-check-parts.mjs";
import { findGpuEnvironment, softwareDriver } from "./gpu-environment.mjs";
import { refuse, root, setUp } from "./setup.mjs";

/** What the machine may lack of what a card's driver needs, and any loader of Vulkan needs. */
const LIBRARIES = [
  ...["libvulkan.so.1", "libGLdispatch.so.0", "libGLX.so.0", "libEGL.so.1", "libX11.so.6"],
  ...["libXext.so.6", "libxcb.so.1", "libXau.so.6", "libXdmcp.so.6", "libbsd.so.0", "libmd.so.0"],
];
/** Of Chromium: no symbols, no layers, one language. */
const UNUSED = /\.TOC$|mock_icd|VkLayer|locales\/(?!en-US)/;
/** Letters for a machine without any. */
const FONTS = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "LiberationSans-Regular"].flatMap(
  (name) =>
    ["dejavu", "liberation"].map((folder) => `/usr/share/fonts/truetype/${folder}/${name}.ttf`),
);
/** The C library and its like, which a process cannot have twice. */
const SYSTEM = /^(ld-linux|lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+))[.-]/;
/** What one transfer takes beside the repository, where 64 MiB are the most. */
const PIECE = "43M";
const LAUNCHER = `#!/bin/sh
# The check, with the Node that lies here, or the machine's where that one does not start.
here=$(cd "$(dirname "$0")" && pwd)
node="$here/node"
"$node" --version >/dev/null 2>&1 || node=node
exec "$node" "$here/check.mjs" "$@"
`;

const args = process.argv.slice(2);
const at = args.indexOf("--bundle");
const packed = at >= 0;
const bundle = resolve(packed ? (args[at + 1] ?? "") : join(root, "test-results", "gpu-check"));
if (packed && (args[at + 1] === undefined || existsSync(bundle)))
  refuse(`--bundle needs a folder that there is not yet; ${args[at + 1] ?? "none is named"}.`);

setUp();
const started = performance.now();
rmSync(bundle, { recursive: true, force: true });
mkdirSync(bundle, { recursive: true });
await buildAll();
copyAll();
console.error(`Built in ${((performance.now() - started) / 1000).toFixed(0)} s: ${bundle}`);
if (packed) pack();
else {
  const env = { ...process.env, ...findGpuEnvironment() };
  const { status } = spawnSync(process.execPath, [join(bundle, "check.mjs"), ...args], {
    stdio: "inherit",
    env,
  });
  process.exitCode = status ?? 1;
}

/** The parts, and the site. */
async function buildAll() {
  await buildParts(bundle);
  const { build } = await import("vite");
  await build({
    root,
    logLevel: "error",
    build: { outDir: join(bundle, "site"), emptyOutDir: true },
  });
}

function copyAll() {
  const modules = join(root, "node_modules");
  const into = join(bundle, "node_modules");
  const host = `${process.platform}-${process.platform === "darwin" ? "universal" : process.arch}`;
  cpSync(join(modules, "webgpu"), join(into, "webgpu"), {
    recursive: true,
    filter: (path) => !path.includes("/dist/") || path.includes(`/dist/${host}`),
  });
  // Without its viewer of traces.
  cpSync(join(modules, "playwright-core"), join(into, "playwright-core"), {
    recursive: true,
    filter: (path) => !path.includes("/lib/vite"),
  });
  copyFileSync(join(root, "bench", "torch-step.py"), join(bundle, "torch-step.py"));
  copyVectors(bundle);
  mkdirSync(join(bundle, "lib"));
  const known = loadable();
  for (const name of LIBRARIES) {
    const path = known.get(name);
    if (path !== undefined) copyFileSync(path, join(bundle, "lib", name));
  }
  const software = softwareDriver();
  if (software !== null) {
    const [from, to] = [dirname(software), join(bundle, "swiftshader")];
    mkdirSync(to);
    for (const name of ["vk_swiftshader_icd.json", "libvk_swiftshader.so"])
      copyFileSync(join(from, name), join(to, name));
    const loader = join(bundle, "lib", "libvulkan.so.1");
    if (!existsSync(loader)) copyFileSync(join(from, "libvulkan.so.1"), loader);
  }
  if (!packed) return;
  copyFileSync(realpathSync(process.execPath), join(bundle, "node"));
  if (args.includes("--chromium")) copyChromium(known);
  writeFileSync(join(bundle, "gpu-check"), LAUNCHER);
  for (const name of ["node", "gpu-check"]) chmodSync(join(bundle, name), 0o755);
}

/** The system's libraries by their names. @returns {Map<string, string>} */
function loadable() {
  const { stdout } = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
  const rows = [...(stdout ?? "").matchAll(/^\s*(\S+) \([^)]*x86-64[^)]*\) => (\S+)$/gm)];
  return new Map(rows.map(([, name, path]) => [String(name), String(path)]));
}

/** The browser and every library that it is linked to. @param {Map<string, string>} known */
function copyChromium(known) {
  const installed = dirname(realpathSync(join(dirname(softwareDriver() ?? ""), "chromium")));
  if (!existsSync(installed)) refuse(`No Chromium lies beside ${requireChromium()}.`);
  const to = join(bundle, "chromium");
  cpSync(installed, to, { recursive: true, filter: (path) => !UNUSED.test(path) });
  const libraries = join(to, "lib");
  mkdirSync(libraries);
  const { stdout } = spawnSync("ldd", [join(to, "chromium")], { encoding: "utf8" });
  const linked = [...stdout.matchAll(/^\s*(\S+) => (\/\S+)/gm)].map(([, name, path]) => [
    String(name),
    String(path),
  ]);
  // NSS loads these by name.
  const loaded = ["libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so", "libnssckbi.so"].map(
    (name) => [name, known.get(name) ?? join("/usr/lib/x86_64-linux-gnu/nss", name)],
  );
  for (const [name = "", path = ""] of [...linked, ...loaded])
    if (!SYSTEM.test(name) && existsSync(path)) copyFileSync(path, join(libraries, name));
  const fonts = join(to, "fonts");
  mkdirSync(fonts);
  for (const path of FONTS.filter((each) => existsSync(each)))
    copyFileSync(path, join(fonts, basename(path)));
  writeFileSync(
    join(fonts, "fonts.conf"),
    '<?xml version="1.0"?><fontconfig><dir prefix="relative">.</dir><cachedir>/tmp/fontconfig</cachedir></fontconfig>',
  );
}

function pack() {
  const archive = compress(basename(bundle), ["--exclude", `${basename(bundle)}/chromium`], "");
  console.error(`${archive}: ${(statSync(archive).size / 2 ** 20).toFixed(1)} MiB`);
  if (!args.includes("--chromium")) return;
  const browser = compress(`${basename(bundle)}/chromium`, [], "-chromium");
  const { status } = spawnSync("split", ["-b", PIECE, "-d", browser, `${browser}.`]);
  if (status !== 0) refuse(`${browser} could not be split.`);
  console.error(
    `${browser}: ${(statSync(browser).size / 2 ** 20).toFixed(1)} MiB, in pieces of ${PIECE}`,
  );
}

/** @param {string} what @param {string[]} options @param {string} suffix */
function compress(what, options, suffix) {
  const archive = `${bundle}${suffix}.tar.xz`;
  const { status } = spawnSync(
    "tar",
    ["--create", "--xz", "--file", archive, ...options, "--directory", dirname(bundle), what],
    { stdio: ["ignore", 2, 2], env: { ...process.env, XZ_OPT: process.env.XZ_OPT ?? "-6 -T0" } },
  );
  if (status !== 0) refuse("The bundle could not be packed: tar and xz have to be installed.");
  return archive;
}
