import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { createServer } from "vite";
import { ready } from "../support/page.ts";
import { type Open, test } from "../support/page-test.ts";

/** A page, and what stood against its policy so far. */
interface Watched {
  page: Page;
  /** Addresses that were asked for outside of the page's own origin. */
  elsewhere: string[];
  violations(): Promise<string[]>;
}

/** Opens a page and notes everything that it asks for and that its policy refuses. */
async function watch(open: Open, address = inject("siteUrl")): Promise<Watched> {
  const elsewhere: string[] = [];
  const { origin, host } = new URL(address);
  const page = await open({
    address,
    before: async (opened) => {
      opened.context().on("request", (request) => {
        const url = new URL(request.url());
        const own = url.origin === origin || ["blob:", "data:"].includes(url.protocol);
        if (!own) elsewhere.push(request.url());
      });
      opened.on("websocket", (socket) => {
        if (new URL(socket.url()).host !== host) elsewhere.push(socket.url());
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
  return { page, elsewhere, violations };
}

test("a whole session breaks no rule of the policy and asks for nothing from elsewhere", async ({
  open,
}) => {
  const { page, elsewhere, violations } = await watch(open);
  await page.evaluate(() => window.ratioscope.step(3));
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await button("Import").click();
  await page
    .getByRole("textbox", { name: "Configuration" })
    .fill("GRPOConfig(learning_rate=1e-5, lr_scheduler_kwargs={'num_cycles': 2})");
  await button("Export").click();
  await page.getByRole("region", { name: "Export" }).locator("pre").waitFor();
  await button("Export").click();
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    // Each is fetched when it is first opened.
    const panel = page.locator(`[id="${await tab.getAttribute("aria-controls")}"]`);
    await expect.poll(() => panel.locator("p[aria-busy=true]").count()).toBe(0);
  }
  await button("Use the dark theme").click();
  await page.evaluate(() =>
    window.ratioscope.load({ preset: "reverse", config: { epsilon: 0.1 } }),
  );
  await page.evaluate(() => window.ratioscope.step(1));

  expect(await violations()).toEqual([]);
  expect(elsewhere).toEqual([]);
});

test("what a script would evaluate, load or send elsewhere is refused", async ({
  openRecorded,
}) => {
  const { page, violations } = await watch(openRecorded);
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
  // The events are tasks of their own.
  const directives = async () => new Set((await violations()).map((each) => each.split(" ")[0]));
  await expect.poll(directives).toEqual(new Set(["connect-src", "script-src", "script-src-elem"]));
});

test("the worker that reads files keeps to the page's policy as well", async ({ openRecorded }) => {
  const { page } = await watch(openRecorded);
  await page.getByRole("banner").getByRole("button", { name: "Import", exact: true }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose files", exact: true }).click(),
  ]);
  // One that never ends its work can be asked at leisure.
  await page.route(/files\.worker.*\.js$/, (route) =>
    route.fulfill({ contentType: "text/javascript", body: "" }),
  );
  const started = page.waitForEvent("worker", (worker) => !worker.url().includes("training"));
  await chooser.setFiles({ name: "log.jsonl", mimeType: "text/plain", buffer: Buffer.from("{}") });
  const outcomes = await (
    await started
  ).evaluate(async (address) => {
    const broken: string[] = [];
    const both = new Promise<void>((resolve) => {
      self.addEventListener("securitypolicyviolation", (event) => {
        broken.push((event as SecurityPolicyViolationEvent).effectiveDirective);
        if (broken.length === 2) resolve();
      });
    });
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
    // What is not refused breaks nothing: there is no event to wait for.
    if (evaluated === "refused") await both;
    return { evaluated, elsewhere, own: own instanceof Response, broken };
  }, inject("siteUrl"));
  expect(outcomes).toEqual({
    evaluated: "refused",
    elsewhere: "refused",
    own: true,
    broken: ["script-src", "connect-src"],
  });
});

test("the server of npm start keeps to the policy as well, hot replacement included", async ({
  open,
}) => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  // Vitest's own NODE_ENV would have dependencies bundled anew, beside those of npm start.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = "development";
  const server = await createServer({ root, logLevel: "error", server: { port: 0 } });
  process.env.NODE_ENV = NODE_ENV;
  await server.listen();
  try {
    const [address = ""] = server.resolvedUrls?.local ?? [];
    const { page, elsewhere, violations } = await watch(open, address);
    await page.waitForFunction(() => "ratioscope" in window);
    await ready(page);
    await page.evaluate(() => window.ratioscope.step(1));
    expect(await violations()).toEqual([]);
    expect(elsewhere).toEqual([]);
  } finally {
    await server.close();
  }
});
