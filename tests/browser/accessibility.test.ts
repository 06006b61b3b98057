import type { Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { figure3, openGroups, pastStep, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

/** What the keyboard has to come by, in the words of a screen reader. */
const REACHED = [
  /^Skip to the figures/,
  /^(Preset )?Sort/,
  /^Token$|token arm/,
  /^Search fields/,
  /^learning_rate$/,
  /ratio$/,
  /^Row \d+, token 1/i,
  /^Equation$|^Guide$/,
  /^Play$/,
  /^One optimizer step$/,
  /^Step on screen$/,
];

test("the keyboard alone reaches and works everything", async ({ openLive }) => {
  const page = await openLive({ motion: "reduce" });
  await part("Tab comes by everything", async () => {
    await page.getByRole("textbox", { name: "learning_rate" }).waitFor();
    const reached = await tabThrough(page);
    const missed = REACHED.filter((name) => !reached.some((each) => name.test(each)));
    expect(missed, reached.join("\n")).toEqual([]);
  });

  await part("Enter plays and pauses", async () => {
    await transport(page).getByRole("button", { name: "Play" }).focus();
    await page.keyboard.press("Enter");
    await pastStep(page, 1);
    await page.keyboard.press("Enter");
    await transport(page).getByRole("button", { name: "Play" }).waitFor();
  });

  await part("arrows and Enter switch the level", async () => {
    const level = page.getByRole("radiogroup", { name: /Importance sampling level/ });
    await level.getByRole("radio", { name: "Token" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await level.locator('[role=radio][aria-checked="true"]', { hasText: "Sequence" }).waitFor();
    // What the switch brings is there, and the figure shows the last step: nothing moves below the focus.
    await page.getByRole("status", { name: "Epsilon after the switch" }).waitFor();
    await page.waitForFunction(async () => {
      const [run] = await window.ratioscope.runs();
      const shown = document.querySelector(".transport-readout b")?.textContent;
      return run?.status === "paused" && String(run.step) === shown;
    });
  });

  await part("arrows go from cell to cell, and Enter pins one", async () => {
    await figure3(page).locator('[role=gridcell][tabindex="0"]').focus();
    expect(await focusedName(page)).toMatch(/token 1\b/i);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => focusedName(page)).toMatch(/token 2\b/i);
    await page.getByRole("tooltip").waitFor();
    await page.keyboard.press("Enter");
    await page
      .getByRole("tabpanel", { name: "Equation" })
      .getByText(/token 2/)
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
  });

  await part("a number is typed and taken", async () => {
    await page.locator("#field-learning_rate").getByRole("textbox").focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("3e-4");
    await page.keyboard.press("Enter");
    await transport(page)
      .getByTitle(/learning_rate .* → 3e-4|→ 0\.0003/)
      .first() // A mark for each arm.
      .waitFor({ state: "attached" });
  });
});

/** What is on the page beside the figures: a tab, a panel, a kind of distributions, in sets. */
const VIEWS = [
  { tab: "Equation", panel: "Import", over: "Inner steps" },
  { tab: "Completions", panel: "Export", over: "Whole run" },
  { tab: "Runs", panel: null, over: null },
  { tab: "Experiments", panel: null, over: null },
  { tab: "Guide", panel: null, over: null },
] as const;

/** Collects what axe finds on a page that is in the state to be looked at. */
function looker(page: Page) {
  const violations: string[] = [];
  /** All in the light theme; of the dark one the colours alone: nothing else depends on it. */
  const look = async (where: string, parts: string | null, themes = ["light", "dark"]) => {
    // What is fetched when it is first asked for has come.
    const coming = page.locator("main [aria-busy=true], .explain p[aria-busy=true]");
    await expect.poll(() => coming.count()).toBe(0);
    for (const theme of themes) {
      await toTheme(page, theme);
      const rules = theme === "dark" ? ["color-contrast"] : null;
      violations.push(...(await seriousViolations(page, `${where}, ${theme}`, parts, rules)));
    }
  };
  return { look, violations };
}

// Colours in the middle of a transition are nobody's.
const STILL = { motion: "reduce" } as const;

for (const width of [1440, 390]) {
  test(`no serious or critical violation ${width} wide: both themes, every tab`, async ({
    openLive,
  }) => {
    const page = await openLive(STILL);
    await page.evaluate(() => window.ratioscope.step(1));
    await page.setViewportSize({ width, height: 900 });
    const { look, violations } = looker(page);
    for (const { tab, panel, over } of VIEWS) {
      await page.getByRole("tab", { name: new RegExp(`^${tab}`) }).click();
      await page.getByRole("tabpanel", { name: new RegExp(`^${tab}`) }).waitFor();
      if (over !== null) await page.getByRole("radio", { name: over }).click();
      const button = page
        .getByRole("banner")
        .getByRole("button", { name: panel ?? "", exact: true });
      if (panel !== null) {
        await button.click();
        await page.locator(".exchange-head").waitFor();
      }
      // The whole page once; a narrow one has no colours of its own in its panels.
      const whole = tab === "Guide";
      const parts = panel === null ? ".explain" : ".explain, .exchange, #distributions";
      const themes = width === 1440 || whole ? ["light", "dark"] : ["light"];
      await look(`${tab} ${panel ?? ""}`, whole ? null : parts, themes);
      if (panel !== null) await button.click();
    }
    expect(violations).toEqual([]);
  });
}

test("no serious or critical violation in the page's states", async ({ openLive }) => {
  const page = await openLive(STILL);
  await page.evaluate(() => window.ratioscope.step(1));
  const { look, violations } = looker(page);

  await part("a refused value in the narrow sheet", async () => {
    await page.setViewportSize({ width: 390, height: 900 });
    await page.getByRole("banner").getByRole("button", { name: "Config" }).click();
    await page.getByRole("textbox", { name: "learning_rate" }).fill("-1");
    await page.keyboard.press("Enter");
    await page.locator("#field-learning_rate [aria-invalid=true]").waitFor();
    await look("narrow sheet", ".config", ["light"]);
    await page.keyboard.press("Escape");
  });

  await part("open groups", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await openGroups(page);
    await expect
      .poll(() => page.locator(".config-group h3 button[aria-expanded=false]").count())
      .toBe(0);
    await look("open groups", ".config", ["light"]);
  });

  await part("a GPU that was lost", async () => {
    await page.evaluate(() => window.ratioscope.loseDevice());
    await page.getByRole("region", { name: "What befell the run" }).waitFor();
    await look("lost GPU", ".run-notice, .transport");
  });
  expect(violations).toEqual([]);
});

async function toTheme(page: Page, theme: string): Promise<void> {
  const use = page.getByRole("button", { name: `Use the ${theme} theme` });
  if (await use.isVisible()) await use.click();
  await use.waitFor({ state: "detached" });
}

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
