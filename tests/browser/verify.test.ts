import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openPage, ready, transport } from "../support/page.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium(["--host-resolver-rules=MAP ratioscope.test 127.0.0.1"]);
});

afterAll(async () => {
  await browser.close();
});

const section = (page: Page) => page.getByRole("region", { name: "Verify on this GPU" });
const button = (page: Page) => section(page).getByRole("button", { name: "Verify on this GPU" });
const report = (page: Page) => section(page).getByLabel("Report of the reference vectors");

test("the bundled vectors pass on this adapter, and training pauses for them", async () => {
  const { page, errors } = await openPage(browser);
  await ready(page);
  const fetched: string[] = [];
  page.context().on("request", (request) => fetched.push(request.url()));
  await page.getByRole("tab", { name: "Guide" }).click();
  await transport(page).getByRole("button", { name: "Play" }).click();
  await transport(page).getByRole("button", { name: "Pause" }).waitFor();
  expect(fetched.filter((url) => url.includes("vectors/"))).toEqual([]);

  await button(page).click();
  await section(page)
    .getByText(/^Case [1-9]\d* of 29$/)
    .waitFor();
  await transport(page).getByRole("button", { name: "Play" }).waitFor();
  const text = await report(page).innerText();
  expect(text).toContain("29 cases, 0 failed");
  expect(text).toMatch(/^adapter {2}\S+/m);
  expect(text).toMatch(/^ {2}\d\.\d\de-\d+ +weights, 1 − cosine of the update$/m);
  expect(await section(page).innerText()).toMatch(/0 failures on \S+/);

  await transport(page).getByRole("button", { name: "Play" }).click();
  await transport(page).getByRole("button", { name: "Pause" }).waitFor();
  expect(errors).toEqual([]);
  await page.context().close();
});

test("a wrong number is a failure with its sentence; a missing file is told", async () => {
  let answer: "wrong" | "missing" = "wrong";
  const { page, errors } = await openPage(browser, {
    before: async (opened) => {
      await opened.context().route(/vectors\/index\.json$/, async (route) => {
        await route.fulfill({ json: [{ file: "optimizer.json", cases: 1 }] });
      });
      await opened.context().route(/vectors\/optimizer\.json$/, async (route) => {
        if (answer === "missing") return route.fulfill({ status: 404, body: "" });
        const file = await (await route.fetch()).json();
        file.cases[0].pre_clip_norms[2] *= 1.01;
        await route.fulfill({ json: file });
      });
    },
  });
  await ready(page);
  await page.getByRole("tab", { name: "Guide" }).click();
  await button(page).click();
  expect(await report(page).innerText()).toMatch(/failed: D00_\S+: grad_norm is off by 9\.90e-3/);
  expect(await section(page).innerText()).toMatch(/1 failure on \S+/);

  answer = "missing";
  await button(page).click();
  expect(await section(page).getByRole("alert").innerText()).toContain(
    "vectors/optimizer.json are not beside the page (404)",
  );
  expect(errors).toEqual([]);
  await page.context().close();
});

test("a page without WebGPU says so in place of running them", async () => {
  const address = inject("siteUrl").replace("127.0.0.1", "ratioscope.test");
  const { page } = await openPage(browser, { address });
  await ready(page);
  await page.getByRole("tab", { name: "Guide" }).click();
  await section(page).getByText("There is no WebGPU to verify").waitFor();
  expect(await button(page).isDisabled()).toBe(true);
  await page.context().close();
});
