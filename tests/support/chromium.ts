import { createServer, type AddressInfo } from "node:net";
import { chromium, type Browser, type BrowserContext } from "playwright";
import { chromiumFlags, requireChromium } from "../../scripts/chromium.mjs";

/** The installed Chrome or Chromium with WebGPU, some flags more, some fewer. Caller closes it. */
export const launchChromium = (
  extraFlags: readonly string[] = [],
  without: readonly string[] = [],
): Promise<Browser> =>
  chromium.launch({
    executablePath: requireChromium(),
    headless: false, // a flag does it instead
    args: [...chromiumFlags.filter((flag) => !without.includes(flag)), ...extraFlags],
  });

/** One whose tabs hide each other, as a reader's do: elsewhere Playwright tells each that it is in front. */
export async function launchWithTabs(): Promise<{
  context: BrowserContext;
  close: () => Promise<void>;
}> {
  const port = await freePort();
  const launched = await launchChromium([`--remote-debugging-port=${port}`]);
  const address = `http://127.0.0.1:${port}`;
  const browser = await chromium.connectOverCDP(address, { noDefaults: true });
  const close = async (): Promise<void> => {
    await browser.close();
    await launched.close();
  };
  const [context] = browser.contexts();
  if (context === undefined) throw new Error("the browser has no window");
  return { context, close };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
