import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright";
import { describe, expect } from "vitest";
import { parseRecording } from "../../src/runs/recording.ts";
import { seriousViolations } from "../support/axe.ts";
import { figure3, figure4, hasArm, recordOf, stepOnScreen, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

// What a reader does with the figures.

declare global {
  interface Window {
    /** What was last copied. */
    copied: string;
    /** The most cells that were on their way into their rows' bars at a time. */
    mostMerging: number;
  }
}

const anatomy = (page: Page): Locator => page.getByRole("region", { name: "Step anatomy" });
const slider = (page: Page): Locator => page.getByRole("slider", { name: "Step on screen" });
const innerStep = (page: Page, name: RegExp): Locator =>
  page.getByRole("radiogroup", { name: "Inner step k" }).getByRole("radio", { name });

/** To the newest step, which is followed from then on. */
async function goToEnd(page: Page): Promise<void> {
  await slider(page).focus();
  await page.keyboard.press("End");
}

/** The numbers in the names of a figure's cells, in the order of rows and tokens. */
async function numbers(figure: Locator): Promise<number[]> {
  const names = await figure
    .getByRole("gridcell")
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("aria-label") ?? ""));
  return names.map((name) =>
    Number((/([+−]?\d+\.\d+)[^\d]*$/.exec(name)?.[1] ?? "NaN").replace("−", "-")),
  );
}

/** A number as the page prints it. */
const printed = (text: string | null): number => Number((text ?? "").trim().replace("−", "-"));

describe("the recorded run", () => {
  test("what the figures, the equation, the table and the strip say of a step is the same", async ({
    openRecorded,
  }) => {
    const page = await openRecorded({ motion: "reduce" });

    await part("at k = 0 both figures are the same, cell by cell, and it is said why", async () => {
      await innerStep(page, /^0 identical/).click();
      const badge = page.getByText("on-policy: figures identical");
      // Over the rows' names, and not on them.
      const [over, names] = [
        await badge.boundingBox(),
        await figure3(page).getByText("reward").boundingBox(),
      ];
      expect(over!.y + over!.height).toBeLessThanOrEqual(names!.y);
      const [three, four] = [await numbers(figure3(page)), await numbers(figure4(page))];
      expect(three.length).toBeGreaterThan(4);
      expect(three.every(Number.isFinite)).toBe(true);
      expect(four).toEqual(three);
      const ratio = anatomy(page).getByRole("button", { name: /^ratio/ });
      await ratio.click();
      await anatomy(page)
        .locator(".step-says")
        .getByText(/every r is exactly 1/)
        .waitFor();
      await ratio.click();
      await innerStep(page, /^3 /).click();
      await expect
        .poll(async () => numbers(figure4(page)))
        .not.toEqual(await numbers(figure3(page)));
    });

    await part("the equation recombines to the displayed loss, and to the GPU's", async () => {
      // From the keyboard alone: into the grid, to the second token, pin.
      await figure3(page).locator('[tabindex="0"]').last().focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: /^Row \d+, token 2$/ }).waitFor();
      const table = page.locator(".eq-loss table");
      await table.locator("tfoot").waitFor();
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
    });

    await part("a symbol of it marks its cells, and a cell its symbols", async () => {
      const result = (name: string) =>
        page.locator(".eq-part", { hasText: name }).locator(".eq-result").first();
      const width = () => page.locator("rect.twin-linked").first().getAttribute("width");
      await result("token ratio").hover();
      await expect.poll(() => page.locator("rect.twin-linked").count()).toBe(2);
      const cell = Number(await width());
      await result("sequence ratio").hover();
      await expect.poll(async () => Number(await width())).toBeGreaterThan(2 * cell);
      const pinned = await page.locator(".eq-pinned h2").innerText();
      const row = Number(/Row (\d+)/.exec(pinned)?.[1]) - 1;
      await figure3(page).locator(`[data-cell="${row}-1"]`).hover();
      // r, log π, log π_old of the token; s, its length and sum of the row; A and the reward at least.
      await expect.poll(() => page.locator(".eq-marked").count()).toBeGreaterThanOrEqual(7);
      await page.keyboard.press("Escape");
    });

    await part("the batch leaves as CSV, a token a line", async () => {
      await page.evaluate(() => {
        window.copied = "";
        Object.defineProperty(navigator, "clipboard", {
          value: { writeText: async (text: string) => void (window.copied = text) },
        });
      });
      await page.locator(".twin-menu summary").click();
      await page.getByRole("button", { name: "Copy as CSV" }).click();
      await page.getByText("copied", { exact: true }).waitFor();
      await page.keyboard.press("Escape");
      const text = await page.evaluate(() => window.copied);
      const [head = "", ...lines] = text.trim().split("\n");
      expect(head).toContain("logp_old,logp,log_ratio,token_ratio,sequence_ratio,advantage");
      expect(lines.length).toBe(await figure3(page).getByRole("gridcell").count());
      const at = (line: string, name: string) =>
        Number(line.split(",")[head.split(",").indexOf(name)]);
      for (const line of lines) {
        expect(Math.exp(at(line, "log_ratio"))).toBeCloseTo(at(line, "token_ratio"), 5);
      }
    });

    const tried = page.locator(".anatomy-try [role=status]");

    await part(
      "ε on the strip: both levels' counts follow, and only while it is tried",
      async () => {
        await goToEnd(page);
        await expect.poll(() => tried.innerText()).toMatch(/^ε 0\.2 clips GRPO \d+ of \d+ tokens/);
        const before = await tried.innerText();
        const limit = page.getByRole("slider", { name: "Upper clip limit of GRPO" });
        await limit.focus();
        for (let i = 0; i < 5; i++) await page.keyboard.press("PageDown");
        await expect
          .poll(() => tried.innerText())
          .toMatch(/^Tried ε 0\.00625 of the token arm would clip GRPO (?!.*GSPO)/);
        const share = (text: string) => Number(/GRPO (\d+) of/.exec(text)?.[1]);
        expect(share(await tried.innerText())).toBeGreaterThan(share(before));
        await page.keyboard.press("Escape");
        await expect.poll(() => tried.innerText()).toBe(before);
      },
    );

    await part(
      "Figure 4 of the token arm is judged by the sequence arm's ε, and says so",
      async () => {
        const recorded = parseRecording(await readFile("public/recordings/default.json", "utf8"));
        const { rows, sequenceClipped } = recorded.records.findLast(({ arm }) => arm === "token")!;
        const cut = sequenceClipped.reduce((sum, each) => sum + each, 0);
        expect(cut).toBeGreaterThan(0);
        await goToEnd(page);
        await expect
          .poll(() => tried.innerText())
          .toContain(`ε 0.03, sequence arm’s, clips GSPO ${cut} of ${rows} rows`);
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
          .poll(() => tried.innerText())
          .toMatch(/^Tried ε 0\.015 of the sequence arm would clip GSPO \d+ of \d+ rows/);
        await page.keyboard.press("Escape");
      },
    );
  });

  test("steps, stages, distributions and inner steps are walked through", async ({
    openRecorded,
  }) => {
    const page = await openRecorded({ motion: "reduce" });

    await part("one slider moves figure, sentence, table and the charts' cursor", async () => {
      const newest = await stepOnScreen(page);
      await slider(page).focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowRight");
      const step = await stepOnScreen(page);
      expect(step).toBeLessThan(newest);
      await expect
        .poll(() => page.locator(".twin-hidden caption").innerText())
        .toContain(`Step ${step},`);
      expect(await page.locator(".sentence-tag").innerText()).toContain(`step ${step}, k = 1`);
      const cursor = page.getByRole("slider", { name: "Step under the cursor, Reward chart" });
      await expect.poll(() => cursor.getAttribute("aria-valuenow")).toBe(String(step));
      await expect
        .poll(() => anatomy(page).getByRole("heading").innerText())
        .toMatch(new RegExp(`^Step ${step},`));
    });

    await part("an inner step pins the view, the newest one lets it go", async () => {
      await goToEnd(page);
      const newest = await stepOnScreen(page);
      const back = transport(page).getByRole("button", { name: "Go to the end" });
      await innerStep(page, /^0/).click();
      await back.waitFor();
      await innerStep(page, /^3/).click();
      await expect.poll(() => stepOnScreen(page)).toBe(newest);
      await back.waitFor({ state: "detached" });
    });

    await part("by stage, phases light one after another and the figures go along", async () => {
      await innerStep(page, /^1 /).click();
      const from = await stepOnScreen(page);
      const lit = () => anatomy(page).locator('[aria-pressed="true"] b').allInnerTexts();
      const forward = anatomy(page).getByRole("button", { name: "Forward one stage" });
      // k = 1: the rollout's three phases are kept; then the next step begins.
      for (const phase of ["ratio", "clip", "aggregate", "backward", "optimizer", "ratio"]) {
        await forward.click();
        await expect.poll(lit).toEqual([phase]);
      }
      expect(await stepOnScreen(page)).toBe(from + 1);
      expect(await page.getByRole("radio", { name: /^2? ?ratio$/ }).isChecked()).toBe(true);
      await anatomy(page).getByRole("button", { name: "Back one stage" }).click();
      await expect.poll(lit).toEqual(["optimizer"]);
      await page.keyboard.press("3");
    });

    await part("distributions: of this step, of each inner step, and over the run", async () => {
      await goToEnd(page);
      const dist = page.getByRole("region", { name: "Ratio distributions" });
      const over = (name: string) => dist.getByRole("radio", { name }).click();
      const card = dist.getByRole("region", { name: "Token ratios" });
      const rows = dist.getByRole("region", { name: "Sequence ratios" });
      expect(await card.locator(".dist-head p").innerText()).toMatch(
        /^\d+ of \d+ tokens clipped: \d+\.\d.% by token, \d+\.\d.% by row$/,
      );
      expect(await rows.locator(".dist-head p").innerText()).toMatch(
        /rows clipped: .* by token, .* by row$/,
      );
      const told = () => card.getByRole("img").getAttribute("aria-label");
      await over("Inner steps");
      await expect
        .poll(told)
        .toMatch(
          /^Token ratios at 4 inner steps: k = 0, 0 clipped; k = 1, .*k = 3, \d+ clipped\.$/,
        );
      await over("Whole run");
      await expect
        .poll(told)
        .toMatch(
          /at step 24 5 % are below 0\.\d{3}, half below \d\.\d{3}, 95 % below \d\.\d{3}; clip limits 0\.80 and 1\.20\.$/,
        );
      expect((await card.locator(".dist-wide-grpo").getAttribute("d"))!.split("L").length).toBe(12);
      await over("This step");
    });

    await part("zoomed to the clip band, its ends count what lies beyond, in words", async () => {
      const dist = page.getByRole("region", { name: "Ratio distributions" });
      const over = (name: string) => dist.getByRole("radio", { name }).click();
      const card = dist.getByRole("region", { name: "Sequence ratios" });
      const zoom = dist.getByRole("button", { name: "Zoom to the clip band" });
      const texts = async () => (await card.locator("svg text").allTextContents()).join("|");
      const told = () => card.getByRole("img").getAttribute("aria-label");
      const share = () =>
        card.locator('[class^="dist-band"]').evaluate((band) => {
          const { width } = band.getBoundingClientRect();
          return width / band.closest("svg")!.getBoundingClientRect().width;
        });
      expect(await share()).toBeLessThan(0.15);
      await zoom.focus();
      await page.keyboard.press("Enter");
      await expect.poll(() => zoom.getAttribute("aria-pressed")).toBe("true");
      expect(await share()).toBeGreaterThan(0.4);
      expect(await told()).toMatch(
        /On the axis around the band: 16 beyond, down to 0\.767; 9 beyond, up to 1\.200\.$/,
      );
      expect(await texts()).toMatch(/\|16 beyond, (down )?to 0\.767\|9 beyond, (up )?to 1\.200/);
      expect(await texts()).toMatch(/\|\d+ below\|22 clipped\|\d+ above\|17 clipped\|/);
      expect(await seriousViolations(page, "zoomed", "#distributions", null)).toEqual([]);
      await over("Inner steps");
      await expect.poll(told).toMatch(/k = 0, 0 clipped, lowest 1\.000, highest 1\.000; k = 1,/);
      expect(await texts()).toMatch(/\|16 to 0\.767\|9 to 1\.200\|/);
      await over("Whole run");
      await expect.poll(() => zoom.isDisabled()).toBe(true);
      await over("This step");
      const apart = () =>
        card.locator(".dist-edge").evaluateAll(([low, high]) => {
          const [left, right] = [low!.getBoundingClientRect(), high!.getBoundingClientRect()];
          return right.left - left.right > 4 && right.right <= innerWidth && left.left >= 0;
        });
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        await expect.poll(apart, { message: `${width}` }).toBe(true);
      }
      await page.setViewportSize({ width: 1440, height: 900 });
      await zoom.press("Enter");
      await expect.poll(share).toBeLessThan(0.15);
    });

    await part("the cells of a row merge into its one ratio, at once without motion", async () => {
      const merging = figure4(page).locator(".twin-fill-merging");
      const apart = figure4(page).locator(".twin-fill");
      // Seen from within the page, at every change: a driver may look too late.
      await page.evaluate(() => {
        window.mostMerging = 0;
        new MutationObserver(() => {
          const now = document.querySelectorAll(".twin-fill-merging").length;
          window.mostMerging = Math.max(window.mostMerging, now);
        }).observe(document.body, { attributes: true, childList: true, subtree: true });
      });
      const mergedAtMost = () => page.evaluate(() => window.mostMerging);

      await page.keyboard.press("1");
      await expect.poll(() => apart.count()).toBeGreaterThan(0);
      await page.keyboard.press("2");
      await expect.poll(() => apart.count()).toBe(0);
      expect(await mergedAtMost()).toBe(0);

      await page.emulateMedia({ reducedMotion: "no-preference" });
      await page.keyboard.press("1");
      await expect.poll(() => apart.count()).toBeGreaterThan(0);
      await page.keyboard.press("2");
      await expect.poll(mergedAtMost).toBeGreaterThan(4);
      await expect.poll(() => merging.count()).toBe(0);
      expect(await apart.count()).toBe(0);
      await page.emulateMedia({ reducedMotion: "reduce" });
    });

    await part("k plays over and over until it is stopped", async () => {
      await innerStep(page, /^0 identical/).click();
      const loop = page.getByRole("button", { name: /^Play the inner steps/ });
      // From here on the page's time goes on only as it is told to.
      await page.clock.install({ time: 0 });
      await page.clock.pauseAt(60_000);
      await loop.click();
      for (const k of [1, 2, 3, 0, 1]) {
        await page.clock.runFor(1000);
        await expect.poll(() => innerStep(page, new RegExp(`^${k} `)).isChecked()).toBe(true);
      }
      await loop.click();
      await page.clock.runFor(5000);
      expect(await innerStep(page, /^1 /).isChecked()).toBe(true);
    });
  });

  test("what if: the worked example has its digits, an edit says that it is none of the measured", async ({
    openRecorded,
  }) => {
    const page = await openRecorded({ motion: "reduce" });
    await page.getByRole("button", { name: /^What if/ }).click();
    const bar = page.getByRole("region", { name: "What if" });

    await part("the worked example, at both bands, with no step trained", async () => {
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
      await expect.poll(merged).toEqual([[0.91], [0.83], [-0.91], [-0.87]]);
      await bar.getByRole("radio", { name: "ε 3e−4 / 4e−4" }).click();
      await expect.poll(merged).toEqual([[0], [0.83], [-0.91], [-0.87]]);
    });

    await part("an edit wears a dot, and can be taken back", async () => {
      const dots = () => page.locator("circle.twin-edited").count();
      await bar.getByRole("button", { name: "Reset edits" }).click();
      await bar.getByText("Worked example, not measured").waitFor();
      await figure3(page).locator('[data-cell="2-0"]').click();
      await page.keyboard.press("+");
      await bar.getByText("Edited, not measured").waitFor();
      await expect.poll(dots).toBe(2);
      await bar.getByLabel("reward, row 3").fill("2");
      await expect.poll(dots).toBe(3);
      await expect
        .poll(() => page.getByRole("tabpanel").innerText())
        .toContain("Edited, not measured");
      await bar.getByRole("button", { name: "Close" }).click();
      await bar.waitFor({ state: "detached" });
      await expect.poll(dots).toBe(0);
    });
  });
});

test("live steps: pinned, taken again at the other level, and forked", async ({ openLive }) => {
  const page = await openLive({ motion: "reduce" });
  const other = page.getByRole("region", { name: "The other level" });

  await part("training moves no pinned slider; the way back is at hand", async () => {
    await page.evaluate(() => window.ratioscope.step(2));
    await expect.poll(() => stepOnScreen(page)).toBe(2);
    await slider(page).focus();
    await page.keyboard.press("ArrowLeft");
    expect(await stepOnScreen(page)).toBe(1);
    await page.evaluate(() => window.ratioscope.step(1));
    await transport(page)
      .getByText(/^3 steps kept/)
      .waitFor();
    expect(await stepOnScreen(page)).toBe(1);
    expect(await page.locator(".sentence-tag").innerText()).toContain("Looking at step 1");
    expect(await innerStep(page, /^3 not yet/).isDisabled()).toBe(true);
    await page.locator(".sentence").getByRole("button", { name: "Return to live" }).click();
    await expect.poll(() => stepOnScreen(page)).toBe(3);
  });

  await part("the other level's step is taken on the GPU and leaves the run alone", async () => {
    await page.getByRole("button", { name: "What would GSPO do with this batch?" }).click();
    const table = other.getByRole("table");
    await table.waitFor();
    const record = await recordOf(page, "token");
    const own = await table.locator("tbody tr").first().innerText();
    expect(own).toContain("GRPO, taken");
    expect(own).toContain(record.metrics.grad_norm!.toFixed(4));
    expect(await other.getByRole("status").innerText()).toMatch(/gradients: −?\d\.\d{4}/);
    await other.getByRole("button", { name: /Δ log π/ }).click();
    await figure4(page).getByText("a sequence-level update").waitFor();
    const [three, four] = [await numbers(figure3(page)), await numbers(figure4(page))];
    expect(three.some((value) => value !== 0)).toBe(true);
    expect(four).not.toEqual(three);
  });

  await part("a chip says what is shown and leads back to the reader's own stage", async () => {
    const stage = () => page.locator(".twin-stages label:has(input:checked) span").innerText();
    const own = await stage();
    await page.getByRole("button", { name: /^Stop showing Δ log π/ }).click();
    await figure4(page).getByText("a sequence-level update").waitFor({ state: "detached" });
    await other.getByRole("button", { name: "Show both coefficient matrices" }).click();
    await expect.poll(stage).toBe("clip");
    await page.getByRole("button", { name: "Stop showing the stage “clip”" }).click();
    await expect.poll(stage).toBe(own);
    expect(own).not.toBe("clip");
  });

  await part("a fork goes on beside its parent", async () => {
    await other.getByRole("button", { name: /^Fork here/ }).click();
    await hasArm(page, "token-as-sequence");
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
  });
});
