import type { Browser, Page, Route } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordToJson } from "../../src/engine/record.ts";
import { parseRecording } from "../../src/runs/recording.ts";
import { launchChromium } from "../support/chromium.ts";
import {
  figure3,
  figure4,
  openPage,
  pastStep,
  pause,
  ready,
  recordOf,
  stepOnScreen,
  transport,
  withoutTimes,
  type PlainRecord,
} from "../support/page.ts";

// One reader's first minute, in order, on one page.
let browser: Browser;
let page: Page;
let errors: string[];
let held: Route[];

beforeAll(async () => {
  browser = await launchChromium();
  held = [];
  ({ page, errors } = await openPage(browser, {
    // The worker's script is held back: no device, no shader, until it is let go.
    before: async (fresh) => {
      await fresh.route(/training\.worker.*\.js$/, (route) => {
        held.push(route);
      });
    },
  }));
});

afterAll(async () => {
  await browser.close();
});

test("the recorded run is on screen before the training worker exists", async () => {
  await figure3(page).getByRole("gridcell").first().waitFor();
  await figure4(page).getByRole("gridcell").first().waitFor();
  await expect.poll(() => held.length).toBeGreaterThan(0);
  expect(await transport(page).innerText()).toContain("recorded run");
  expect(await page.getByRole("contentinfo").innerText()).toContain("No adapter yet");

  const recording = parseRecording(
    await page.evaluate(async () => (await fetch("./recordings/default.json")).text()),
  );
  const step = await stepOnScreen(page);
  const record = recording.records.find((each) => each.step === step && each.arm === "token");
  expect(record).toBeDefined();
  // Plain, as a script on the page would read it.
  const shown: unknown = record && JSON.parse(JSON.stringify(recordToJson(record)));
  expectTrue(await sentence(), shown as PlainRecord);

  for (const route of held) await route.continue();
  await page.unroute(/training\.worker.*\.js$/);
  expect(await ready(page)).toBe(true);
});

test("Play takes over from the recorded run, and the reward curve moves", async () => {
  await transport(page).getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() =>
    /of \d+, live/.test(document.querySelector(".transport-readout")?.textContent ?? ""),
  );
  const early = await rewardCurve();
  await pastStep(page, 5);
  await expect.poll(rewardCurve, { timeout: 60_000 }).not.toBe(early);
});

test("paused: the sentence is true of the step on screen, and a cell tells its numbers", async () => {
  await pause(page);
  const record = await recordOf(page);
  expect(await stepOnScreen(page)).toBe(record.step);
  await expect.poll(sentenceStep, { timeout: 60_000 }).toBe(record.step);
  expectTrue(await sentence(), record);

  // The figure is drawn in slices: what a hover tells is polled until it is this step's.
  const cell = figure3(page).getByRole("gridcell").first();
  await expect
    .poll(
      async () => {
        const [row = -1, token = -1] = (await cell.getAttribute("data-cell"))!
          .split("-")
          .map(Number);
        await cell.hover();
        const tip = await page.getByRole("tooltip").innerText();
        return [
          `Row ${row + 1}, token ${token + 1}`,
          minus(record.logpOld[row]![token]!.toFixed(4)),
          minus(record.logp[row]![token]!.toFixed(4)),
          record.tokenRatio[row]![token]!.toFixed(3),
          record.sequenceRatio[row]!.toFixed(3),
        ].filter((number) => !tip.includes(number));
      },
      { timeout: 60_000 },
    )
    .toEqual([]);
});

test("the level flips in mid-run: no restart, a mark, and ε only when asked", async () => {
  await transport(page).getByRole("button", { name: "Play" }).click();
  const before = await recordOf(page, "token");
  await pastStep(page, before.step);
  await level("Sequence").click();

  const bar = page.getByRole("status", { name: "Epsilon after the switch" });
  await bar.waitFor();
  const flippedAt = await stepOnScreen(page);
  expect(flippedAt).toBeGreaterThan(before.step);
  await pastStep(page, flippedAt + 4);
  expect(await mark(/importance_sampling_level token → sequence$/)).toBe(1);
  const [run] = await page.evaluate(() => window.ratioscope.runs());
  expect(run).toMatchObject({ status: "playing" });
  expect(run!.step).toBeGreaterThan(flippedAt);

  await expect.poll(async () => (await recordOf(page, "token")).level).toBe("sequence");
  const after = await recordOf(page, "token");
  expect(after.config.epsilon).toBe(before.config.epsilon);
  expect(await mark(/epsilon/)).toBe(0);

  expect(await bar.getByRole("button").count()).toBeGreaterThanOrEqual(3);
  await bar.getByRole("button", { name: /^As the sequence arm: ε 0\.2 → 0\.03/ }).click();
  await bar.waitFor({ state: "detached" });
  await expect.poll(() => mark(/epsilon 0\.2 → 0\.03/), { timeout: 60_000 }).toBe(1);
  // The mark is told at once, the steps before it with the next post.
  await expect.poll(async () => (await recordOf(page, "token")).config.epsilon).toBe(0.03);

  await level("Token").click();
  await bar.getByRole("button", { name: /^Keep ε 0\.03/ }).click();
  await bar.waitFor({ state: "detached" });
  await pause(page);
});

test("one step, one generation, and a reset to the same initial weights", async () => {
  const buttons = transport(page);
  await buttons.getByRole("button", { name: "Reset to the same initial weights" }).click();
  await expect.poll(() => stepOnScreen(page)).toBe(0);

  await buttons.getByRole("button", { name: "One optimizer step" }).click();
  await expect.poll(() => stepOnScreen(page), { timeout: 60_000 }).toBe(1);
  const first = await recordOf(page);
  expect(first.innerStep).toBe(0);
  expect(allRatiosAreOne(first)).toBe(true);

  await buttons.getByRole("button", { name: "To the end of this generation" }).click();
  await expect.poll(() => stepOnScreen(page), { timeout: 60_000 }).toBe(4);
  await buttons.getByRole("button", { name: "Play" }).waitFor();
  const last = await recordOf(page);
  expect([last.step, last.innerStep, last.generation]).toEqual([4, 3, first.generation]);
  expect(last.logp).not.toEqual(first.logp);

  await buttons.getByRole("button", { name: "Reset to the same initial weights" }).click();
  await expect.poll(() => stepOnScreen(page)).toBe(0);
  await buttons.getByRole("button", { name: "One optimizer step" }).click();
  await expect.poll(() => stepOnScreen(page), { timeout: 60_000 }).toBe(1);
  expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(first));
});

test("an invalid value is refused beside its field; the value in force stays", async () => {
  const field = page.locator("#field-learning_rate");
  const input = field.getByRole("textbox");
  const inForce = await input.inputValue();
  await input.fill("-1");
  await input.press("Enter");
  const alert = field.getByRole("alert");
  await alert.waitFor();
  expect(await alert.innerText()).toContain("-1");
  expect(await alert.innerText()).toContain(inForce);
  expect(await input.getAttribute("aria-invalid")).toBe("true");
  expect((await recordOf(page)).config.learning_rate).toBe(Number(inForce));
  expect(await stepOnScreen(page)).toBe(1);
  await input.press("Escape");
  expect(await input.inputValue()).toBe(inForce);
  await alert.waitFor({ state: "detached" });
});

test("a combination that cannot run is refused beside its field and loses nothing", async () => {
  const field = page.locator("#field-num_generations");
  const input = field.getByRole("textbox");
  const inForce = await input.inputValue();
  await input.fill("7");
  await input.press("Enter");
  const alert = field.getByRole("alert");
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/num_generations \(7\)/);
  expect(await alert.innerText()).toContain(`Running with ${inForce}.`);
  expect(await page.getByRole("button", { name: "Reset and apply" }).count()).toBe(0);
  expect(await stepOnScreen(page)).toBe(1);
  await figure3(page).getByRole("gridcell").first().waitFor();
  await page.getByRole("button", { name: "Discard" }).click();
  expect(await input.inputValue()).toBe(inForce);
  expect(errors).toEqual([]);
});

const level = (name: string) =>
  page
    .getByRole("radiogroup", { name: "Importance sampling level of the token arm" })
    .getByRole("radio", { name });

const sentence = (): Promise<string> => page.locator(".sentence-say").innerText();
const sentenceStep = async (): Promise<number> =>
  Number(/[Ss]tep (\d+)/.exec(await page.locator(".sentence-tag").innerText())?.[1]);

/** The drawn lines of the reward chart. */
const rewardCurve = (): Promise<string> =>
  page
    .getByRole("region", { name: "Reward chart" })
    .locator("svg path[stroke]")
    .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")).join(" "));

/** How many marks of the step slider say this. */
const mark = (says: RegExp): Promise<number> =>
  transport(page)
    .locator("[title]")
    .evaluateAll(
      (marks, source) =>
        marks.filter((each) => new RegExp(source).test(each.getAttribute("title") ?? "")).length,
      says.source,
    );

const minus = (text: string): string => text.replace("-", "\u2212");

const allRatiosAreOne = ({ tokenRatio, mask, sequenceRatio }: PlainRecord): boolean =>
  sequenceRatio.every((ratio) => ratio === 1) &&
  tokenRatio.every((row, at) => row.every((ratio, t) => mask[at]![t] === 0 || ratio === 1));

/** What the sentence says of a row and of its tokens is what the record holds. */
function expectTrue(text: string, record: PlainRecord): void {
  const name = /Row (\d+) /.exec(text);
  if (name === null) {
    if (text.includes("every ratio is 1")) expect(allRatiosAreOne(record)).toBe(true);
    else expect(text).toMatch(/No row pushes|Nothing is clipped|no hard clip/);
    return;
  }
  const row = Number(name[1]) - 1;
  expect(row).toBeLessThan(record.rows);
  const s = /one ratio is (\d+\.\d{3})/.exec(text)?.[1];
  expect(s).toBe(record.sequenceRatio[row]!.toFixed(3));
  for (const [, token, ratio] of text.matchAll(/token (\d+) to (\d+\.\d\d)×/g)) {
    expect(ratio).toBe(record.tokenRatio[row]![Number(token) - 1]!.toFixed(2));
  }
  for (const [, token] of text.matchAll(/GRPO clips token (\d+)/g)) {
    expect(record.tokenClipped[row]![Number(token) - 1]).toBe(1);
  }
  expect(record.sequenceClipped[row]).toBe(text.includes("GSPO clips the row") ? 1 : 0);
}
