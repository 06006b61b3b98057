// Firefox as a host: the parts of bench/gpu-check in a page of it, and what a reader does first on the
// built page, tests/everywhere/firefox.ts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { preview } from "vite";
import { launchFirefox } from "../firefox.mjs";
import { buildForPages } from "../gpu-check-parts.mjs";
import { root } from "../setup.mjs";

/** @typedef {import("./hosts.mjs").Host} Host */
/** @typedef {import("./hosts.mjs").Line} Line */

/** @param {string} folder with the reference vectors @returns {Promise<Host>} */
export async function firefox(folder) {
  await buildForPages(folder);
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><meta charset="utf-8"><title>Parts</title><script type="module" src="./in-page.js"></script>',
  );
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: "error",
    build: { outDir: "." },
    preview: { host: "127.0.0.1", port: 0 },
  });
  const browser = await launchFirefox();
  return {
    name: `Firefox ${browser.version()}`,
    checks: ["kernels", "vectors", "presets", "page"],
    lines: (check, args, signal) =>
      check === "page" ? pageLines(signal) : partLines(check, args, signal),
    close: async () => {
      await browser.close();
      await server.close();
    },
  };

  /** @param {string} check @param {readonly string[]} args @param {AbortSignal} signal @returns {AsyncGenerator<Line>} */
  async function* partLines(check, args, signal) {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    /** @type {Line[]} */
    const told = [];
    let wake = () => {};
    page.on("console", (line) => {
      if (!line.text().startsWith("{")) return;
      told.push(JSON.parse(line.text()));
      wake();
    });
    await page.goto(server.resolvedUrls?.local[0] ?? "");
    await page.waitForFunction(() => "everywhere" in window);
    let over = false;
    const work = page
      .evaluate(
        ([part, given]) => Reflect.get(window, "everywhere")(part, given),
        /** @type {const} */ ([check, args]),
      )
      .finally(() => {
        over = true;
        wake();
      });
    // It is asked for below.
    work.catch(() => {});
    signal.addEventListener("abort", () => wake());
    for (;;) {
      yield* told.splice(0);
      if (over || signal.aborted) break;
      await new Promise((resolve) => {
        wake = () => resolve(undefined);
      });
    }
    if (!signal.aborted) await work;
    yield* told.splice(0);
    await page.close();
    signal.throwIfAborted();
  }
}

/** A line a test. @param {AbortSignal} signal @returns {AsyncGenerator<Line>} */
async function* pageLines(signal) {
  const report = join(root, "test-results", "firefox.json");
  rmSync(report, { force: true });
  const args = ["run", "--project=firefox", "--reporter=json", `--outputFile=${report}`];
  const child = spawn(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args], {
    cwd: root,
    stdio: ["ignore", 2, "inherit"],
  });
  const end = () => child.kill("SIGTERM");
  signal.addEventListener("abort", end);
  const [code] = await once(child, "close");
  signal.throwIfAborted();
  if (!existsSync(report)) throw new Error(`Vitest ended with ${code} and wrote nothing`);
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  for (const { assertionResults, message } of testResults) {
    if (assertionResults.length === 0) throw new Error(message);
    for (const { title, status, duration, failureMessages } of assertionResults) {
      const failed = status === "passed" ? 0 : 1;
      // The browser's own log stands below the sentence.
      const failures = failureMessages.map((/** @type {string} */ text) => text.split("\n")[0]);
      yield { kind: "page", file: title, passed: 1 - failed, failed, ms: duration, failures };
    }
  }
}
