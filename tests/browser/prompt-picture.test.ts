import { expect, inject } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { figure3, ready, stepOnScreen } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

test("a prompt's picture is drawn wherever the prompt stands, and said to who does not see it", async ({
  open,
}) => {
  const query = "?preset=count-dots&seed=1";
  const page = await open({ address: new URL(query, inject("siteUrl")).href });
  await ready(page);
  await page.evaluate(() => window.ratioscope.step(1));
  await expect.poll(() => stepOnScreen(page)).toBe(1);
  await figure3(page).getByRole("gridcell").first().waitFor();
  const picture = page.getByRole("group", { name: "Prompt" }).getByRole("img");

  await part("as many dots are drawn as are said, of four pixels each", async () => {
    await picture.and(page.getByLabel(/^picture: \d+ dots?: /)).waitFor();
    const said = Number(/\d+/.exec((await picture.getAttribute("aria-label")) ?? "")?.[0]);
    const paths = await picture
      .locator("path")
      .evaluateAll((all) => all.map((each) => each.getAttribute("d")));
    expect(paths.join("").split("M").length - 1).toBe(4 * said);
  });
  await part("under the pointer it is large, with the patches of the tower", async () => {
    await picture.hover();
    await page.getByText(/12 × 12 pixels in patches of 4 × 4$/).waitFor();
    expect(await picture.locator(".prompt-picture-edge").count()).toBe(2);
    await page.mouse.move(1, 1);
  });
  await part(
    "the film and the table of completions draw it, nobody reads its letters",
    async () => {
      await page
        .getByRole("region", { name: "Film of learning" })
        .getByRole("img")
        .first()
        .waitFor();
      expect(await page.locator("body").innerText()).not.toContain("<picture>");
      expect(await seriousViolations(page, "picture")).toEqual([]);
    },
  );
});
