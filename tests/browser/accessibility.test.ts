import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { launchChromium } from "../support/chromium.ts";
import { figure3, openGroups, openPage, pastStep, ready, transport } from "../support/page.ts";

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  ({ page } = await openPage(browser));
  // Colours in the middle of a transition are nobody's.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await ready(page);
});

afterAll(async () => {
  await browser.close();
});

// In order, on one page: a reader without a mouse goes from the address bar to a trained step.
test("the keyboard alone reaches and works everything", async () => {
  const reached = await tabThrough(page);
  const wanted = [
    /^Skip to the figures/,
    /^(Preset )?Sort/,
    /^Token$|token arm/,
    /^Search fields/,
    /^learning_rate$/,
    /× advantage/,
    /^Row \d+, token 1/i,
    /^Equation$|^Guide$/,
    /^Play$/,
    /^One optimizer step$/,
    /^Step on screen$/,
  ];
  const missed = wanted.filter((name) => !reached.some((each) => name.test(each)));
  expect(missed, reached.join("\n")).toEqual([]);

  await focusByTab(transport(page).getByRole("button", { name: "Play" }));
  await page.keyboard.press("Enter");
  await pastStep(page, 1);
  await page.keyboard.press("Enter");
  await transport(page).getByRole("button", { name: "Play" }).waitFor();

  const level = page.getByRole("radiogroup", { name: /Importance sampling level/ });
  await focusByTab(level.getByRole("radio", { name: "Token" }));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect
    .poll(() => level.getByRole("radio", { name: "Sequence" }).getAttribute("aria-checked"))
    .toBe("true");

  await focusByTab(figure3(page).locator('[role=gridcell][tabindex="0"]'));
  const first = await focusedName(page);
  await page.keyboard.press("ArrowRight");
  const second = await focusedName(page);
  expect(second).not.toBe(first);
  expect(second).toMatch(/token 2/i);
  await page.getByRole("tooltip").waitFor();
  await page.keyboard.press("Enter");
  await page
    .getByRole("tabpanel", { name: "Equation" })
    .getByText(/token 2/)
    .first()
    .waitFor();
  await page.keyboard.press("Escape");

  await focusByTab(page.locator("#field-learning_rate").getByRole("textbox"));
  await page.keyboard.press("Control+A");
  await page.keyboard.type("3e-4");
  await page.keyboard.press("Enter");
  await transport(page)
    .getByTitle(/learning_rate .* → 3e-4|→ 0\.0003/)
    .waitFor({ state: "attached" });
});

test("no serious or critical violation: both themes, wide and narrow, every tab", async () => {
  const violations: string[] = [];
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of ["dark", "light"]) {
      await page.getByRole("button", { name: `Use the ${theme} theme` }).click();
      for (const tab of ["Equation", "Completions", "Runs", "Guide"]) {
        await page.getByRole("tab", { name: new RegExp(`^${tab}`) }).click();
        const where = `${width} ${theme} ${tab}`;
        violations.push(...(await check(where, tab === "Guide" ? null : ".explain")));
      }
      for (const panel of ["Import", "Export"]) {
        const button = page.getByRole("banner").getByRole("button", { name: panel, exact: true });
        await button.click();
        await page.locator(".exchange-head").waitFor();
        violations.push(...(await check(`${width} ${theme} ${panel}`, ".exchange")));
        await button.click();
      }
      for (const over of ["Inner steps", "Whole run"]) {
        await page.getByRole("radio", { name: over }).click();
        violations.push(...(await check(`${width} ${theme} ${over}`, "#distributions")));
      }
    }
  }
  expect(violations).toEqual([]);
});

test("nor in the other states: open groups, a refused value, a narrow sheet, a GPU that was lost", async () => {
  await page.setViewportSize({ width: 390, height: 900 });
  await page.getByRole("banner").getByRole("button", { name: "Config" }).click();
  await page.getByRole("textbox", { name: "learning_rate" }).fill("-1");
  await page.keyboard.press("Enter");
  const violations = await check("narrow sheet", ".config");
  await page.keyboard.press("Escape");

  await page.setViewportSize({ width: 1440, height: 900 });
  await openGroups(page);
  violations.push(...(await check("open groups", ".config")));

  await page.evaluate(() => window.ratioscope.loseDevice());
  await page.getByRole("region", { name: "What befell the run" }).waitFor();
  for (const theme of ["dark", "light"]) {
    await page.getByRole("button", { name: `Use the ${theme} theme` }).click();
    violations.push(...(await check(`lost GPU, ${theme}`, "main")));
  }
  expect(violations).toEqual([]);
});

const check = (where: string, part: string | null): Promise<string[]> =>
  seriousViolations(page, where, part);

/** Presses Tab until the focus is at the first element again; returns what it came by. */
async function tabThrough(on: Page): Promise<string[]> {
  const names: string[] = [];
  for (let presses = 0; presses < 200; presses++) {
    await on.keyboard.press("Tab");
    const name = await focusedName(on);
    if (names.length > 0 && name === names[0]) break;
    if (name !== "") names.push(name);
  }
  return names;
}

/** The accessible name of the focused element, as far as the page gives it one; "" for none. */
const focusedName = (on: Page): Promise<string> =>
  on.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return "";
    const label = at.getAttribute("aria-label");
    const by = at.getAttribute("aria-labelledby")?.split(" ") ?? [];
    const named = by.map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const text = label || named || at.closest("label")?.textContent || at.textContent || at.tagName;
    return text.trim().replace(/\s+/g, " ");
  });

/** Presses Tab until the element has the focus. */
async function focusByTab(target: ReturnType<Page["locator"]>): Promise<void> {
  for (let presses = 0; presses < 300; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${target.toString()}`);
}
