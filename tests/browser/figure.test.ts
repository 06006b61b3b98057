import { readFile } from "node:fs/promises";
import type { Browser, Locator, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseRecording } from "../../src/runs/recording.ts";
import { launchChromium } from "../support/chromium.ts";
import {
  figure3,
  figure4,
  openPage,
  ready,
  recordOf,
  stepOnScreen,
  transport,
} from "../support/page.ts";

// What a reader does with the figures, on one page: the recorded run first, then a few live steps.
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  browser = await launchChromium();
  ({ page, errors } = await openPage(browser));
  await page.emulateMedia({ reducedMotion: "reduce" });
  await ready(page);
  await figure3(page).getByRole("gridcell").first().waitFor();
});

afterAll(async () => {
  await browser.close();
});

const anatomy = (): Locator => page.getByRole("region", { name: "Step anatomy" });
const slider = (): Locator => page.getByRole("slider", { name: "Step on screen" });

/** The numbers in the names of a figure's cells, in the order of rows and tokens. */
async function numbers(figure: Locator): Promise<number[]> {
  const names = await figure
    .getByRole("gridcell")
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("aria-label") ?? ""));
  return names.map((name) =>
    Number((/([+−]?\d+\.\d+)[^\d]*$/.exec(name)?.[1] ?? "NaN").replace("−", "-")),
  );
}

/** The figures are drawn in slices: waits until they show the step of the slider. */
const drawn = async (): Promise<void> => {
  const step = await stepOnScreen(page);
  await expect
    .poll(() => anatomy().getByRole("heading").innerText())
    .toMatch(new RegExp(`^Step ${step},`));
};

/** A number as the page prints it. */
const printed = (text: string | null): number => Number((text ?? "").trim().replace("−", "-"));

describe("the recorded run", () => {
  test("at k = 0 both figures are the same, cell by cell, and the page says why", async () => {
    await page.getByRole("radio", { name: /^0 identical/ }).click();
    await page.getByText("on-policy: both figures identical").waitFor();
    expect(await page.locator(".twin-badge code").innerText()).toBe("max |Δ| = 0");
    const [three, four] = [await numbers(figure3(page)), await numbers(figure4(page))];
    expect(three.length).toBeGreaterThan(4);
    expect(three.every(Number.isFinite)).toBe(true);
    expect(four).toEqual(three);
    await anatomy()
      .getByRole("button", { name: /^ratio/ })
      .click();
    expect(await anatomy().locator(".step-says").innerText()).toContain("every r is exactly 1");
    await anatomy()
      .getByRole("button", { name: /^ratio/ })
      .click();
    await page.getByRole("radio", { name: /^3 / }).click();
    await expect.poll(async () => numbers(figure4(page))).not.toEqual(await numbers(figure3(page)));
  });

  test("the parts of the equation recombine to the displayed loss, and to the GPU's", async () => {
    // From the keyboard alone: into the grid, to the second token, pin.
    await figure3(page).locator('[tabindex="0"]').last().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^Row \d+, token 2$/ }).waitFor();
    const table = page.locator(".eq-loss table");
    const column = (rows: string) => table.locator(`${rows} td:nth-child(2)`).allInnerTexts();
    const terms = (await column("tbody tr")).map(printed);
    const [sum, loss, gpu] = (await column("tfoot tr")).map(printed);
    const divisor = Number(/(\d+) rows/.exec(await table.innerText())?.[1]);
    expect(terms.length).toBeGreaterThan(4);
    // Terms carry one decimal more than their sum, and that one more than is rounded off.
    expect(Math.abs(terms.reduce((total, term) => total + term, 0) - sum!)).toBeLessThan(
      5e-5 + terms.length * 5e-6,
    );
    expect(Math.abs(-sum! / divisor - loss!)).toBeLessThan(5e-5 + 5e-5 / divisor);
    expect(gpu).toBe(loss);

    // A symbol marks its cells, and a cell its symbols.
    const result = (part: string) =>
      page.locator(".eq-part", { hasText: part }).locator(".eq-result").first();
    const width = () => page.locator("rect.twin-linked").first().getAttribute("width");
    await result("token ratio").hover();
    await expect.poll(() => page.locator("rect.twin-linked").count()).toBe(2);
    const cell = Number(await width());
    await result("sequence ratio").hover();
    await expect.poll(async () => Number(await width())).toBeGreaterThan(2 * cell);
    const row = Number(/Row (\d+)/.exec(await page.locator(".eq-pinned h2").innerText())?.[1]) - 1;
    await figure3(page).locator(`[data-cell="${row}-1"]`).hover();
    // r, log π, log π_old of the token; s, its length and sum of the row; A and the reward at least.
    await expect.poll(() => page.locator(".eq-marked").count()).toBeGreaterThanOrEqual(7);
    await page.keyboard.press("Escape");
  });

  test("one slider moves the figure, the sentence, the table and the charts' cursor", async () => {
    await slider().focus();
    const newest = await stepOnScreen(page);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    const step = await stepOnScreen(page);
    expect(step).toBeLessThan(newest);
    const caption = page.locator(".twin-hidden caption");
    await expect.poll(() => caption.innerText()).toContain(`Step ${step},`);
    expect(await page.locator(".sentence-tag").innerText()).toContain(`step ${step}, k = 1`);
    const cursor = page.getByRole("slider", { name: "Step under the cursor, Reward chart" });
    expect(await cursor.getAttribute("aria-valuenow")).toBe(String(step));
    await drawn();
  });

  test("an inner step pins the view, the newest one lets it go", async () => {
    await slider().focus();
    await page.keyboard.press("End");
    const newest = await stepOnScreen(page);
    const inner = page.getByRole("radiogroup", { name: "Inner step k" });
    const back = transport(page).getByRole("button", { name: "Go to the end" });
    await inner.getByRole("radio", { name: /^0/ }).click();
    await back.waitFor();
    await inner.getByRole("radio", { name: /^3/ }).click();
    await expect.poll(() => stepOnScreen(page)).toBe(newest);
    expect(await back.count()).toBe(0);
  });

  test("the cells of a row merge into its one ratio, at once where motion is not wanted", async () => {
    const merging = figure4(page).locator(".twin-fill-merging");
    const apart = figure4(page).locator(".twin-fill");
    await page.keyboard.press("1");
    await expect.poll(() => apart.count()).toBeGreaterThan(0);
    await page.keyboard.press("2");
    await expect.poll(() => apart.count()).toBe(0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await page.keyboard.press("1");
    await expect.poll(() => apart.count()).toBeGreaterThan(0);
    // Seen from within the page: a driver may look too late.
    const most = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let seen = 0;
          const began = performance.now();
          const look = (): void => {
            seen = Math.max(seen, document.querySelectorAll(".twin-fill-merging").length);
            if (performance.now() - began < 1500) requestAnimationFrame(look);
            else resolve(seen);
          };
          look();
        }),
    );
    await page.keyboard.press("2");
    expect(await most).toBeGreaterThan(4);
    expect(await merging.count()).toBe(0);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.keyboard.press("3");
  });

  test("the batch leaves as CSV, a token a line", async () => {
    await page.evaluate(() => {
      const held = { text: "" };
      Object.defineProperty(navigator, "clipboard", {
        value: { writeText: (text: string) => Promise.resolve(void (held.text = text)) },
      });
      Object.assign(window, { held });
    });
    await page.locator(".twin-menu summary").click();
    await page.getByRole("button", { name: "Copy as CSV" }).click();
    await page.getByText("copied", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    const text = await page.evaluate((): string =>
      Reflect.get(Reflect.get(window, "held"), "text"),
    );
    const [head, ...lines] = text.trim().split("\n");
    expect(head).toContain("logp_old,logp,log_ratio,token_ratio,sequence_ratio,advantage");
    expect(lines.length).toBe(await figure3(page).getByRole("gridcell").count());
    const at = (line: string, name: string) =>
      Number(line.split(",")[head!.split(",").indexOf(name)]);
    for (const line of lines) {
      expect(Math.exp(at(line, "log_ratio"))).toBeCloseTo(at(line, "token_ratio"), 5);
    }
  });

  test("distributions: of this step, of each inner step, and over the run", async () => {
    const dist = page.getByRole("region", { name: "Ratio distributions" });
    const over = (name: string) => dist.getByRole("radio", { name }).click();
    const card = dist.getByRole("region", { name: "Token ratios" });
    const tokens = card.locator(".dist-head p");
    expect(await tokens.innerText()).toMatch(
      /^\d+ of \d+ tokens clipped: \d+\.\d.% by token, \d+\.\d.% by row$/,
    );
    const rows = dist.getByRole("region", { name: "Sequence ratios" }).locator(".dist-head p");
    expect(await rows.innerText()).toMatch(/rows clipped: .* by token, .* by row$/);
    await over("Inner steps");
    const ridges = await card.getByRole("img").getAttribute("aria-label");
    expect(ridges).toMatch(
      /^Token ratios at 4 inner steps: k = 0, 0 clipped; k = 1, .*k = 3, \d+ clipped\.$/,
    );
    await over("Whole run");
    const run = card.getByRole("img");
    await expect
      .poll(() => run.getAttribute("aria-label"))
      .toMatch(
        /at step 40 5 % are below 0\.\d{3}, half below \d\.\d{3}, 95 % below \d\.\d{3}; clip limits 0\.80 and 1\.20\.$/,
      );
    expect((await card.locator(".dist-wide-grpo").getAttribute("d"))!.split("L").length).toBe(20);
    await over("This step");
  });

  test("k plays over and over until it is stopped", async () => {
    await page.getByRole("radio", { name: /^0 identical/ }).click();
    const loop = page.getByRole("button", { name: /^Play the inner steps/ });
    await loop.click();
    await expect
      .poll(() => page.getByRole("radio", { name: /^2 / }).isChecked(), { timeout: 20_000 })
      .toBe(true);
    await loop.click();
    await page.getByRole("radio", { name: /^1 / }).click();
  });

  test("by stage, the phases light one after another and the figures go along", async () => {
    const lit = () => anatomy().locator('[aria-pressed="true"] b').allInnerTexts();
    const forward = anatomy().getByRole("button", { name: "Forward one stage" });
    const from = await stepOnScreen(page);
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) {
      await forward.click();
      seen.push(...(await lit()));
    }
    // k = 1: the rollout's three phases are kept; then the next step begins.
    expect(seen).toEqual(["ratio", "clip", "aggregate", "backward", "optimizer", "ratio"]);
    expect(await stepOnScreen(page)).toBe(from + 1);
    expect(await page.getByRole("radio", { name: /^2? ?ratio$/ }).isChecked()).toBe(true);
    await anatomy().getByRole("button", { name: "Back one stage" }).click();
    expect(await lit()).toEqual(["optimizer"]);
    await page.keyboard.press("3");
  });

  test("ε on the strip: both levels' counts follow, and nothing changes by itself", async () => {
    await drawn();
    const says = page.locator(".anatomy-try [role=status]");
    const before = await says.innerText();
    expect(before).toMatch(/^ε 0\.2 clips GRPO \d+ of \d+ tokens/);
    const limit = page.getByRole("slider", { name: "Upper clip limit of GRPO" });
    await limit.focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press("PageDown");
    const tried = await says.innerText();
    expect(tried).toMatch(/^Tried ε 0\.00625 of the token arm would clip GRPO (?!.*GSPO)/);
    const share = (text: string) => Number(/GRPO (\d+) of/.exec(text)?.[1]);
    expect(share(tried)).toBeGreaterThan(share(before));
    await page.keyboard.press("Escape");
    await expect.poll(() => says.innerText()).toBe(before);
  });

  test("Figure 4 of the token arm's batch is judged by the sequence arm's ε, and says so", async () => {
    const recorded = parseRecording(await readFile("public/recordings/default.json", "utf8"));
    const { rows, sequenceClipped } = recorded.records.findLast(({ arm }) => arm === "token")!;
    const cut = sequenceClipped.reduce((sum, each) => sum + each, 0);
    await slider().focus();
    await page.keyboard.press("End");
    await drawn();
    const says = page.locator(".anatomy-try [role=status]");
    expect(await says.innerText()).toContain(
      `ε 0.03, sequence arm’s, clips GSPO ${cut} of ${rows} rows`,
    );
    expect(cut).toBeGreaterThan(0);
    expect(await figure3(page).innerText()).not.toContain("arm’s");
    expect(await figure4(page).innerText()).toContain("ε 0.03, sequence arm’s");
    await page.keyboard.press("4");
    await page
      .getByTitle(/^Figure 3: below 0\.80 .* Figure 4: below 0\.97, above 1\.03\.$/)
      .waitFor();
    const limit = page.getByRole("slider", { name: "Upper clip limit of GSPO" });
    expect(await limit.getAttribute("aria-valuetext")).toBe("1.03, ε 0.03");
    await limit.focus();
    await page.keyboard.press("PageDown");
    await expect
      .poll(() => says.innerText())
      .toMatch(/^Tried ε 0\.015 of the sequence arm would clip GSPO \d+ of \d+ rows/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("3");
  });
});

describe("what if", () => {
  test("the worked example has its digits at both bands, with no step trained", async () => {
    await page.getByRole("button", { name: /^What if/ }).click();
    const bar = page.getByRole("region", { name: "What if" });
    await bar.getByRole("button", { name: "Worked example" }).click();
    await page.keyboard.press("4");
    const rowsOf = async (figure: Locator) => {
      const flat = await numbers(figure);
      return [0, 6, 12, 18].map((at) => flat.slice(at, at + 6));
    };
    await expect
      .poll(() => rowsOf(figure3(page)))
      .toEqual([
        [0.87, 0.88, 0.86, 0, 0.87, 0.87],
        [0.87, 0.85, 0.64, 0.88, 0.87, 0.89],
        [-0.91, -0.9, -0.92, -0.91, -0.9, -0.92],
        [-0.83, -1.18, 0, -0.88, -0.87, -0.89],
      ]);
    const merged = async () => (await rowsOf(figure4(page))).map((row) => [...new Set(row)]);
    expect(await merged()).toEqual([[0.91], [0.83], [-0.91], [-0.87]]);
    await bar.getByRole("radio", { name: "ε 3e−4 / 4e−4" }).click();
    await expect.poll(merged).toEqual([[0], [0.83], [-0.91], [-0.87]]);
  });

  test("an edit wears a dot, says that it is none of the measured, and can be taken back", async () => {
    const bar = page.getByRole("region", { name: "What if" });
    await bar.getByRole("button", { name: "Reset edits" }).click();
    await bar.getByText("Worked example, not measured").waitFor();
    await figure3(page).locator('[data-cell="2-0"]').click();
    await page.keyboard.press("+");
    await bar.getByText("Edited, not measured").waitFor();
    expect(await page.locator("circle.twin-edited").count()).toBe(2);
    await bar.getByLabel("reward, row 3").fill("2");
    await expect.poll(() => page.locator("circle.twin-edited").count()).toBe(3);
    await expect
      .poll(() => page.getByRole("tabpanel").innerText())
      .toContain("Edited, not measured");
    await bar.getByRole("button", { name: "Close" }).click();
    await bar.waitFor({ state: "detached" });
    expect(await page.locator("circle.twin-edited").count()).toBe(0);
  });
});

describe("live steps", () => {
  test("training moves no pinned slider; the way back is at hand", async () => {
    await page.keyboard.press("3");
    await page.evaluate(() => window.ratioscope.step(2));
    await expect.poll(() => stepOnScreen(page)).toBe(2);
    await slider().focus();
    await page.keyboard.press("ArrowLeft");
    expect(await stepOnScreen(page)).toBe(1);
    await page.evaluate(() => window.ratioscope.step(1));
    expect(await stepOnScreen(page)).toBe(1);
    expect(await page.locator(".sentence-tag").innerText()).toContain("Looking at step 1");
    expect(await page.getByRole("radio", { name: /^3 not yet/ }).isDisabled()).toBe(true);
    await page.locator(".sentence").getByRole("button", { name: "Return to live" }).click();
    await expect.poll(() => stepOnScreen(page)).toBe(3);
  });

  test("the other level's step is taken on the GPU and leaves the run alone", async () => {
    const other = page.getByRole("region", { name: "The other level" });
    await other.getByRole("button", { name: "Take step 3 again at sequence level" }).click();
    const table = other.getByRole("table");
    await table.waitFor();
    const record = await recordOf(page, "token");
    const own = await table.locator("tbody tr").first().innerText();
    expect(own).toContain("GRPO, taken");
    expect(own).toContain(record.metrics.grad_norm!.toFixed(4));
    expect(await other.getByRole("status").innerText()).toMatch(/gradients: −?\d\.\d{4}/);
    await other.getByRole("button", { name: /Δ log π/ }).click();
    await figure4(page).getByText("what a sequence-level update does").waitFor();
    const [three, four] = [await numbers(figure3(page)), await numbers(figure4(page))];
    expect(three.some((value) => value !== 0)).toBe(true);
    expect(four).not.toEqual(three);
  });

  test("a fork goes on beside its parent", async () => {
    const other = page.getByRole("region", { name: "The other level" });
    await other.getByRole("button", { name: /^Fork here/ }).click();
    await page.getByRole("radio", { name: "token-as-sequence arm" }).waitFor();
    await page.evaluate(() => window.ratioscope.step(1));
    const [parent, fork] = [
      await recordOf(page, "token"),
      await recordOf(page, "token-as-sequence"),
    ];
    expect(fork.level).toBe("sequence");
    expect([fork.step, fork.innerStep]).toEqual([parent.step, parent.innerStep]);
    // One step has only been taken since: the weights, and so log π, are the parent's still.
    expect(fork.tokens).toEqual(parent.tokens);
    expect(fork.logp).toEqual(parent.logp);
    expect(errors).toEqual([]);
  });
});
