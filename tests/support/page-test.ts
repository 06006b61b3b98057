import type { Browser, Page } from "playwright";
import { test as base } from "vitest";
import { launchChromium } from "./chromium.ts";
import { figure3, hostRule, openPage, type Opening, ready } from "./page.ts";

/** Opens a page of the test's own, with nothing kept from another; closed when the test is over. */
export type Open = (opening?: Opening) => Promise<Page>;

/**
 * A test of the built site. It shares its process's browser and nothing else with other tests: each
 * passes alone and in any order. A script error on one of its pages fails it.
 */
export const test = base.extend<{
  open: Open;
  openRecorded: Open;
  openLive: Open;
  browser: Browser;
}>({
  browser: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, give) => {
      const browser = await launchChromium([hostRule]);
      await give(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  /** As soon as the document is loaded. */
  open: async ({ browser }, give) => {
    const opened: { page: Page; errors: string[] }[] = [];
    await give(async (opening) => {
      const one = await openPage(browser, opening);
      opened.push(one);
      return one.page;
    });
    const errors = opened.flatMap((each) => each.errors);
    await Promise.all(opened.map(({ page }) => page.context().close()));
    if (errors.length > 0) throw new Error(`The page's scripts threw: ${errors.join("; ")}`);
  },
  /** With the recorded run on screen, for good: no device, no shader, four times quicker. */
  openRecorded: async ({ open }, give) => {
    await give(async (opening = {}) => {
      const page = await open({
        ...opening,
        before: async (fresh) => {
          // The worker's script never comes.
          await fresh.route(/training\.worker.*\.js$/, () => {});
          await opening.before?.(fresh);
        },
      });
      await figure3(page).getByRole("gridcell").first().waitFor();
      return page;
    });
  },
  /** With the run built, so that every command is taken. */
  openLive: async ({ open }, give) => {
    await give(async (opening) => {
      const page = await open(opening);
      await ready(page);
      await figure3(page).getByRole("gridcell").first().waitFor();
      return page;
    });
  },
});

/** A part of a long test: what fails says where. */
export async function part<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}
