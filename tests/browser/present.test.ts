import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { figure3, figure4, stepOnScreen, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

// In a lecture, on the recorded run: no GPU is needed, and everything goes by keys.
const PROJECTOR = { width: 1920, height: 1080 };

const sentence = (page: Page): Locator => page.locator(".sentence-say");
const leave = (page: Page): Locator => page.getByRole("button", { name: /^Leave/ });
const fontSize = (text: Locator): Promise<string> =>
  text.evaluate((element) => getComputedStyle(element).fontSize);

test("P leaves the figures alone on the page, large, and Escape brings the rest back", async ({
  openRecorded,
}) => {
  const page = await openRecorded(PROJECTOR);
  const address = page.url();

  const presenting = await part("P leaves the figures alone, large", async () => {
    // What is about to leave the page is on it.
    await page.getByRole("region", { name: "Reward chart" }).locator("svg path").first().waitFor();
    expect(await fontSize(sentence(page))).toBe("15px");
    await page.keyboard.press("p");
    await leave(page).waitFor();
    for (const gone of ["banner", "complementary", "contentinfo", "tablist"] as const) {
      await expect.poll(() => page.getByRole(gone).count(), { message: gone }).toBe(0);
    }
    await expect
      .poll(() => page.getByRole("region", { name: /chart$|Ratio distributions/ }).count())
      .toBe(0);
    await expect.poll(() => fontSize(sentence(page))).toBe("32px");
    const row = figure3(page).getByRole("gridcell").first();
    await expect.poll(async () => (await row.boundingBox())!.height).toBeGreaterThan(50);
    // Figure, inner steps, strip and transport, with nothing to scroll for.
    for (const shown of [
      figure4(page).getByRole("gridcell").last(),
      page.getByRole("radiogroup", { name: "Inner step k" }),
      page.getByRole("region", { name: /taken apart$/ }),
      page.getByRole("slider", { name: "Step on screen" }),
    ]) {
      await expect
        .poll(async () => {
          const box = await shown.boundingBox();
          return box!.y + box!.height;
        })
        .toBeLessThanOrEqual(PROJECTOR.height);
    }
    await expect.poll(() => page.url()).toContain("view.present=1");
    return page.url();
  });

  await part("Escape leaves, and the page is as it was", async () => {
    await page.keyboard.press("Escape");
    await page.getByRole("banner").waitFor();
    await expect.poll(() => page.url()).toBe(address);
    await expect.poll(() => fontSize(sentence(page))).toBe("15px");
  });

  await part("so do the buttons", async () => {
    await page.getByRole("button", { name: "Present" }).click();
    await leave(page).click();
    await page.getByRole("banner").waitFor();
  });

  await part("the address opens the same", async () => {
    await page.goto(presenting);
    await leave(page).waitFor();
    await figure4(page).getByRole("gridcell").first().waitFor();
    await transport(page).getByText("recorded run", { exact: true }).waitFor();
  });
});

/** What a slide's outline lies around, by its class, and the figure that it is in. */
const lit = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const names = [...document.querySelectorAll(".app *")]
      .filter((element) => getComputedStyle(element).outline.endsWith("solid 3px"))
      .map((element) => {
        const figure = element.closest("figure")?.querySelector("figcaption")?.innerText ?? "";
        return `${figure.slice(0, 8)} ${element.getAttribute("class")}`.trim();
      });
    return [...new Set(names)].join(", ");
  });

test("presenting goes by keys: arrows and a clicker's, and N from part to part", async ({
  openRecorded,
}) => {
  // Colours in the middle of a transition are nobody's.
  const page = await openRecorded({ ...PROJECTOR, motion: "reduce" });
  await page.keyboard.press("p");
  await leave(page).waitFor();

  await part("arrows and a clicker's keys step", async () => {
    const newest = await stepOnScreen(page);
    for (const [key, step] of [
      ["PageUp", newest - 1],
      ["ArrowLeft", newest - 2],
      ["Shift+ArrowLeft", newest - 6],
      ["ArrowRight", newest - 5],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => stepOnScreen(page)).toBe(step);
    }
  });

  await part("up and down choose the stage", async () => {
    const stage = (name: RegExp) => page.getByRole("radio", { name }).isChecked();
    expect(await stage(/^2? ?ratio$/)).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => stage(/clip$/)).toBe(true);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => stage(/^2? ?ratio$/)).toBe(true);
    await page.keyboard.press("3");
    await expect.poll(() => stage(/× advantage$/)).toBe(true);
  });

  await part("N: each part is lit, and said in the numbers on screen", async () => {
    await transport(page).getByRole("button", { name: "Go to the end" }).click();
    await expect.poll(() => page.locator(".twin-hidden caption").innerText()).toContain("Step 24,");
    const before = await sentence(page).innerText();
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

    const slides = [
      [
        "Figure 3 twin-margin, Figure 4 twin-margin",
        `advantages from −${(-least).toFixed(2)} to +${most.toFixed(2)}`,
      ],
      ["inner-steps", "3 updates after the rollout"],
      ["Figure 3 twin-scroll", `drops ${clippedTokens} of ${allTokens} tokens`],
      ["Figure 4 twin-scroll", `drops ${clippedRows} of ${rows.length} rows`],
      ["anatomy", before],
    ] as const;
    for (const [slide, says] of slides) {
      await page.keyboard.press("n");
      await expect.poll(() => lit(page)).toBe(slide);
      expect(await sentence(page).innerText()).toContain(says);
    }
    await page.keyboard.press("n");
    await expect.poll(() => lit(page)).toBe("");
    expect(await sentence(page).innerText()).toBe(before);
    await page.keyboard.press("Shift+N");
    await page.keyboard.press("Shift+N");
    await expect.poll(() => lit(page)).toBe("Figure 4 twin-scroll");
  });

  await part("no serious or critical violation in either theme", async () => {
    const violations: string[] = [];
    for (const theme of ["light", "dark"]) {
      await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
      violations.push(...(await seriousViolations(page, `presenting, ${theme}`)));
    }
    expect(violations).toEqual([]);
  });
});
