import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { expect, onTestFinished } from "vitest";
import { experiments } from "../../src/experiments/registry.ts";
import { figure3, insecureAddress, pastStep, ready } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";
import { serveFolder } from "../support/site.ts";

const built = fileURLToPath(new URL("../../dist", import.meta.url));

/** A copy of the built site at an address of its own, which the test may change. */
async function ownSite(): Promise<{ folder: string; address: string }> {
  const folder = mkdtempSync(join(tmpdir(), "ratioscope-site-"));
  cpSync(built, folder, { recursive: true });
  const { address, close } = await serveFolder(folder);
  onTestFinished(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  return { folder, address };
}

/** Waits until the browser has the whole site. */
const kept = (page: Page) =>
  page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state);

test("without a network the page opens, from another link too, and trains; a new version waits until the reader reloads", async ({
  open,
}) => {
  const { folder, address } = await ownSite();
  const elsewhere: string[] = [];
  const page = await open({
    address,
    density: "learn",
    offline: true,
    before: async (fresh) => {
      fresh.context().on("request", (request) => {
        const url = new URL(request.url());
        if (url.origin !== new URL(address).origin && url.protocol !== "blob:") {
          elsewhere.push(request.url());
        }
      });
    },
  });
  await figure3(page).getByRole("gridcell").first().waitFor();
  await kept(page);

  await part(
    "no network: figure, formulas, training and recorded experiments are there",
    async () => {
      await page.context().setOffline(true);
      await page.goto(`${address}?preset=parity&seed=3`);
      await ready(page);
      await page.evaluate(() => window.ratioscope.step(2));
      await pastStep(page, 1);
      await figure3(page).getByRole("gridcell").first().click();
      await page.locator(".eq .katex").first().waitFor();
      await page.getByRole("tab", { name: "Experiments" }).click();
      await expect
        .poll(() => page.getByText(/^Recorded on .*: \d+ seeds/).count())
        .toBe(experiments.length);
      await page.goto(address);
      await figure3(page).getByRole("gridcell").first().waitFor();
      await page.context().setOffline(false);
    },
  );

  await part("a new version is said, and taken when the reader reloads", async () => {
    const index = join(folder, "index.html");
    const html = readFileSync(index, "utf8");
    writeFileSync(index, html.replace("<title>Ratioscope", "<title>The next Ratioscope"));
    const script = join(folder, "offline.js");
    const text = readFileSync(script, "utf8");
    const revision = /"index\.html","revision":"([0-9a-f]{16})"/.exec(text)?.[1] ?? "none";
    writeFileSync(script, text.replace(revision, "0123456789abcdef"));
    await page.reload();
    // The page's own files stay those that it was opened with.
    expect(await page.title()).toBe("Ratioscope");
    const notice = page.getByRole("status", { name: "New version" });
    await notice.waitFor();
    // A fetch that comes while the browser stops the old version starts it again, and one that a
    // debugger watches, as here, never rests after that: what a first touch brings comes before.
    await figure3(page).getByRole("gridcell").first().click();
    await page.locator(".eq .katex").first().waitFor();
    await page.waitForFunction(async () => {
      const fonts = await document.fonts.ready;
      const fetched = performance.getEntriesByType("resource").map(({ name }) => name);
      return fonts.status === "loaded" && fetched.some((name) => /PrintPage.*js$/.test(name));
    });
    await notice.getByRole("button", { name: "Reload" }).click();
    await expect.poll(() => page.title()).toBe("The next Ratioscope");
    await figure3(page).getByRole("gridcell").first().waitFor();
    expect(await notice.count()).toBe(0);
  });
  expect(elsewhere).toEqual([]);
});

test("where there are no service workers the page is as it was", async ({ open }) => {
  const page = await open({ address: insecureAddress(), offline: true });
  await figure3(page).getByRole("gridcell").first().waitFor();
  expect(await page.evaluate(() => "serviceWorker" in navigator)).toBe(false);
});
