import { expect } from "vitest";
import { figure3, figure4, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

// Where things stand around the figures, and what lies over what.

const STILL = { motion: "reduce", density: "learn" } as const;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Whatever can be pressed or dragged, and every cell. */
const CONTROLS = "[role=gridcell], [role=slider], [role=radio], button, a, summary";

test("on a wide page the numbers of a cell lie over no cell and no control, and move none", async ({
  openRecorded,
}) => {
  const page = await openRecorded(STILL);
  const tip = page.getByRole("tooltip");
  const boxes = (of: string): Promise<Box[]> =>
    page.locator(of).evaluateAll((all) =>
      all.map((each) => {
        const { x, y, width, height } = each.getBoundingClientRect();
        return { x, y, width, height };
      }),
    );
  // The row that is taken apart is another one then, in the same place.
  const standing = () =>
    boxes(`.stage-figure :is(${CONTROLS}, .saveable-row):not(.saveable-row *)`);
  const expectClear = async (): Promise<void> => {
    await page.mouse.move(2, 2);
    await tip.waitFor({ state: "detached" });
    const before = await standing();
    for (const figure of [figure3(page), figure4(page)]) {
      const both = figure.locator('[data-cell="4-0"]');
      for (const cell of [
        figure.getByRole("gridcell").first(),
        both,
        figure.getByRole("gridcell").last(),
      ]) {
        await cell.hover();
        const name = (await cell.getAttribute("data-cell"))!.split("-").map(Number);
        await tip
          .getByText(`Row ${name[0]! + 1}, token ${name[1]! + 1}`, { exact: true })
          .waitFor();
        if (cell === both)
          expect(await tip.innerText()).toMatch(/GRPO clipped: [^]*GSPO clipped: /);
        const over = (await tip.boundingBox())!;
        expect((await boxes(CONTROLS)).filter((box) => overlap(box, over))).toEqual([]);
        expect(over.y + over.height).toBeLessThan(900);
        expect(await standing()).toEqual(before);
      }
    }
  };
  await part("1440, learn", expectClear);
  await page.getByRole("radio", { name: "Work", exact: true }).click();
  await page.locator(".saveable-row").waitFor();
  await part("1440, work", expectClear);
  await page.setViewportSize({ width: 1024, height: 900 });
  await expect.poll(async () => (await figure3(page).boundingBox())!.x).toBeLessThan(100);
  await part("1024, work", expectClear);
});

test("the button beside the figures says what it asks and promises; a lesson lights their card and names its arm", async ({
  openRecorded,
}) => {
  const page = await openRecorded(STILL);
  const asks = "What would GSPO do with this batch?";
  await part(
    "its words are part of its name, and its title says what the answer holds",
    async () => {
      const button = page.getByRole("button", { name: asks });
      expect(await button.innerText()).toBe("What would GSPO do?");
      expect(
        await page
          .getByTitle(/^What .* angle between .* norms/)
          .locator("button")
          .count(),
      ).toBe(1);
    },
  );
  const tag = () => page.locator(".sentence-tag").innerText();
  expect(await tag()).not.toContain("arm");
  const outline = () =>
    page.locator(".stage-figure").evaluate((card) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(card);
      return `${outlineStyle} ${outlineWidth}`;
    });
  expect(await outline()).toMatch(/^none/);
  await page.getByRole("button", { name: "Guess first" }).click();
  await page.locator(".lesson-ask").waitFor();
  await expect.poll(outline).toBe("solid 2px");
  // Its batch is another arm's than the one before.
  await expect.poll(tag).toContain("batch of the sequence arm");
  await page.getByRole("button", { name: "All lessons" }).click();
  await expect.poll(outline).toMatch(/^none/);
  await part("a lesson brings the sentence and the stages over the figures into view", async () => {
    await page.setViewportSize({ width: 1440, height: 560 });
    const top = async (part: string) => (await page.locator(part).boundingBox())!.y;
    await page.getByRole("slider", { name: "Frame of the film" }).scrollIntoViewIfNeeded();
    expect(await top(".sentence")).toBeLessThan(48);
    await page.getByRole("button", { name: /^At k = 0/ }).click();
    await page.locator(".lesson-ask").waitFor();
    await expect.poll(() => top(".sentence")).toBeGreaterThanOrEqual(47);
  });
  await part("a tab opens at its beginning, wherever the one before was", async () => {
    const panel = page.locator(".explain");
    const scrolled = () => panel.evaluate((each) => each.scrollTop);
    await page.getByRole("tab", { name: "Experiments" }).click();
    await page.locator(".experiment-verdict").first().waitFor();
    await panel.evaluate((each) => each.scrollTo(0, 300));
    expect(await scrolled()).toBe(300);
    await page.getByRole("tab", { name: "Guide" }).click();
    await page.getByText("One batch, two pictures").waitFor();
    await expect.poll(scrolled).toBe(0);
  });
});

test("on a phone each row of Figure 4 stands right under its row of Figure 3, and either can be pressed", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ ...STILL, width: 390, height: 844 });
  const place = async (figure: typeof figure3, cell: string) => {
    const at = figure(page).locator(`[data-cell="${cell}"]`);
    await at.scrollIntoViewIfNeeded();
    return (await at.boundingBox())!;
  };
  const rows = await figure3(page)
    .getByRole("row")
    .evaluateAll((all) =>
      all.map((row) => row.querySelector("[data-cell]")!.getAttribute("data-cell")!),
    );
  expect(rows.length).toBeGreaterThan(3);
  await part("in pairs, column under column", async () => {
    for (const cell of rows.slice(0, 4)) {
      const three = await place(figure3, cell);
      const four = await place(figure4, cell);
      const { y } = await place(figure3, cell);
      expect(four.x).toBeCloseTo(three.x, 0);
      // No gap to its pair, and one to the next.
      expect(four.y - y).toBeGreaterThan(three.height - 4);
      expect(four.y - y).toBeLessThan(three.height + 12);
    }
  });
  await part("a press goes to the figure that it is on", async () => {
    for (const figure of [figure4, figure3]) {
      const cell = figure(page).locator(`[data-cell="${rows[1]}"]`);
      await cell.scrollIntoViewIfNeeded();
      // What lies over it would take the press: it is waited for in vain.
      await cell.click();
      await expect.poll(() => page.locator(".twin-overlay .twin-ring").count()).toBeGreaterThan(0);
    }
  });
  await part("what names the inner step is one line", async () => {
    const word = page.locator(".inner-steps > p").first();
    const { height } = (await word.boundingBox())!;
    expect(await word.innerText()).toMatch(/step\s*k/);
    expect(height).toBeLessThan(26);
  });
  expect(await transport(page).isVisible()).toBe(true);
});
