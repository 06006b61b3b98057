import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { addressOf, figure3, ready, stepOnScreen, transport } from "../support/page.ts";
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

test("a large run whose page the browser closed while it was set up is not set up by the page that follows", async ({
  open,
}) => {
  const KEY = "ratioscope.setting-up";
  const left = (page: Page) => page.evaluate((key) => sessionStorage.getItem(key), KEY);
  const page = await open({
    address: addressOf({
      preset: "from-scratch",
      seed: 2,
      config: {
        ...{ layers: 1, width: 24, heads: 2, kvHeads: 1, hidden: 64 },
        ...{ per_device_train_batch_size: 1024, steps_per_generation: 8, max_completion_length: 8 },
      },
    }),
    before: async (fresh) => {
      await fresh.addInitScript((key) => {
        // Of the page before, which the browser killed: nobody left it, and the tab's storage stays.
        if (sessionStorage.getItem("found") === null)
          sessionStorage.setItem(key, "2e9 layers width");
        sessionStorage.setItem("found", sessionStorage.getItem(key) ?? "");
      }, KEY);
    },
  });
  const stopped = page.getByRole("alert").filter({ hasText: "Lost while this run was set up" });
  await part("it says so, with the size and what makes it smaller", async () => {
    expect(await stopped.innerText()).toMatch(
      /The browser closed this page before the first step of a run that takes 1\.9 GiB .*\s+Lower layers or width\./,
    );
    await stopped.getByRole("button", { name: "Go to layers" }).waitFor();
    expect(await left(page)).toBe(null);
  });
  await part("who asks for it has it, and word of it is left", async () => {
    await stopped.getByRole("button", { name: "Set it up all the same" }).click();
    await stopped.waitFor({ state: "detached" });
    await expect.poll(() => left(page)).toMatch(/^\d{9} .*per_device_train_batch_size/);
  });
  await part("a page that is left was not closed: the one that follows finds no word", async () => {
    await page.reload();
    expect(await page.evaluate(() => sessionStorage.getItem("found"))).toBe("");
  });
});
