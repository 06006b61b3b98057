import { expect } from "vitest";
import { figure3 } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";
import { ownRecording } from "../support/routed-recording.ts";
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

test("the guide's buttons do what they say, and say why one of them cannot", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ motion: "reduce" });
  const tab = page.getByRole("tab", { name: "Guide" });
  const guide = page.getByRole("tabpanel", { name: "Guide" });
  const button = (name: string | RegExp) => guide.getByRole("button", { name });
  await tab.click();

  await part("six parts, in this order", async () => {
    expect(await guide.locator(".guide h3").allInnerTexts()).toEqual([
      "One batch, two pictures",
      "Train",
      "Look at one token",
      "Compare the two distributions",
      "Try it by hand",
      "Flip the switch while it trains",
    ]);
  });
  await part("the ratios", async () => {
    await page.keyboard.press("3");
    const ratio = page.getByRole("radio", { name: /^2? ?ratio$/ });
    await expect.poll(() => ratio.isChecked()).toBe(false);
    await button("Show the ratios").click();
    await expect.poll(() => ratio.isChecked()).toBe(true);
  });
  await part("the token whose ratio is farthest from 1, in view", async () => {
    const { records } = ownRecording();
    const record = records.findLast(({ arm }) => arm === "token")!;
    const far = Array.from(record.logRatio, Math.abs);
    const index = far.indexOf(Math.max(...far));
    const [row, token] = [Math.floor(index / record.columns), index % record.columns];
    await button("Pin the token that moved most").click();
    await page.getByRole("heading", { name: `Row ${row + 1}, token ${token + 1}` }).waitFor();
    await figure3(page).locator(`[data-cell="${row}-${token}"]`).waitFor();
    await page.keyboard.press("Escape");
    await tab.click();
  });
  await part("what trains cannot yet: its description says why", async () => {
    for (const name of ["One optimizer step", /^Set the token arm to sequence level$/]) {
      expect(await button(name).isDisabled()).toBe(true);
      const id = (await button(name).getAttribute("aria-describedby"))!;
      expect(await page.locator(`[id="${id}"]`).textContent()).toMatch(/\w+ .*\.$/);
    }
  });
  await part("the distributions, which a learner has not unfolded", async () => {
    await page.getByRole("radio", { name: "Learn", exact: true }).click();
    const distributions = page.getByRole("region", { name: "Ratio distributions" });
    await distributions.waitFor({ state: "detached" });
    await button("Go to the distributions").click();
    await expect
      .poll(async () => {
        const box = await distributions.boundingBox();
        return box !== null && box.y >= 0 && box.y + box.height <= 900;
      })
      .toBe(true);
  });
  await part("the worked example", async () => {
    await button("Open the worked example").click();
    await page.locator(".stage-figure[data-example]").waitFor();
  });
});
