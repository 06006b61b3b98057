// `node scripts/soak.mjs [kill|lose|crash|blocked|steps|fuzz] …`: long checks that runs outlast what
// befalls them, on the built site in Chromium, and that broken files, links and pastes break nothing.
// One JSON line a check; exits 1 if one failed. Minutes each: `npm test` has a short form of each.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumFlags, requireChromium } from "./chromium.mjs";
import { root } from "./setup.mjs";

/**
 * @typedef {import("playwright").Page} Page
 * @typedef {import("playwright").BrowserContext} Context
 */

const TIMES = Number(process.env.TIMES ?? 50);
const STEPS = Number(process.env.STEPS ?? 10_000);
const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 10_000);
/** Between two looks at what is held. */
const EVERY = Math.min(1000, STEPS);
/** Steps whose records are known from an uninterrupted run. */
const KNOWN = 160;
const RUN = {
  preset: "from-scratch",
  seed: 11,
  config: { max_steps: 100_000, layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 },
};

const server = await preview({
  build: { outDir: process.env.SITE ?? "dist" },
  logLevel: "error",
  preview: {
    port: 0,
    // Isolated, so that the page may measure its memory.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});
const address = server.resolvedUrls?.local[0];
if (address === undefined) throw new Error("the preview server has no address");

/** @param {string[]} [without] flags to leave out */
const launch = (without = []) =>
  chromium.launch({
    executablePath: requireChromium(),
    headless: false, // a flag does it instead
    args: chromiumFlags.filter((flag) => !without.includes(flag)),
  });

/** What went wrong on any page. @type {string[]} */
const errors = [];

/** @param {Context} context */
async function open(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(String(address));
  await page.evaluate(() => window.ratioscope.ready);
  return page;
}

/** @param {Page} page */
const stepOf = (page) => page.evaluate(async () => (await window.ratioscope.runs())[0]?.step ?? 0);

/**
 * Both arms' records, without the clock's part.
 * @param {Page} page
 */
async function fingerprint(page) {
  const records = await page.evaluate(() =>
    Promise.all(["token", "sequence"].map((arm) => window.ratioscope.record(arm))),
  );
  const text = JSON.stringify(records, (name, value) => (name.includes("time") ? 0 : value));
  return { step: Number(records[0]?.step), hash: createHash("sha256").update(text).digest("hex") };
}

/**
 * The fingerprint of every step of a run that nothing befalls.
 * @param {Page} page
 */
async function uninterrupted(page) {
  await page.evaluate((run) => window.ratioscope.load(run), RUN);
  /** @type {Map<number, string>} */
  const known = new Map();
  for (let step = 1; step <= KNOWN; step++) {
    await page.evaluate(() => window.ratioscope.step(1));
    known.set(step, (await fingerprint(page)).hash);
  }
  await page.evaluate((run) => window.ratioscope.load(run), RUN);
  return known;
}

/** @param {number} most */
const randomMs = (most) => new Promise((resolve) => setTimeout(resolve, Math.random() * most));

/**
 * Kills the page at random moments; the run goes on in a new one.
 * @returns {Promise<Record<string, unknown>>}
 */
async function kill() {
  const browser = await launch();
  const context = await browser.newContext();
  let page = await open(context);
  const known = await uninterrupted(page);
  let [same, most, before] = [0, 0, 0];
  await page.evaluate(() => window.ratioscope.play());
  for (let time = 0; time < TIMES; time++) {
    while ((await stepOf(page)) <= before) await randomMs(20);
    await randomMs(1500);
    const reached = await stepOf(page);
    const session = await context.newCDPSession(page);
    const crashed = page.waitForEvent("crash");
    session.send("Page.crash").catch(() => {});
    await crashed;
    await page.close();
    page = await open(context);
    const stored = await page.evaluate(async () => {
      const [, last] = await window.ratioscope.runs();
      return last?.step ?? 0;
    });
    most = Math.max(most, reached - stored);
    await page.evaluate(() => window.ratioscope.resume());
    await page.evaluate(() => window.ratioscope.pause());
    if ((await stepOf(page)) === stored) await page.evaluate(() => window.ratioscope.step(1));
    const { step, hash } = await fingerprint(page);
    if (hash === known.get(step)) same++;
    before = step;
    if (step > KNOWN - 60) {
      await page.evaluate((run) => window.ratioscope.load(run), RUN);
      before = 0;
    }
    await page.evaluate(() => window.ratioscope.play());
  }
  await browser.close();
  const ok = same === TIMES && most <= 4;
  return { ok, kills: TIMES, identical: same, most_steps_lost: most, steps_per_generation: 4 };
}

/** Loses the device at random moments: while it trains, and while it is being set up again. */
async function lose() {
  const browser = await launch();
  const page = await open(await browser.newContext());
  const known = await uninterrupted(page);
  let same = 0;
  await page.evaluate(() => window.ratioscope.play());
  for (let time = 0; time < TIMES; time++) {
    await randomMs(1200);
    await page.evaluate(() => window.ratioscope.loseDevice());
    if (time % 5 === 4) {
      await randomMs(300);
      await page.evaluate(() => window.ratioscope.loseDevice());
    }
    // A third loss without a step between them would stop the run, as it should.
    const lostAt = await stepOf(page);
    while ((await stepOf(page)) <= lostAt) await randomMs(50);
    await page.evaluate(() => window.ratioscope.pause());
    const { step, hash } = await fingerprint(page);
    if (hash === known.get(step)) same++;
    if (step > KNOWN - 60) await page.evaluate((run) => window.ratioscope.load(run), RUN);
    await page.evaluate(() => window.ratioscope.play());
  }
  await browser.close();
  return { ok: same === TIMES, losses: TIMES, identical: same };
}

/** @param {import("playwright").Browser} browser */
async function crashGpu(browser) {
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess").catch(() => {});
  await session.detach().catch(() => {});
}

/** Crashes the GPU process five times in a row. */
async function crash() {
  const browser = await launch();
  const page = await open(await browser.newContext());
  const known = await uninterrupted(page);
  let [same, last] = [0, 0];
  for (let time = 0; time < 5; time++) {
    await page.evaluate(() => window.ratioscope.play());
    while ((await stepOf(page)) <= last) await randomMs(50);
    await crashGpu(browser);
    await page
      .getByText(/The GPU was lost at step \d+ and the run is back/)
      .first()
      .waitFor();
    last = await stepOf(page);
    while ((await stepOf(page)) <= last) await randomMs(50);
    await page.evaluate(() => window.ratioscope.pause());
    await page.getByRole("button", { name: "Close" }).first().click();
    const { step, hash } = await fingerprint(page);
    if (hash === known.get(step)) same++;
    last = step;
  }
  await browser.close();
  return { ok: same === 5, crashes: 5, identical: same };
}

/** The same where Chromium blocks a page after crashes: the message, the reload, and on it goes. */
async function blocked() {
  const browser = await launch([
    "--disable-gpu-process-crash-limit",
    "--disable-domain-blocking-for-3d-apis",
  ]);
  const page = await open(await browser.newContext());
  await page.evaluate((run) => window.ratioscope.load(run), RUN);
  await page.evaluate(() => window.ratioscope.play());
  const reload = page.getByRole("button", { name: "Reload and go on" });
  let crashes = 0;
  let at = 0;
  while (!(await reload.isVisible())) {
    if (++crashes > 5) return { ok: false, why: "never blocked" };
    const last = await stepOf(page);
    while ((await stepOf(page)) <= last) await randomMs(50);
    at = await stepOf(page);
    await crashGpu(browser);
    await Promise.race([
      reload.waitFor(),
      page
        .getByText(/the run is back/)
        .first()
        .waitFor(),
    ]);
    const close = page.getByRole("button", { name: "Close" });
    if (await close.isVisible()) await close.click();
  }
  // As F5 does: Chrome keeps the block at a reload of the page's own.
  await page.reload();
  await page.evaluate(() => window.ratioscope.ready);
  while ((await stepOf(page)) <= at) await randomMs(50);
  await browser.close();
  return { ok: true, crashes_until_blocked: crashes, stopped_at: at, went_on: true };
}

/** Ten thousand steps: neither heap nor GPU memory grows. */
async function steps() {
  const browser = await launch();
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  // Counts what the worker allocates on the GPU.
  await page.route(/training\.worker.*\.js$/, async (route) => {
    const response = await route.fetch();
    const count = `
      let held = 0;
      const create = GPUDevice.prototype.createBuffer;
      GPUDevice.prototype.createBuffer = function (options) {
        const buffer = create.call(this, options);
        held += options.size;
        const destroy = buffer.destroy.bind(buffer);
        let gone = false;
        buffer.destroy = () => { if (!gone) held -= options.size; gone = true; destroy(); };
        return buffer;
      };
      new BroadcastChannel("held").onmessage = ({ target, data }) => { if (data === "?") target.postMessage(held); };
    `;
    await route.fulfill({ response, body: `${count}\n${await response.text()}` });
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(String(address));
  await page.evaluate(() => window.ratioscope.ready);
  await page.evaluate((run) => window.ratioscope.load(run), RUN);
  const measure = async () => {
    await page.evaluate(() => window.ratioscope.pause());
    const gpu = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const channel = new BroadcastChannel("held");
          channel.onmessage = ({ data }) => resolve(data);
          channel.postMessage("?");
        }),
    );
    const session = await context.newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    /** @type {{ bytes: number }} */
    const all = await page.evaluate(() =>
      Reflect.get(performance, "measureUserAgentSpecificMemory").call(performance),
    );
    return {
      step: await stepOf(page),
      heap_mib: all.bytes / 2 ** 20,
      gpu_mib: Number(gpu) / 2 ** 20,
    };
  };
  /** @type {Awaited<ReturnType<typeof measure>>[]} */
  const measured = [];
  for (let at = EVERY; at <= STEPS; at += EVERY) {
    await page.evaluate(() => window.ratioscope.play());
    while ((await stepOf(page)) < at) await randomMs(1000);
    const now = await measure();
    measured.push(now);
    console.error(JSON.stringify(now));
  }
  await browser.close();
  const [first, half, last] = [0, 0.5, 1].map(
    (part) => measured[Math.round(part * (measured.length - 1))],
  );
  if (!first || !half || !last) throw new Error(`STEPS is ${STEPS}: there is nothing to measure`);
  // In the first half figures, checkpoints and metrics fill what they are granted.
  const flat = last.gpu_mib === first.gpu_mib && last.heap_mib < 1.25 * half.heap_mib;
  return { ok: flat, measured };
}

/** Each fuzz test with ten thousand inputs. */
async function fuzz() {
  const files = ["config/link", "config/python/fuzz", "config/reading/fuzz", "runs/formats/fuzz"];
  const { status, stdout } = spawnSync(
    process.execPath,
    ["scripts/test.mjs", "node", ...files.map((file) => `tests/${file}.test.ts`)],
    { cwd: root, env: { ...process.env, FUZZ_RUNS: String(FUZZ_RUNS) }, encoding: "utf8" },
  );
  if (status !== 0) console.error(stdout);
  return { ok: status === 0, inputs: FUZZ_RUNS };
}

const checks = { kill, lose, crash, blocked, steps, fuzz };
const named = process.argv.slice(2);
let failed = false;
for (const [name, check] of Object.entries(checks)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const began = performance.now();
  errors.length = 0;
  const result = await check();
  const ok = result.ok && errors.length === 0;
  failed ||= !ok;
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ check: name, ...result, ok, errors: errors.slice(0, 5), seconds }));
}
await server.close();
process.exit(failed ? 1 : 0);
