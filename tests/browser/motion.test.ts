import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { figure3, figure4, openPage, pastStep, pause, ready, transport } from "../support/page.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
});

async function open(reducedMotion: "reduce" | "no-preference"): Promise<Page> {
  const { page } = await openPage(browser, {
    before: (fresh) => fresh.emulateMedia({ reducedMotion }),
  });
  await ready(page);
  await figure4(page).getByRole("gridcell").first().waitFor();
  return page;
}

const play = (page: Page) => transport(page).getByRole("button", { name: "Play" });

/** What moves on the page: the names of running animations, and properties in transition. */
const moving = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === "running")
      .map((each) =>
        each instanceof CSSAnimation
          ? each.animationName
          : each instanceof CSSTransition
            ? each.transitionProperty
            : "script",
      ),
  );

const ring = (page: Page): Promise<string> =>
  play(page).evaluate((button) => getComputedStyle(button).boxShadow);

test("before the first step the one thing that moves is the pulse of Play", async () => {
  const page = await open("no-preference");
  await expect.poll(() => moving(page)).toEqual(["transport-pulse"]);
  await page.context().close();
});

test("with reduced motion nothing moves, from the first paint through training", async () => {
  const page = await open("reduce");
  expect(await moving(page)).toEqual([]);
  // A ring stands where the pulse was.
  expect(await ring(page)).toMatch(/0px 0px 0px 3px/);

  // The rows merge at once, and so does everything that is pointed at.
  for (const key of ["1", "2", "3"]) {
    await page.keyboard.press(key);
    expect(await moving(page), `stage ${key}`).toEqual([]);
  }
  await figure3(page).getByRole("gridcell").first().hover();
  expect(await moving(page)).toEqual([]);

  await play(page).click();
  await pastStep(page, 2);
  expect(await moving(page)).toEqual([]);
  await pause(page);
  expect(await ring(page)).not.toMatch(/0px 0px 0px 3px/);
  await page.context().close();
});
