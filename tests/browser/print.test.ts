import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { figure3, figure4 } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

/** Pages of a PDF, from its own count. */
const pages = (pdf: Buffer): number =>
  Number(
    /\/Type\s*\/Pages[^>]*\/Count (\d+)|\/Count (\d+)[^>]*\/Type\s*\/Pages/
      .exec(pdf.toString("latin1"))
      ?.slice(1)
      .find(Boolean),
  );

const luminance = (page: Page, selector: string): Promise<number> =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const [r = 0, g = 0, b = 0] = (getComputedStyle(element).color.match(/\d+/g) ?? []).map(
        Number,
      );
      return (r + g + b) / 3;
    });

test("one sheet of A4 has sentence, figures, legend, strip, equation and where it comes from, in dark ink", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ theme: "dark" });
  // Who prints has used the page; what paper needs is fetched then.
  await page.mouse.move(8, 8);
  await page.locator(".print-page").waitFor({ state: "attached" });

  await part("on screen there is nothing of it", async () => {
    expect(await page.locator(".print-page").isVisible()).toBe(false);
  });
  await page.emulateMedia({ media: "print" });
  const sheet = page.locator(".print-page");
  await part("what is on paper", async () => {
    for (const shown of [
      page.locator(".sentence-say"),
      figure3(page),
      figure4(page),
      page.locator(".twin-legend"),
      page.locator(".anatomy"),
      sheet.locator(".eq .katex").first(),
      sheet.getByText(/Step 24, k = 3; token arm: loss_type grpo.* seed 42\. Ratioscope\.$/),
      sheet.getByText(/^http.*\?preset=four-passes/),
    ]) {
      await shown.waitFor();
    }
    for (const gone of ["banner", "tablist", "radio"] as const) {
      expect(await page.getByRole(gone).count(), gone).toBe(0);
    }
    for (const control of ["Share", "Loop", "Play"]) {
      expect(await page.getByRole("button", { name: control }).count(), control).toBe(0);
    }
    // The page is dark, paper is not.
    expect(await luminance(page, ".sentence-say")).toBeLessThan(90);
    // All of the figures lies within the sheet.
    const box = (await figure4(page).boundingBox())!;
    expect(box.x + box.width).toBeLessThanOrEqual(704);
  });
  expect(pages(await page.pdf({ preferCSSPageSize: true }))).toBe(1);

  await part("on screen all is as it was", async () => {
    await page.emulateMedia({ media: "screen" });
    await page.getByRole("banner").waitFor();
    expect(await sheet.isVisible()).toBe(false);
    expect(await luminance(page, ".sentence-say")).toBeGreaterThan(150);
  });
});

test("forced colours leave formulas their accents and strikes", async ({ openRecorded }) => {
  const page = await openRecorded({
    address: `${inject("siteUrl")}?view.tab=equation&view.pin=1-3`,
  });
  await page.emulateMedia({ forcedColors: "active" });
  for (const part of [".eq-tex .katex", ".eq-struck"]) {
    const drawn = page.locator(part).first();
    await drawn.waitFor();
    // Otherwise the browser puts a plate behind each glyph, which covers what the next one overlaps.
    expect(await drawn.evaluate((each) => getComputedStyle(each).forcedColorAdjust)).toBe("none");
  }
});
