import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { experiments } from "../../src/experiments/registry.ts";
import { seriousViolations } from "../support/axe.ts";
import { longRun, pastStep, ready, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

const openTab = (page: Page): Promise<void> =>
  page.getByRole("tab", { name: "Experiments" }).click();
const section = (page: Page, title: string) =>
  page.getByRole("region", { name: title, exact: true });

test("the tab is full at once: every claim with its picture, its verdict and where it is from", async ({
  openRecorded,
}) => {
  const [first, last] = [experiments[0]!, experiments.at(-1)!];
  const page = await openRecorded({
    before: async (fresh) => {
      await fresh.route(new RegExp(`experiments/${last.id}\\.json$`), (route) =>
        route.fulfill({ status: 404, body: "" }),
      );
    },
  });
  await keepBegun(page);
  await openTab(page);
  for (const { title, claim } of experiments) {
    const card = section(page, title);
    await card.getByText(claim).waitFor();
    if (title === last.title) continue;
    const outcome = card.getByText(/^(Holds|Does not hold|Undecided) here$/);
    await outcome.waitFor();
    await card.getByText(/^Recorded on .+, \d{4}-\d\d-\d\d: 8 seeds, \d+ steps a run\.$/).waitFor();
    const picture = card.locator("svg[role=img], figure").first();
    await picture.waitFor();
    // What came out stands with the claim, not after the pictures.
    expect((await outcome.boundingBox())!.y).toBeLessThan((await picture.boundingBox())!.y);
  }
  const words = await section(page, first.title)
    .getByRole("img")
    .first()
    .getAttribute("aria-label");
  expect(words).toMatch(
    /^Reward, means over seeds: token from 0\.\d+ at step 1 to .*; sequence from/,
  );

  await part(
    "a picture opens large, from the keyboard, and Escape goes back to where one was",
    async () => {
      const card = section(page, first.title);
      const small = await card.getByRole("img").first().boundingBox();
      const open = card.getByRole("button", { name: "Reward: enlarge" });
      await open.focus();
      await page.keyboard.press("Enter");
      const large = page.getByRole("dialog", { name: `${first.title}: Reward` });
      const picture = large.getByRole("img");
      await picture.waitFor();
      const { width, height } = (await picture.boundingBox())!;
      expect(width).toBeGreaterThan(2 * small!.width);
      expect(height).toBeGreaterThan(3 * small!.height);
      expect(await picture.getAttribute("aria-label")).toBe(words);
      expect(await seriousViolations(page, "large", ".experiment-large", null)).toEqual([]);
      await page.keyboard.press("Escape");
      await large.waitFor({ state: "detached" });
      await expect
        .poll(() => open.evaluate((button) => button === document.activeElement))
        .toBe(true);
      await open.click();
      await large.getByRole("button", { name: "Close the picture" }).click();
      await large.waitFor({ state: "detached" });
    },
  );

  await part("a recorded result that is not there is said to be", async () => {
    const card = section(page, last.title);
    await card
      .getByText("The recorded result is not beside the page (404). Run it here.")
      .waitFor();
  });

  await part("one that was begun here can be gone on with", async () => {
    const card = section(page, experiments[1]!.title);
    await card.getByText("1 of 4 seeds are done here.").waitFor();
    await card.getByRole("button", { name: "Resume" }).waitFor();
    await card.getByRole("button", { name: "Run it anew" }).waitFor();
  });

  await part("how it is run, with the command", async () => {
    const card = section(page, first.title);
    await card.getByText("How it is run").click();
    await card.getByText("npm run -s experiment -- clips-more --seeds 8 --steps 160").waitFor();
  });

  await part("no violation in either theme", async () => {
    expect(await seriousViolations(page, "light", ".explain", null)).toEqual([]);
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    await page.getByRole("button", { name: "Use the light theme" }).waitFor();
    expect(await seriousViolations(page, "dark", ".explain", ["color-contrast"])).toEqual([]);
  });
});

const FIRST = "Clips far more: does it learn as well?";

test("one waits for the reader's own run, is paused and stopped; its runs open as the page's own", async ({
  open,
}) => {
  const page = await open({ address: longRun(), before: noteSent });
  await ready(page);
  await openTab(page);
  const card = section(page, FIRST);
  const status = card.getByRole("status");
  const button = (name: string) => card.getByRole("button", { name, exact: true });

  await part("it waits while the reader's own run trains", async () => {
    await transport(page).getByRole("button", { name: "Play" }).click();
    await pastStep(page, 0);
    await button("Run it here").click();
    await status.getByText(/^Waits while your own run trains/).waitFor();
    const other = section(page, "The spread of s against length");
    await other.getByText("Another experiment is running.", { exact: true }).last().waitFor();
    expect(await other.getByRole("button", { name: "Run it here" }).isDisabled()).toBe(true);
  });

  await part("paused, it stays so when that stands still", async () => {
    await button("Pause").click();
    await status.getByText("Paused; finished seeds are kept.").waitFor();
    await button("Resume").click();
    await button("Pause my run").waitFor();
    await button("Pause").click();
    await transport(page).getByRole("button", { name: "Pause" }).click();
    await transport(page).getByRole("button", { name: "Play" }).waitFor();
    await status.getByText("Paused; finished seeds are kept.").waitFor();
    expect(await card.getByRole("progressbar").getAttribute("value")).toBe("0");
    // It was held before it began, and never let go.
    const before = await sent(page);
    expect(before.slice(0, 2)).toEqual(["hold", "run"]);
    expect(before).not.toContain("go");
  });

  await part("it goes on, until it is stopped", async () => {
    await button("Resume").click();
    await expect.poll(() => sent(page)).toContain("go");
    await button("Stop").click();
    await button("Run it here").waitFor();
  });

  await part("its runs open as the page's own", async () => {
    await card.getByText("How it is run").click();
    await button("Open as run: Sort, both arms").click();
    await page.waitForFunction(async () => {
      const [run] = await window.ratioscope.runs();
      return run?.status === "ready" && run.step === 0 && run.preset === "sort";
    });
  });
});

test("one runs here, outlives the page and is forgotten", async ({ openRecorded }) => {
  const page = await openRecorded();
  await openTab(page);
  const card = () => section(page, FIRST);
  const button = (name: string) => card().getByRole("button", { name });
  const choose = async (what: string, value: string): Promise<void> => {
    await button(what).click();
    await page.getByRole("option", { name: value, exact: true }).click();
  };
  await choose("Seeds", "2");
  await choose("Steps", "8");
  await noteStatus(card());
  await button("Run it here").click();

  const mine = /^Run in this browser on .+, \d{4}-\d\d-\d\d: 2 seeds, 8 steps a run\.$/;
  await part("its result takes the recorded one's place", async () => {
    await card().getByText(mine).waitFor();
    await card()
      .getByText(/^2 seeds, paired: mean reward of the last 24 steps/)
      .waitFor();
    const said = await page.evaluate((): unknown => Reflect.get(window, "said"));
    expect(said).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Seed 2 of 2, \d+:\d\d left$/)]),
    );
  });

  await part("it is there after a reload, until it is forgotten", async () => {
    await page.reload();
    await openTab(page);
    await card().getByText(mine).waitFor();
    await button("Forget mine").click();
    await card()
      .getByText(/^Recorded on /)
      .waitFor();
    expect(await button("Forget mine").count()).toBe(0);
  });
});

/** Notes what the page tells its worker of experiments; for `before`. */
const noteSent = async (page: Page): Promise<void> => {
  await page.addInitScript(() => {
    const types: string[] = [];
    Object.assign(window, { sent: types });
    const post = Reflect.get(Worker.prototype, "postMessage") as (...all: unknown[]) => void;
    Worker.prototype.postMessage = function (this: Worker, ...all: unknown[]) {
      const { type } = all[0] as { type: string };
      if (["run", "hold", "go", "stop"].includes(type)) types.push(type);
      post.apply(this, all);
    };
  });
};

const sent = (page: Page): Promise<string[]> =>
  page.evaluate(() => Reflect.get(window, "sent") as string[]);

/** As a closed tab leaves it: the second experiment after one of four seeds. */
const keepBegun = (page: Page): Promise<void> =>
  page.evaluate(
    (experiment) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open("ratioscope experiments", 1);
        opening.onupgradeneeded = () =>
          opening.result.createObjectStore("experiments", { keyPath: "experiment" });
        opening.onerror = () => reject(new Error("no database"));
        opening.onsuccess = () => {
          const change = opening.result.transaction("experiments", "readwrite");
          const outcomes = [{ seed: 1, numbers: {}, series: {} }];
          const made = { adapter: "a", family: "register", build: "0", seconds: 1, updatedAt: 0 };
          change
            .objectStore("experiments")
            .put({ experiment, seeds: 4, steps: 8, ...made, outcomes });
          change.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    experiments[1]!.id,
  );

/** Notes in `said` all that the card's status says from now on, however short it stands there. */
const noteStatus = (card: Locator): Promise<void> =>
  card.evaluate((element) => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      for (const status of element.querySelectorAll("[role=status]")) said.push(status.textContent);
    }).observe(element, { characterData: true, childList: true, subtree: true });
  });
