import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createServer } from "vite";
import { launchChromium } from "../support/chromium.ts";
import { openPage, ready } from "../support/page.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
});

interface Watched {
  page: Page;
  /** Addresses that were asked for outside of the page's own origin. */
  elsewhere: string[];
  violations(): Promise<string[]>;
  errors: string[];
}

/** Opens a page and notes everything that it asks for and that its policy refuses. */
async function watch(address: string): Promise<Watched> {
  const elsewhere: string[] = [];
  const { origin } = new URL(address);
  const { page, errors } = await openPage(browser, {
    address,
    before: async (opened) => {
      opened.context().on("request", (request) => {
        const url = new URL(request.url());
        const own = url.origin === origin || ["blob:", "data:"].includes(url.protocol);
        if (!own) elsewhere.push(request.url());
      });
      opened.on("websocket", (socket) => {
        if (new URL(socket.url()).host !== new URL(address).host) elsewhere.push(socket.url());
      });
      await opened.addInitScript(() => {
        const refused: string[] = [];
        Object.assign(window, { refused });
        document.addEventListener("securitypolicyviolation", (event) =>
          refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`),
        );
      });
    },
  });
  const violations = () =>
    page.evaluate(() => (window as unknown as { refused: string[] }).refused);
  return { page, elsewhere, violations, errors };
}

test("a whole session breaks no rule of the policy and asks for nothing from elsewhere", async () => {
  const { page, elsewhere, violations, errors } = await watch(inject("siteUrl"));
  await ready(page);
  await page.evaluate(() => window.ratioscope.step(3));
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await button("Import").click();
  await page
    .getByRole("textbox", { name: "Configuration" })
    .fill("GRPOConfig(learning_rate=1e-5, lr_scheduler_kwargs={'num_cycles': 2})");
  await button("Export").click();
  await page.getByRole("region", { name: "Export" }).locator("pre").waitFor();
  await button("Export").click();
  for (const tab of await page.getByRole("tab").all()) await tab.click();
  await button("Use the dark theme").click();
  await page.evaluate(() =>
    window.ratioscope.load({ preset: "reverse", config: { epsilon: 0.1 } }),
  );
  await page.evaluate(() => window.ratioscope.step(1));

  expect(await violations()).toEqual([]);
  expect(elsewhere).toEqual([]);
  expect(errors).toEqual([]);
});

test("what a script would evaluate, load or send elsewhere is refused", async () => {
  const { page, violations } = await watch(inject("siteUrl"));
  const outcomes = await page.evaluate(async () => {
    // In a task of the page's own: what the debugger evaluates may evaluate.
    const refused = (work: () => unknown) =>
      new Promise((resolve) => setTimeout(resolve))
        .then(() => new Promise((resolve) => setTimeout(() => resolve(null))))
        .then(work)
        .then(
          () => "done",
          () => "refused",
        );
    const inline = document.createElement("script");
    inline.textContent = "window.inlineRan = true";
    document.head.append(inline);
    return [
      // oxlint-disable-next-line eslint/no-eval
      await refused(() => (0, eval)("1")),
      await refused(() => fetch("https://elsewhere.invalid/")),
      "inlineRan" in window ? "done" : "refused",
    ];
  });
  expect(outcomes).toEqual(["refused", "refused", "refused"]);
  const directives = new Set((await violations()).map((each) => each.split(" ")[0]));
  expect(directives).toEqual(new Set(["connect-src", "script-src", "script-src-elem"]));
});

test("the worker that reads files keeps to the page's policy as well", async () => {
  const { page } = await watch(inject("siteUrl"));
  await ready(page);
  await page.getByRole("banner").getByRole("button", { name: "Import", exact: true }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose files", exact: true }).click(),
  ]);
  const started = page.waitForEvent("worker");
  // A log, whose ratios it has to compile kernels for: it lives long enough to be asked.
  const row = { step: 1, completion_ids: [7], per_token_logps: [-1], advantage: 1 };
  const buffer = Buffer.from(JSON.stringify(row));
  await chooser.setFiles({ name: "log.jsonl", mimeType: "text/plain", buffer });
  const outcomes = await (
    await started
  ).evaluate(async (address) => {
    const broken: string[] = [];
    self.addEventListener("securitypolicyviolation", (event) =>
      broken.push((event as SecurityPolicyViolationEvent).effectiveDirective),
    );
    // In a task of the worker's own, as above.
    await new Promise((resolve) => setTimeout(resolve));
    const evaluated = await new Promise((resolve) =>
      setTimeout(() => {
        try {
          // oxlint-disable-next-line eslint/no-eval
          resolve((0, eval)("1"));
        } catch {
          resolve("refused");
        }
      }),
    );
    const elsewhere = await fetch("https://elsewhere.invalid/").catch(() => "refused");
    const own = await fetch(address).catch(() => "refused");
    await new Promise((resolve) => setTimeout(resolve));
    return { evaluated, elsewhere, own: own instanceof Response, broken };
  }, inject("siteUrl"));
  expect(outcomes).toEqual({
    evaluated: "refused",
    elsewhere: "refused",
    own: true,
    broken: ["script-src", "connect-src"],
  });
});

test("the server of npm start keeps to the policy as well, hot replacement included", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const server = await createServer({ root, logLevel: "error", server: { port: 0 } });
  await server.listen();
  try {
    const [address = ""] = server.resolvedUrls?.local ?? [];
    const { page, elsewhere, violations, errors } = await watch(address);
    await page.waitForFunction(() => "ratioscope" in window);
    await ready(page);
    await page.evaluate(() => window.ratioscope.step(1));
    expect(await violations()).toEqual([]);
    expect(elsewhere).toEqual([]);
    expect(errors).toEqual([]);
  } finally {
    await server.close();
  }
});
