import type { Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { figure3, figure4, recordOf, stepOnScreen } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

const chart = (page: Page, name: string) => page.getByRole("region", { name: `${name} chart` });
const sizeOf = (page: Page, name: string) => chart(page, name).getAttribute("data-size");

test("charts are enlarged one at a time, their lines are named, the loss is explained", async ({
  openRecorded,
}) => {
  const page = await openRecorded();
  await chart(page, "Reward").locator(".chart-plot svg").first().waitFor();

  await part(
    "reward and clipped share are large, with a name at the end of each line",
    async () => {
      expect(await sizeOf(page, "Reward")).toBe("main");
      expect(await sizeOf(page, "Clipped")).toBe("main");
      const names = chart(page, "Clipped").locator(".line-names > span");
      expect((await names.allInnerTexts()).toSorted()).toEqual(["sequence", "token"]);
      const boxes = await Promise.all((await names.all()).map((each) => each.boundingBox()));
      const [upper, lower] = boxes.toSorted((a, b) => a!.y - b!.y);
      expect(lower!.y).toBeGreaterThanOrEqual(upper!.y + upper!.height - 1);
    },
  );

  await part("Enter on a chart's name enlarges it, Escape puts it back", async () => {
    const button = chart(page, "Entropy").getByRole("button", { name: /^Entropy/ });
    const before = (await chart(page, "Entropy").boundingBox())!;
    await button.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => sizeOf(page, "Entropy")).toBe("enlarged");
    const after = (await chart(page, "Entropy").boundingBox())!;
    expect(after.height).toBeGreaterThan(2 * before.height);
    expect(after.width).toBeGreaterThan(2 * before.width);
    const other = chart(page, "Reward").getByRole("button", { name: /^Reward/ });
    await other.click();
    await expect.poll(() => sizeOf(page, "Reward")).toBe("enlarged");
    expect(await sizeOf(page, "Entropy")).toBe("small");
    await page.keyboard.press("Escape");
    await expect.poll(() => sizeOf(page, "Reward")).toBe("main");
    expect(await other.evaluate((each) => each === document.activeElement)).toBe(true);
  });

  await part("the loss on screen says what it is made of", async () => {
    const step = await stepOnScreen(page);
    // Its part of the page is loaded after the charts.
    const text = await page.locator(".loss-reason:not([aria-busy])").innerText();
    expect(text).toContain(`Step ${step},`);
    expect(text).toMatch(/Loss [+−]?\d\.\d{4}/);
  });

  const serious = await seriousViolations(page, "charts", ".charts-part");
  expect(serious).toEqual([]);
});

test("a recorded step says what the other level would have done, beside the figure", async ({
  openRecorded,
}) => {
  const page = await openRecorded();
  const other = page.getByRole("region", { name: "The other level" });
  await page.getByRole("button", { name: "What would GSPO do with this batch?" }).click();
  await other.getByText(/^Cosine between the two gradients: \d\.\d{4}/).waitFor();
  await other.getByText("No fork yet: A recorded run has no weights to try it on").waitFor();
  const [answer, figure] = [await other.boundingBox(), await figure3(page).boundingBox()];
  expect(answer!.y).toBeGreaterThan(0);
  expect(answer!.y + answer!.height).toBeLessThanOrEqual(figure!.y);
  expect(figure!.y).toBeLessThan(900);
  await other.getByRole("button", { name: "Show Δ log π of each token" }).click();
  await figure4(page).getByText("a sequence-level update").waitFor();
  await page.getByRole("button", { name: /^Stop showing Δ log π/ }).click();
  await figure4(page).getByText("a sequence-level update").waitFor({ state: "detached" });
  const serious = await seriousViolations(page, "the other level", ".stage-figure");
  expect(serious).toEqual([]);
});

test("the frame goes to the other figure, and another run puts the recorded one away", async ({
  openLive,
}) => {
  const page = await openLive({ motion: "reduce" });
  const trains = () => page.locator(".twin-figure[data-trains] figcaption b").allInnerTexts();

  await part("at the press, before any step", async () => {
    expect(await trains()).toEqual(["Figure 3 · GRPO"]);
    await page
      .getByRole("radiogroup", { name: "Importance sampling level of the token arm" })
      .getByRole("radio", { name: "sequence" })
      .click();
    await expect.poll(trains).toEqual(["Figure 4 · GSPO"]);
  });

  await part("a line over the recording names the field, until it is undone", async () => {
    const line = page.getByRole("status", { name: "A recording of other settings" });
    await line.waitFor();
    expect(await line.innerText()).toContain(
      "importance_sampling_level token, and you chose sequence",
    );
    await page.getByRole("button", { name: /^Undo/ }).click();
    await line.waitFor({ state: "detached" });
    await expect.poll(() => page.locator(".chart-mark").count()).toBe(0);
  });

  await part("a seed is in force at once", async () => {
    const seed = page.getByRole("textbox", { name: "Seed" });
    await seed.fill("7");
    await seed.press("Enter");
    await page.getByText("The run is ready. Press Play", { exact: false }).waitFor();
    expect(await figure3(page).count()).toBe(0);
    await page.evaluate(() => window.ratioscope.step(1));
    expect((await recordOf(page, "token")).config.seed).toBe(7);
  });
});
