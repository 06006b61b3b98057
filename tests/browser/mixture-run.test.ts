import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { figure3, ready, recordOf, stepOnScreen } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

/** The row's log-ratios by experts: name of the line, then a number a token. */
async function splitsOf(page: Page, row: number): Promise<Record<string, number[]>> {
  const table = page.getByRole("region", { name: `Row ${row + 1}: log-ratios by experts` });
  await table.getByRole("rowheader", { name: "together" }).waitFor();
  const lines = await table.getByRole("row").evaluateAll((rows) =>
    rows.slice(1).map((each) => {
      const [name, ...numbers] = Array.from(each.children, ({ textContent }) => textContent);
      return [name, numbers.map((text) => Number(text.replace("−", "-")) + 0)] as const;
    }),
  );
  return Object.fromEntries(lines);
}

const setting = (page: Page, name: string) => page.locator(`#field-${name}`);
const search = (page: Page) => page.getByRole("searchbox", { name: "Search fields" });

test("a mixture trains on the page: routes flip, a replaying arm has none, a shape it has not is refused", async ({
  open,
}) => {
  const query = "?preset=moe-sort&arms=token,token-R2&seed=1&learning_rate=0.004&view.step=4";
  const page = await open({ address: new URL(query, inject("siteUrl")).href });
  const flipped = async (arm: string) => (await recordOf(page, arm)).metrics["router/flipped"];

  await part("trained to the rollout's last step", async () => {
    await ready(page);
    await page.getByRole("button", { name: "Train to step 4" }).click();
    await expect.poll(() => stepOnScreen(page)).toBe(4);
    await figure3(page).locator(".flip-mark").waitFor({ state: "attached" });
  });
  await part("without replay some have flipped, with it none", async () => {
    expect(await flipped("token")).toBeGreaterThan(0);
    expect(await flipped("token-R2")).toBe(0);
  });
  const splits = page.getByRole("button", { name: "Split each token’s log-ratio by experts" });
  await part("a row's log-ratios come apart by experts, and add up to the record's", async () => {
    const cell = figure3(page)
      .getByRole("gridcell", { name: /other experts than in the rollout/ })
      .first();
    const row = Number((await cell.getAttribute("data-cell"))!.split("-")[0]);
    await cell.click();
    await splits.click();
    const found = await splitsOf(page, row);
    const { logp, logpOld, mask } = await recordOf(page, "token");
    const counts = mask[row]!.flatMap((each, token) => (each === 1 ? [token] : []));
    const logRatios = counts.map((token) => logp[row]![token]! - logpOld[row]![token]!);
    expect(found["together"]).toEqual(logRatios.map((each) => Number(each.toFixed(4)) + 0));
    for (const name of ["same experts", "other experts"]) {
      expect(found[name]!.some((each) => each !== 0)).toBe(true);
    }
    expect(await seriousViolations(page, "split", ".anatomy")).toEqual([]);
  });
  await part("an earlier step of the rollout is reached again for it", async () => {
    await page.getByRole("radiogroup", { name: "Inner step k" }).getByRole("radio").nth(1).click();
    await expect.poll(() => stepOnScreen(page)).toBe(2);
    await splits.click();
    await page.getByText("is what the weights change along the rollout’s experts").waitFor();
  });
  await part("a llama with experts does not start", async () => {
    await search(page).fill("architecture");
    await setting(page, "architecture").locator(".field-controls").getByRole("button").click();
    await page.getByRole("option", { name: "llama", exact: true }).click();
    const alert = setting(page, "architecture").getByRole("alert");
    await alert.getByText("llama has no mixture; leave it out").waitFor();
  });
});
