import type { Browser, Locator, Page } from "playwright";
import { inject } from "vitest";
import { formatLink } from "../../src/config/link.ts";
import { runFrom } from "../../src/config/run-from.ts";
import type { StepRecord } from "../../src/record/record.ts";

export interface Opening {
  width?: number;
  height?: number;
  theme?: "light" | "dark";
  motion?: "reduce" | "no-preference";
  /** Runs on the page's context before its first script. */
  before?: (page: Page) => Promise<void>;
  /** How much of the page is open; all of it by default. */
  density?: "learn" | "work";
  /** The browser may keep the site for when there is no network; a test pays for it with the whole site. */
  offline?: boolean;
  /** By default the built site on localhost, where WebGPU is allowed. */
  address?: string;
}

/** A page of the built site, and what its scripts threw so far. */
export interface OpenPage {
  page: Page;
  errors: string[];
}

/** Opens the built site in a context of its own: nothing is kept from another test. */
export async function openPage(browser: Browser, opening: Opening = {}): Promise<OpenPage> {
  const { width = 1440, height = 900, address = inject("siteUrl") } = opening;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: opening.theme ?? "light",
    reducedMotion: opening.motion ?? "no-preference",
    serviceWorkers: opening.offline ? "allow" : "block",
  });
  // A loaded machine with a software GPU: conditions are waited for, not timed.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const errors: string[] = [];
  // Of every tab of the context.
  context.on("weberror", (error) => errors.push(error.error().message));
  await page.addInitScript((density) => {
    // The reader's later choice stays; frames, and what has no address, may have no storage.
    if (location.protocol !== "http:" || window.top !== window) return;
    if (localStorage.getItem("ratioscope.density") === null) {
      localStorage.setItem("ratioscope.density", density);
    }
  }, opening.density ?? "work");
  await opening.before?.(page);
  await page.goto(address);
  return { page, errors };
}

/** A run as `window.ratioscope.load` takes it. */
export interface AskedRun {
  preset: string;
  seed: number;
  config: Readonly<Record<string, number>>;
}

/** Where the page opens with this run, and compiles no other before it. */
export const addressOf = ({ preset, seed, config }: AskedRun): string => {
  const set = Object.fromEntries(Object.entries(config).map(([name, n]) => [name, String(n)]));
  return inject("siteUrl") + formatLink(runFrom(preset, { seed, set }));
};

/** The default run, but longer than the fastest GPU trains while a test looks on. */
export const longRun = (): string => `${inject("siteUrl")}?max_steps=1000000`;

/** Waits until the run is built. */
export const ready = (page: Page): Promise<boolean> => page.evaluate(() => window.ratioscope.ready);

/** The newest record of an arm, as a script on the page reads it. */
export type PlainRecord = Pick<
  StepRecord,
  "step" | "generation" | "innerStep" | "level" | "config" | "rows" | "columns" | "arm"
> & {
  tokens: number[][];
  mask: number[][];
  logp: number[][];
  logpOld: number[][];
  tokenRatio: number[][];
  tokenClipped: number[][];
  sequenceRatio: number[];
  sequenceClipped: number[];
  advantage: number[];
  length: number[];
  metrics: Record<string, number | null>;
};

/** A record without the clock's part. */
export const withoutTimes = ({ metrics, ...record }: PlainRecord) => ({
  ...record,
  metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.includes("time"))),
});

export const recordOf = async (page: Page, arm?: string): Promise<PlainRecord> => {
  const record = await page.evaluate((name) => window.ratioscope.record(name), arm);
  // The page's own types end at the wire.
  return record as unknown as PlainRecord;
};

/** A name for this machine that the tests' browsers know. */
export const hostRule = "--host-resolver-rules=MAP ratioscope.test 127.0.0.1";

/** Where pages have no navigator.gpu, because they come neither by https nor from localhost. */
export const insecureAddress = (): string =>
  inject("siteUrl").replace("127.0.0.1", "ratioscope.test");

export const transport = (page: Page): Locator => page.getByRole("region", { name: "Training" });
export const figure3 = (page: Page): Locator => page.getByRole("figure", { name: /^Figure 3/ });
export const figure4 = (page: Page): Locator => page.getByRole("figure", { name: /^Figure 4/ });

/** The step on screen. */
export const stepOnScreen = async (page: Page): Promise<number> =>
  Number(await transport(page).locator(".transport-readout b").textContent());

/** Waits until the step on screen is past `step`, in training: a recorded run does not count. */
export const pastStep = (page: Page, step: number): Promise<unknown> =>
  page.waitForFunction(
    (past) => {
      const readout = document.querySelector(".transport-readout");
      const recorded = readout?.textContent.includes("recorded") ?? true;
      return !recorded && Number(readout?.querySelector("b")?.textContent) > past;
    },
    step,
    { polling: 100 },
  );

/** Waits until the list of arms, which three or more are, has the arm. */
export async function hasArm(page: Page, arm: string): Promise<void> {
  await page.getByRole("button", { name: /Arm whose batch is shown/ }).click();
  await page.getByRole("option", { name: `${arm} arm` }).waitFor();
  await page.keyboard.press("Escape");
}

/** Presses Pause and waits until training stands still. */
export async function pause(page: Page): Promise<void> {
  await transport(page).getByRole("button", { name: "Pause" }).click();
  await transport(page).getByRole("button", { name: "Play" }).waitFor();
}

/** Opens every group of the configuration. */
export const openGroups = (page: Page): Promise<void> =>
  page
    .locator(".config-group h3 button[aria-expanded=false]")
    .evaluateAll((buttons) => buttons.forEach((button) => (button as HTMLElement).click()));

/** Runs in the training worker before its own script; for `before`. */
export const inWorker = (source: string) => async (page: Page) => {
  await page.route(/training\.worker.*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${source};\n${await response.text()}` });
  });
};
