import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { figure3, inWorker, openPage, ready, transport } from "../support/page.ts";

let browser: Browser;

beforeAll(async () => {
  // Pages that are neither https nor on localhost have no navigator.gpu: a real case.
  browser = await launchChromium(["--host-resolver-rules=MAP ratioscope.test 127.0.0.1"]);
});

afterAll(async () => {
  await browser.close();
});

test("a page without navigator.gpu says so, and the recorded run works", async () => {
  const address = inject("siteUrl").replace("127.0.0.1", "ratioscope.test");
  const { page, errors } = await openPage(browser, { address });
  await ready(page);
  expect(await page.evaluate(() => "gpu" in navigator)).toBe(false);
  const says = await notice(page).innerText();
  expect(says).toMatch(/no WebGPU/);
  expect(says).toMatch(/https or from localhost/);
  await expectRecordedRunWorks(page);
  expect(errors).toEqual([]);
  await page.context().close();
});

test("an adapter that is null says so, and the recorded run works", async () => {
  const { page, errors } = await openPage(browser, {
    before: inWorker("navigator.gpu.requestAdapter = async () => null"),
  });
  await ready(page);
  expect(await notice(page).innerText()).toMatch(/found no GPU that it accepts/);
  await expectRecordedRunWorks(page);
  expect(errors).toEqual([]);
  await page.context().close();
});

test("a browser that refuses has its own words shown", async () => {
  const { page } = await openPage(browser, {
    before: inWorker(
      "navigator.gpu.requestAdapter = async () => { throw new Error('driver is on the blocklist') }",
    ),
  });
  await ready(page);
  expect(await notice(page).innerText()).toMatch(/driver is on the blocklist/);
  await page.context().close();
});

const notice = (page: Page) => page.getByRole("alert").filter({ hasText: "no WebGPU to train on" });

/** Play is off and says why; the figure tells numbers, and the equation follows a click. */
async function expectRecordedRunWorks(page: Page): Promise<void> {
  const play = transport(page).getByRole("button", { name: "Play" });
  expect(await play.isDisabled()).toBe(true);
  const why = page.locator(`[id="${await play.getAttribute("aria-describedby")}"]`);
  expect(await why.textContent()).toMatch(/GPU/);
  expect(await transport(page).innerText()).toContain("recorded run");

  const cell = figure3(page).getByRole("gridcell").nth(1);
  await cell.hover();
  expect(await page.getByRole("tooltip").innerText()).toMatch(/token 2/);
  await cell.click();
  const equation = page.getByRole("tabpanel", { name: "Equation" });
  await expect.poll(() => equation.innerText()).toMatch(/token 2/);
  await page.getByRole("slider", { name: "Step on screen" }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Go to the end" }).waitFor();

  // The sandbox is arithmetic on the CPU: an edit moves the row's one ratio.
  await page.getByRole("button", { name: /^What if/ }).click();
  await page.getByRole("button", { name: "Worked example" }).click();
  const bar = page.getByRole("region", { name: "What if" });
  await bar.getByText("Worked example, not measured").waitFor();
  const s = page.locator(".anatomy-s");
  await figure3(page).locator('[data-cell="0-3"]').click();
  await expect.poll(() => s.innerText()).toBe("1.048");
  await bar.getByLabel("log r, token 4").fill("0");
  await expect.poll(() => s.innerText()).toBe("1.003");
  await bar.getByRole("button", { name: "Close" }).click();
}
