import { chromium } from "playwright";
import { createServer } from "vite";
import { UserError } from "../../base/user-error.ts";
import type { Measurement } from "./measurement.ts";
import type { BenchOptions } from "./suite.ts";

const PAGE = `<!doctype html><title>Bench</title><script type="module" src="/src/cli/bench/page.ts"></script>`;

/** Runs the suite in Chromium, on a page that Vite serves from `root`. */
export async function benchInPage(
  root: string,
  browser: { executablePath: string | null; args: readonly string[] },
  options: BenchOptions,
  emit: (measurement: Measurement) => void,
): Promise<void> {
  if (browser.executablePath === null) {
    throw new UserError(
      "No Chrome or Chromium was found.",
      "Install one, or set CHROMIUM to its path.",
    );
  }
  const server = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    appType: "custom",
    server: { port: 0, host: "127.0.0.1" },
    optimizeDeps: { noDiscovery: true },
    plugins: [
      {
        name: "bench-page",
        configureServer: ({ middlewares }) => {
          middlewares.use((request, response, next) => {
            if (request.url !== "/bench") return next();
            response.setHeader("content-type", "text/html");
            response.end(PAGE);
          });
        },
      },
    ],
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === "string") throw new Error("the server has no port");
  const { executablePath, args } = browser;
  const chrome = await chromium.launch({ executablePath, args: [...args], headless: false });
  try {
    const page = await chrome.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.exposeFunction("emitMeasurement", emit);
    await page.goto(`http://127.0.0.1:${address.port}/bench`);
    await page.waitForFunction(() => window.benchmark !== undefined, null, { timeout: 60_000 });
    await page.evaluate((given) => window.benchmark!(given), options);
  } finally {
    await chrome.close();
    await server.close();
  }
}
