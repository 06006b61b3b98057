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

/** What a beat's outline lies around, by its class, and the figure that it is in. */
const lit = (): Promise<string> =>
  page.evaluate(() => {
    const names = [...document.querySelectorAll(".app *")]
      .filter((part) => getComputedStyle(part).outline.endsWith("solid 3px"))
      .map((part) => {
        const figure = part.closest("figure")?.querySelector("figcaption")?.innerText ?? "";
        return `${figure.slice(0, 8)} ${part.getAttribute("class")}`.trim();
      });
    return [...new Set(names)].join(", ");
  });

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
    await transport(page).getByRole("button", { name: "Go to the end" }).click();
    const caption = page.locator(".twin-hidden caption");
    await expect.poll(() => caption.innerText()).toContain("Step 40,");
    const before = await sentence().innerText();
    const advantages = (await page.locator(".twin-margin").first().textContent())!
      .match(/[+−]\d\.\d\d/g)!
      .map((text) => Number(text.replace("−", "-")));
    const [least, most] = [Math.min(...advantages), Math.max(...advantages)];
    const counts = async (figure: Locator) =>
      [...(await figure.locator(".twin-body").innerText()).matchAll(/(\d+)\/(\d+)/g)].map(
        ([, clipped, of]) => [Number(clipped), Number(of)] as const,
      );
    const tokens = await counts(figure3(page));
    const rows = await counts(figure4(page));
    const clippedTokens = tokens.reduce((sum, [clipped]) => sum + clipped, 0);
    const allTokens = tokens.reduce((sum, [, of]) => sum + of, 0);
    const clippedRows = rows.filter(([clipped, of]) => clipped > 0 && clipped === of).length;
    expect(Math.min(clippedTokens, clippedRows)).toBeGreaterThan(0);

    const beats = [
      [
        "Figure 3 twin-margin, Figure 4 twin-margin",
        `advantages from −${(-least).toFixed(2)} to +${most.toFixed(2)}`,
      ],
      ["inner-steps", "3 updates after the rollout"],
      ["Figure 3 twin-scroll", `drops ${clippedTokens} of ${allTokens} tokens`],
      ["Figure 4 twin-scroll", `drops ${clippedRows} of ${rows.length} rows`],
      ["anatomy", before],
    ] as const;
    for (const [part, says] of beats) {
      await page.keyboard.press("n");
      await expect.poll(lit).toBe(part);
      expect(await sentence().innerText()).toContain(says);
    }
    await page.keyboard.press("n");
    await expect.poll(lit).toBe("");
    expect(await sentence().innerText()).toBe(before);
    await page.keyboard.press("Shift+N");
    await page.keyboard.press("Shift+N");
    await expect.poll(lit).toBe("Figure 4 twin-scroll");
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
