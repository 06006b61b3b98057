// `node browse.mjs SITE STEPS PICTURE real|software`: the built site in Chromium, trained for so many
// steps of the default preset as a reader would, by Play. One JSON line a milestone; a picture at the end.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { chromium } from "playwright";
import { chromiumFlags } from "../../scripts/chromium.mjs";

const [site = "", wanted = "", picture = "", kind = ""] = process.argv.slice(2);
const steps = Number(wanted);
const executablePath = process.env.CHROMIUM ?? "";
/** Chromium's own way to a Vulkan driver where it has no window. */
const onVulkan = [
  "--use-angle=vulkan",
  "--enable-features=Vulkan",
  "--disable-vulkan-surface",
  "--ignore-gpu-blocklist",
];
/** @type {Record<string, string>} */
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

const server = createServer((request, response) => {
  const asked = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname));
  const path = join(site, asked.endsWith("/") ? `${asked}index.html` : asked);
  if (!existsSync(path) || !statSync(path).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
  createReadStream(path).pipe(response);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(null)));
const address = server.address();
if (!address || typeof address === "string") throw new Error("the server has no port");

/** @param {object} line */
const say = (line) => console.log(JSON.stringify({ kind: "page", ...line }));

/** A browser that came in the bundle brings its libraries, and letters for a machine that has none. */
function environment() {
  const lib = join(dirname(executablePath), "lib");
  const fonts = join(dirname(executablePath), "fonts", "fonts.conf");
  const set = process.env.LD_LIBRARY_PATH;
  return {
    ...process.env,
    ...(existsSync(lib) ? { LD_LIBRARY_PATH: set ? `${lib}:${set}` : lib } : {}),
    ...(existsSync("/etc/fonts/fonts.conf") || !existsSync(fonts)
      ? {}
      : { FONTCONFIG_FILE: fonts }),
  };
}

const args = [...chromiumFlags, ...(kind === "real" ? onVulkan : [])];
const browser = await chromium.launch({
  executablePath,
  args,
  headless: false,
  env: environment(),
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(0);
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  await page.goto(`http://127.0.0.1:${address.port}/`);
  await page.evaluate(() => window.ratioscope.ready);
  const adapter = await page.locator(".status-adapter").innerText();
  say({ at: "ready", ms: since(), adapter, browser: browser.version() });
  await page.evaluate(() => window.ratioscope.step(1));
  say({ at: "first step", ms: since() });
  await page.evaluate(() => window.ratioscope.play());
  const played = performance.now();
  const now = () => page.evaluate(async () => (await window.ratioscope.runs())[0]?.step ?? 0);
  let step = await now();
  while (step < steps) {
    await page.waitForTimeout(100);
    step = await now();
  }
  const ms = performance.now() - played;
  await page.evaluate(() => window.ratioscope.pause());
  const record = await page.evaluate(() => window.ratioscope.record());
  const { metrics } = /** @type {{ metrics: Record<string, number> }} */ (record);
  const rate = Number(((1000 * (step - 1)) / ms).toPrecision(3));
  say({ at: `step ${step}`, ms: since(), steps_per_s: rate, reward: metrics.reward, errors });
  await page.screenshot({ path: picture });
} finally {
  await browser.close();
  server.close();
}
