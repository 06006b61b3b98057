import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Frame, Page } from "playwright";
import { expect, inject, onTestFinished } from "vitest";
import { pastStep } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

/** A page of somebody else with the snippet on it; its frame, and what it asked for. */
async function framed(
  context: BrowserContext,
  snippet: string,
): Promise<{ host: Page; frame: Frame; asked: string[] }> {
  const host = await context.newPage();
  const asked: string[] = [];
  host.on("request", (request) => asked.push(request.url()));
  // Another site than the page's own, which is at 127.0.0.1, and one that WebGPU is allowed on.
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>A lecture</title><h1>A lecture</h1>${snippet}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await host.goto(`http://localhost:${port}/`);
  await expect.poll(() => host.frames().length).toBe(2);
  return { host, frame: host.frames()[1]!, asked };
}

const heightOf = (host: Page) =>
  host.locator("iframe").evaluate((frame) => Number((frame as HTMLIFrameElement).height));
const contentOf = (frame: Frame) =>
  frame.locator(".embed").evaluate((embed) => Math.ceil(embed.getBoundingClientRect().height));

/** What the frame's browser keeps for it. */
const keptIn = (frame: Frame) =>
  frame.evaluate(async () => ({
    // The tests' own choice of density.
    local: Object.keys(localStorage).filter((key) => key !== "ratioscope.density"),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    cookies: document.cookie,
  }));
const NOTHING = { local: [], session: [], databases: [], caches: [], cookies: "" };

test("the snippet shows the figures in another site's page: as high as they are, no GPU before a press, nothing kept", async ({
  openRecorded,
  open,
}) => {
  const page = await openRecorded();
  const context = page.context();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Copy embed snippet: both figures" }).click();
  await page.getByText("Snippet copied").waitFor();
  const snippet = await page.evaluate(() => navigator.clipboard.readText());
  expect(snippet).toContain('title="Ratioscope: the ratios of GRPO and GSPO on one batch"');
  await page.unroute(/training\.worker.*\.js$/);
  const { host, frame, asked } = await framed(context, snippet);

  await part("the figures alone, as high as they are", async () => {
    await frame
      .getByRole("figure", { name: /^Figure 4/ })
      .getByRole("gridcell")
      .first()
      .waitFor();
    for (const gone of ["banner", "tablist", "complementary"] as const) {
      expect(await frame.getByRole(gone).count()).toBe(0);
    }
    const height = await contentOf(frame);
    expect(height).toBeGreaterThan(300);
    await expect.poll(() => heightOf(host)).toBe(await contentOf(frame));
    await host.setViewportSize({ width: 700, height: 900 });
    await expect.poll(() => contentOf(frame)).not.toBe(height);
    await expect.poll(async () => (await heightOf(host)) - (await contentOf(frame))).toBe(0);
  });

  await part("no worker before somebody presses, then it trains", async () => {
    const workers = () => asked.filter((address) => address.includes("training.worker"));
    expect(workers()).toEqual([]);
    await frame.getByRole("button", { name: "Play", exact: true }).click();
    const readout = frame.locator(".transport-readout");
    await expect.poll(() => readout.innerText()).toMatch(/^[1-9]\d*\s+of \d+/);
    expect(workers()).toHaveLength(1);
    await frame.getByRole("button", { name: "Pause" }).click();
    await frame.getByText("Paused", { exact: true }).waitFor();
  });
  const whole = frame.getByRole("link", { name: "Open in Ratioscope" });
  // Where the browser lets a frame keep something, it keeps nothing either.
  const alone = await open({ address: await frame.evaluate(() => location.href) });
  await alone.getByRole("button", { name: "Play", exact: true }).click();
  await pastStep(alone, 2);
  expect(await keptIn(alone.mainFrame())).toEqual(NOTHING);

  expect(await whole.getAttribute("href")).toBe(
    (/src="([^"]*)"/.exec(snippet)?.[1] ?? "")
      .replaceAll("&amp;", "&")
      .replace(/.embed=figure/, ""),
  );
});

test("charts alone; a lesson; a part that there is not is said on the whole page", async ({
  openRecorded,
  open,
}) => {
  const page = await openRecorded();
  const address = `${inject("siteUrl")}?embed=charts`;
  const { frame } = await framed(page.context(), `<iframe src="${address}" width="900"></iframe>`);
  await frame.getByRole("region", { name: "Reward chart" }).locator("svg path").first().waitFor();
  expect(await frame.getByRole("figure", { name: /^Figure/ }).count()).toBe(0);

  // A lesson trains nothing, and a press in the frame would start it.
  await page.context().route(/training\.worker.*\.js$/, () => {});
  await part("a lesson under its figures, over nothing, and the list of all", async () => {
    const lesson = `${inject("siteUrl")}?embed=lesson&amp;view.lesson=hot-token`;
    const snippet = `<iframe src="${lesson}" width="900" height="900"></iframe>`;
    const { frame: asks } = await framed(page.context(), snippet);
    const shown = asks.getByRole("region", { name: "Lesson 2: One hot token" });
    await shown.getByRole("heading", { name: /^Which tokens/ }).waitFor();
    expect(await asks.getByRole("button", { name: "Close the explanation" }).count()).toBe(0);
    const [figure, below, bar] = [
      await asks.locator(".stage-figure").boundingBox(),
      await shown.boundingBox(),
      await asks.locator(".transport").boundingBox(),
    ];
    expect(figure!.y + figure!.height).toBeLessThanOrEqual(below!.y);
    expect(below!.y + below!.height).toBeLessThanOrEqual(bar!.y);
    await asks
      .getByRole("figure", { name: /^Figure 3/ })
      .getByRole("gridcell", { name: /^row 1, token 4/ })
      .click();
    await shown.getByText("Marked: row 1, token 4", { exact: true }).waitFor();
    await shown.getByRole("button", { name: "All lessons" }).click();
    await asks.getByRole("button", { name: /^At k = 0/ }).waitFor();
    const list = await open({ address: `${inject("siteUrl")}?embed=lesson` });
    await list.getByRole("button", { name: /^At k = 0/ }).waitFor();
  });

  const said = await open({ address: `${inject("siteUrl")}?embed=table` });
  await said
    .getByRole("region", { name: "The link" })
    .getByText(
      'embed takes one of figure, charts, lesson; "table" is not, so the whole page is shown.',
    )
    .waitFor();
  await said.getByRole("banner").waitFor();
});
