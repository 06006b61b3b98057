import type { Browser, Locator, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { figure3, figure4, openPage, stepOnScreen, transport } from "../support/page.ts";
import { seriousViolations } from "../support/axe.ts";

// In a lecture, on the recorded run: no GPU is needed, and everything goes by keys.
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  browser = await launchChromium();
  ({ page, errors } = await openPage(browser, { width: 1920, height: 1080 }));
  await figure3(page).getByRole("gridcell").first().waitFor();
  await page.getByRole("region", { name: "Reward chart" }).locator("svg path").first().waitFor();
});

afterAll(async () => {
  await browser.close();
});

const sentence = (): Locator => page.locator(".sentence-say");
const stage = (name: RegExp): Promise<boolean> => page.getByRole("radio", { name }).isChecked();
const fontSize = (part: Locator): Promise<string> =>
  part.evaluate((element) => getComputedStyle(element).fontSize);

describe("presenter mode", () => {
  test("P leaves the figures alone on the page, large; the address opens the same", async () => {
    const address = page.url();
    expect(await fontSize(sentence())).toBe("15px");
    await page.keyboard.press("p");
    await page.getByRole("button", { name: /^Leave/ }).waitFor();
    for (const gone of ["banner", "complementary", "contentinfo", "tablist"] as const) {
      expect(await page.getByRole(gone).count(), gone).toBe(0);
    }
    expect(await page.getByRole("region", { name: /chart$|Ratio distributions/ }).count()).toBe(0);
    expect(await fontSize(sentence())).toBe("32px");
    const row = await figure3(page).getByRole("gridcell").first().boundingBox();
    expect(row!.height).toBeGreaterThan(50);
    // Figure, inner steps, strip and transport, with nothing to scroll for.
    for (const part of [
      figure4(page).getByRole("gridcell").last(),
      page.getByRole("radiogroup", { name: "Inner step k" }),
      page.getByRole("region", { name: /taken apart$/ }),
      page.getByRole("slider", { name: "Step on screen" }),
    ]) {
      const box = await part.boundingBox();
      expect(box!.y + box!.height).toBeLessThanOrEqual(1080);
    }
    expect(page.url()).toContain("view.present=1");
    expect(page.url()).not.toBe(address);
  });

  test("arrows and a clicker's keys step; up and down choose the stage", async () => {
    const newest = await stepOnScreen(page);
    await page.keyboard.press("PageUp");
    await expect.poll(() => stepOnScreen(page)).toBe(newest - 1);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => stepOnScreen(page)).toBe(newest - 2);
    await page.keyboard.press("Shift+ArrowLeft");
    await expect.poll(() => stepOnScreen(page)).toBe(newest - 6);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => stepOnScreen(page)).toBe(newest - 5);
    expect(await stage(/× advantage$/)).toBe(true);
    await page.keyboard.press("ArrowDown");
    expect(await stage(/clip$/)).toBe(true);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await stage(/^2? ?ratio$/)).toBe(true);
    await page.keyboard.press("3");
  });

  test("N walks through the parts: each is lit, and said in the numbers on screen", async () => {
    const lit = (): Promise<string | null> => page.locator(".app").getAttribute("data-beat");
    for (const beat of ["batch", "identical", "figure-3", "figure-4"]) {
      await page.keyboard.press("n");
      await expect.poll(lit).toBe(beat);
    }
    const counts = await figure4(page).locator(".twin-body").innerText();
    const clipped = [...counts.matchAll(/([1-9]\d*)\/\1(?!\d)/g)].length;
    expect(await sentence().innerText()).toContain(`Its clip drops ${clipped} of `);
    await page.keyboard.press("Shift+N");
    await expect.poll(lit).toBe("figure-3");
    for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+N");
    await expect.poll(lit).toBeNull();
  });

  test("no serious or critical violation in either theme", async () => {
    const violations: string[] = [];
    for (const theme of ["light", "dark"]) {
      await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
      violations.push(...(await seriousViolations(page, `presenting, ${theme}`)));
    }
    expect(violations).toEqual([]);
    await page.evaluate(() => (document.documentElement.dataset.theme = "light"));
  });

  test("Escape leaves, and the page is as it was; a link opens it presenting", async () => {
    const presenting = page.url();
    await page.keyboard.press("Escape");
    await page.getByRole("banner").waitFor();
    expect(page.url()).not.toContain("view.present");
    expect(await fontSize(sentence())).toBe("15px");

    await page.getByRole("button", { name: "Present" }).click();
    await page.getByRole("button", { name: /^Leave/ }).click();
    await page.getByRole("banner").waitFor();

    await page.goto(presenting);
    await page.getByRole("button", { name: /^Leave/ }).waitFor();
    await figure4(page).getByRole("gridcell").first().waitFor();
    expect(await transport(page).innerText()).toContain("recorded run");
    expect(errors).toEqual([]);
  });
});
