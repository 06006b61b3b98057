import type { Page } from "playwright";
import { expect } from "vitest";
import { figure3, pastStep, pause, stepOnScreen, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

declare global {
  interface Window {
    /** What has begun to move since the page was opened, or since this was emptied. */
    moved: string[];
  }
}

/** Notes what begins to move, from before the first paint. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.moved = [];
    const note = (event: Event): void => {
      if (event instanceof AnimationEvent) window.moved.push(event.animationName);
      if (event instanceof TransitionEvent) window.moved.push(event.propertyName);
    };
    addEventListener("animationstart", note, true);
    addEventListener("transitionrun", note, true);
  });
}

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

test("with reduced motion nothing moves; without, before the first step, the pulse of Play alone", async ({
  openLive,
}) => {
  const page = await openLive({ motion: "reduce", before: watch });
  const play = transport(page).getByRole("button", { name: "Play" });
  const ring = (): Promise<string> => play.evaluate((button) => getComputedStyle(button).boxShadow);
  const expectStill = async (): Promise<void> => {
    expect(await moving(page)).toEqual([]);
    expect(await page.evaluate(() => window.moved)).toEqual([]);
  };

  await part("nothing has moved since the first paint; a ring stands for the pulse", async () => {
    await expect.poll(ring).toMatch(/0px 0px 0px 3px/);
    await expectStill();
  });

  await part("the rows merge at once, and so does everything that is pointed at", async () => {
    for (const key of ["1", "2", "3"]) {
      await page.keyboard.press(key);
      await part(`stage ${key}`, expectStill);
    }
    await figure3(page).getByRole("gridcell").first().hover();
    await page.getByRole("tooltip").waitFor();
    await expectStill();
  });

  await part("where motion is wanted, the one thing that moves is the pulse", async () => {
    await page.emulateMedia({ reducedMotion: "no-preference" });
    // It ends by itself, perhaps before a busy machine looks: that it began is noted.
    await expect.poll(() => page.evaluate(() => window.moved)).toEqual(["transport-pulse"]);
    const pulses = await play.evaluate(
      (button) => getComputedStyle(button).animationIterationCount,
    );
    expect(Number(pulses)).toBeLessThan(5);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await expect.poll(() => moving(page)).toEqual([]);
    await page.evaluate(() => (window.moved = []));
  });

  await part("training moves nothing, and takes the ring away", async () => {
    await play.click();
    await pastStep(page, 2);
    await expectStill();
    await pause(page);
    expect(await ring()).not.toMatch(/0px 0px 0px 3px/);
    await expectStill();
  });

  await part("where motion is wanted, a new step is still a cut", async () => {
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await page.evaluate(() => (window.moved = []));
    const shown = await stepOnScreen(page);
    await page.evaluate(() => window.ratioscope.step(3));
    await expect.poll(() => stepOnScreen(page)).toBe(shown + 3);
    await expect.poll(() => page.locator(".sentence-tag").textContent()).toContain(`${shown + 3}`);
    expect(await page.evaluate(() => window.moved)).toEqual([]);
  });
});
