import { expect } from "vitest";
import { figure3 } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";
import { GLOSSARY } from "../../src/glossary/glossary.ts";

test("a word explains itself to the pointer, the keyboard and a finger", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ motion: "reduce" });
  const word = page.getByRole("button", { name: "Inner step k", exact: true });
  const tip = page.getByRole("tooltip");
  const says = GLOSSARY["inner-step"].says;

  await part("under the pointer, and on the explanation itself", async () => {
    await word.hover();
    await tip.getByText(says).waitFor();
    await tip.hover();
    await tip.getByText(says).waitFor();
    await page.mouse.move(2, 2);
    await tip.waitFor({ state: "detached" });
  });
  await part("at the focus; Escape takes it away and nothing else", async () => {
    await figure3(page).getByRole("gridcell").first().focus();
    await page.keyboard.press("Enter");
    const pinned = page.getByRole("heading", { name: /^Row \d+, token 1$/ });
    await pinned.waitFor();
    await page.keyboard.press("Tab");
    while (!(await word.evaluate((button) => button === document.activeElement))) {
      await page.keyboard.press("Tab");
    }
    await tip.getByText(says).waitFor();
    expect(await word.getAttribute("aria-describedby")).toBe(await tip.getAttribute("id"));
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "detached" });
    expect(await pinned.count()).toBe(1);
  });
  await part("when it is pressed", async () => {
    await word.dispatchEvent("click");
    await tip.getByText(says).waitFor();
    const [box, size] = [await tip.boundingBox(), page.viewportSize()];
    expect(box!.x + box!.width).toBeLessThanOrEqual(size!.width);
    expect(box!.y + box!.height).toBeLessThanOrEqual(size!.height);
  });
  await part("the guide has all of them", async () => {
    await page.getByRole("tab", { name: "Guide" }).click();
    const words = page.getByRole("region", { name: "Words" });
    await words.waitFor();
    for (const { word: name } of Object.values(GLOSSARY)) {
      expect(await words.getByText(name, { exact: true }).count(), name).toBe(1);
    }
    for (const name of ["dr_grpo", "vespo", "GSPO paper's values"]) {
      expect(await words.getByText(name, { exact: true }).count(), name).toBe(1);
    }
  });
});
