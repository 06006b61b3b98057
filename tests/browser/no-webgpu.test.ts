import type { Page } from "playwright";
import { expect } from "vitest";
import { figure3, insecureAddress, inWorker, ready, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

test("a page without navigator.gpu says so, and the recorded run works", async ({ open }) => {
  // Neither https nor localhost: a real case.
  const page = await open({ address: insecureAddress() });
  await ready(page);
  expect(await page.evaluate(() => "gpu" in navigator)).toBe(false);
  await expect.poll(() => notice(page).innerText()).toMatch(/https or from localhost/);
  await expectPlayOff(page);
  await part("the recorded run works", () => expectRecordedRunWorks(page));
  await part("there is nothing to verify on", async () => {
    await page.getByRole("tab", { name: "Guide" }).click();
    const section = page.getByRole("region", { name: "Verify on this GPU" });
    await section.getByText("There is no WebGPU to verify").waitFor();
    expect(await section.getByRole("button", { name: "Verify on this GPU" }).isDisabled()).toBe(
      true,
    );
  });
  await part("experiments show what is recorded, and say why none runs", async () => {
    await page.getByRole("tab", { name: "Experiments" }).click();
    const section = page.getByRole("region", { name: "Clips far more: does it learn as well?" });
    await section.getByText(/^Recorded on /).waitFor();
    await section.getByText(/^It cannot run here: .*https or from localhost/).waitFor();
    expect(await section.getByRole("button", { name: "Run it here" }).isDisabled()).toBe(true);
  });
});

test("an adapter that is null says so, and the recorded run stays", async ({ open }) => {
  const page = await open({ before: inWorker("navigator.gpu.requestAdapter = async () => null") });
  await ready(page);
  await expect.poll(() => notice(page).innerText()).toMatch(/found no GPU that it accepts/);
  await expectPlayOff(page);
});

test("a browser that refuses has its own words shown", async ({ open }) => {
  const page = await open({
    before: inWorker(
      "navigator.gpu.requestAdapter = async () => { throw new Error('driver is on the blocklist') }",
    ),
  });
  await ready(page);
  await expect.poll(() => notice(page).innerText()).toMatch(/driver is on the blocklist/);
  await expectPlayOff(page);
});

test("an adapter that does not compute right is told so, and nothing is trained on it", async ({
  open,
}) => {
  const page = await open({
    before: inWorker(`
      const make = GPUDevice.prototype.createShaderModule;
      GPUDevice.prototype.createShaderModule = function (asked) {
        return make.call(this, { ...asked, code: asked.code.replace("half > 0;", "half > 1;") });
      };
    `),
  });
  await ready(page);
  const wrong = page.getByRole("alert").filter({ hasText: "This GPU does not compute right" });
  await expect.poll(() => wrong.innerText()).toMatch(/a sum of \w+ came to \d+ where \d+ is right/);
  await expectPlayOff(page);
});

const notice = (page: Page) => page.getByRole("alert").filter({ hasText: "no WebGPU to train on" });

/** Play says why it is off; the recorded run is on screen. */
async function expectPlayOff(page: Page): Promise<void> {
  const play = transport(page).getByRole("button", { name: "Play" });
  await expect.poll(() => play.isDisabled()).toBe(true);
  const why = page.locator(`[id="${await play.getAttribute("aria-describedby")}"]`);
  expect(await why.textContent()).toMatch(/GPU/);
  // Beside it as well, for who sees.
  await transport(page).locator(".transport-standing").getByText(/GPU/).waitFor();
  await transport(page).getByText("recorded run").waitFor();
  await figure3(page).getByRole("gridcell").first().waitFor();
}

/** The figure tells numbers, the equation follows a click, and the sandbox computes. */
async function expectRecordedRunWorks(page: Page): Promise<void> {
  const cell = figure3(page).getByRole("gridcell").nth(1);
  await cell.hover();
  await page
    .getByRole("tooltip")
    .getByText(/token 2/)
    .first()
    .waitFor();
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
