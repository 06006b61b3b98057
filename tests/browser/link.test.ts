import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { figure3, ready, stepOnScreen, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

const linkTo = (query: string): string => new URL(query, inject("siteUrl")).href;
const wanted = (page: Page) => page.getByRole("status", { name: "The step of the link" });
const pinned = (page: Page, name: string) => page.getByRole("heading", { name, exact: true });

test("a link to a step of the recorded run opens there, at its cell; one to the worked example opens that", async ({
  openRecorded,
}) => {
  const page = await openRecorded({
    address: linkTo("?view.step=22&view.pin=3-2&view.tab=equation"),
  });
  await pinned(page, "Row 3, token 2").waitFor();
  expect(await stepOnScreen(page)).toBe(22);
  expect(await wanted(page).count()).toBe(0);

  await page.goto(linkTo("?view.example=1&view.pin=4-3&view.tab=equation"));
  await pinned(page, "Row 4, token 3").waitFor();
  await page.getByRole("region", { name: "What if" }).getByText("Worked example").waitFor();
  await expect.poll(() => figure3(page).getByRole("row").count()).toBe(4);
});

test("a step that no recording has is trained to when the reader says so, and stands still there", async ({
  open,
}) => {
  const page = await open({
    address: linkTo("?preset=parity&seed=3&view.step=3&view.pin=1-1&view.tab=equation"),
  });
  await part("nothing trains by itself", async () => {
    await wanted(page)
      .getByText("This link looks at step 3; this run is at 0.", { exact: true })
      .waitFor();
    await ready(page);
    await wanted(page).getByRole("button", { name: "Train to step 3" }).waitFor();
    expect(await stepOnScreen(page)).toBe(0);
  });
  await part("it pauses at the step, with the cell", async () => {
    await wanted(page).getByRole("button", { name: "Train to step 3" }).click();
    await pinned(page, "Row 1, token 1").waitFor();
    await transport(page).getByRole("button", { name: "Play", exact: true }).waitFor();
    await expect.poll(() => stepOnScreen(page)).toBe(3);
    expect(await wanted(page).count()).toBe(0);
  });
  await part("a step beyond the run's end says where that is", async () => {
    await page.goto(linkTo("?preset=parity&max_steps=2&view.step=900"));
    await wanted(page)
      .getByText("This link looks at step 900; this run ends at 2.", { exact: true })
      .waitFor();
    await wanted(page).getByRole("button", { name: "Train to step 2" }).click();
    await wanted(page).getByRole("button", { name: "Close" }).click();
    await expect.poll(() => wanted(page).count()).toBe(0);
  });
});
