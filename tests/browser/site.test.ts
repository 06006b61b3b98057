import { expect, inject, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";

test("the built site loads from a sub-path, with nothing missing and a GPU to train on", async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("response", (response) => {
      if (!response.ok()) problems.push(`${response.status()} ${response.url()}`);
    });
    page.on("pageerror", (error) => problems.push(error.message));

    await page.goto(inject("siteUrl"), { waitUntil: "networkidle" });
    expect(await page.title()).toContain("Ratioscope");
    expect(await page.evaluate(async () => (await navigator.gpu.requestAdapter()) !== null)).toBe(
      true,
    );
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
  }
});
