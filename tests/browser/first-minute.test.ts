import type { Page, Route } from "playwright";
import { expect } from "vitest";
import { recordToJson } from "../../src/record/record.ts";
import { parseRecording } from "../../src/runs/recording.ts";
import {
  figure3,
  figure4,
  pastStep,
  pause,
  ready,
  recordOf,
  stepOnScreen,
  transport,
  withoutTimes,
  type PlainRecord,
} from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

test("a reader's first minute: the recorded run at once, then training, flips, steps, and refusals", async ({
  open,
}) => {
  // The worker's script is held back: no device, no shader, until it is let go.
  const held: Route[] = [];
  const page = await open({
    before: async (fresh) => {
      await fresh.route(/training\.worker.*\.js$/, (route) => {
        held.push(route);
      });
    },
  });
  const buttons = transport(page);
  const play = buttons.getByRole("button", { name: "Play" });

  await part("the recorded run is on screen before the training worker exists", async () => {
    await figure3(page).getByRole("gridcell").first().waitFor();
    await figure4(page).getByRole("gridcell").first().waitFor();
    await expect.poll(() => held.length).toBeGreaterThan(0);
    await buttons.getByText("recorded run", { exact: true }).waitFor();
    await page.getByRole("contentinfo").getByText("No adapter yet").waitFor();

    const recording = parseRecording(
      await page.evaluate(async () => (await fetch("./recordings/default.json")).text()),
    );
    const step = await stepOnScreen(page);
    const record = recording.records.find((each) => each.step === step && each.arm === "token");
    expect(record).toBeDefined();
    // Plain, as a script on the page would read it.
    const shown: unknown = record && JSON.parse(JSON.stringify(recordToJson(record)));
    expectTrue(await sentence(page), shown as PlainRecord);
  });

  await part("Play can be pressed before the run is built, and called off", async () => {
    await play.click();
    await buttons.getByText("Starting: building the run", { exact: true }).waitFor();
    await buttons.getByRole("button", { name: "Starting: call it off" }).click();
    await play.waitFor();
    expect(await buttons.getByText(/^Starting/).count()).toBe(0);
    await play.click();
    for (const route of held) await route.continue();
    await page.unroute(/training\.worker.*\.js$/);
    expect(await ready(page)).toBe(true);
  });

  await part("it takes over from the recorded run, and the reward curve moves", async () => {
    await page.waitForFunction(() =>
      /of \d+, live/.test(document.querySelector(".transport-readout")?.textContent ?? ""),
    );
    const early = await rewardCurve(page);
    await pastStep(page, 5);
    await expect.poll(() => rewardCurve(page)).not.toBe(early);
  });

  await part("paused: the sentence is true of the step on screen", async () => {
    await pause(page);
    const record = await recordOf(page);
    await expect.poll(() => stepOnScreen(page)).toBe(record.step);
    expect(await sentenceStep(page)).toBe(record.step);
    expectTrue(await sentence(page), record);
  });

  await part("a cell tells its numbers", async () => {
    const record = await recordOf(page);
    const cell = figure3(page).getByRole("gridcell").first();
    const [row = -1, token = -1] = (await cell.getAttribute("data-cell"))!.split("-").map(Number);
    await cell.hover();
    const tip = page.getByRole("tooltip");
    const numbers = [
      `Row ${row + 1}, token ${token + 1}`,
      minus(record.logpOld[row]![token]!.toFixed(4)),
      minus(record.logp[row]![token]!.toFixed(4)),
      record.tokenRatio[row]![token]!.toFixed(3),
      record.sequenceRatio[row]!.toFixed(3),
    ];
    await expect
      .poll(async () => {
        const text = await tip.innerText();
        return numbers.filter((number) => !text.includes(number));
      })
      .toEqual([]);
  });

  await part("the level flips in mid-run: no restart, a mark, and ε only when asked", async () => {
    await play.click();
    const before = await recordOf(page, "token");
    await pastStep(page, before.step);
    await level(page, "Sequence").click();

    const bar = page.getByRole("status", { name: "Epsilon after the switch" });
    await bar.waitFor();
    const flippedAt = await stepOnScreen(page);
    expect(flippedAt).toBeGreaterThan(before.step);
    await pastStep(page, flippedAt + 4);
    expect(await mark(page, /importance_sampling_level token → sequence$/)).toBe(1);
    const [run] = await page.evaluate(() => window.ratioscope.runs());
    expect(run).toMatchObject({ status: "playing" });
    expect(run!.step).toBeGreaterThan(flippedAt);

    await expect.poll(async () => (await recordOf(page, "token")).level).toBe("sequence");
    const after = await recordOf(page, "token");
    expect(after.config.epsilon).toBe(before.config.epsilon);
    expect(await mark(page, /epsilon/)).toBe(0);

    await expect.poll(() => bar.getByRole("button").count()).toBeGreaterThanOrEqual(3);
    await bar.getByRole("button", { name: /^As the sequence arm: ε 0\.2 → 0\.03/ }).click();
    await bar.waitFor({ state: "detached" });
    await expect.poll(() => mark(page, /epsilon 0\.2 → 0\.03/)).toBe(1);
    // The mark is told at once, the steps before it with the next post.
    await expect.poll(async () => (await recordOf(page, "token")).config.epsilon).toBe(0.03);

    await level(page, "Token").click();
    await bar.getByRole("button", { name: /^Keep ε 0\.03/ }).click();
    await bar.waitFor({ state: "detached" });
    await pause(page);
  });

  await part("one step, one generation, and a reset to the same initial weights", async () => {
    const reset = buttons.getByRole("button", { name: "Reset to the same initial weights" });
    const one = buttons.getByRole("button", { name: "One optimizer step" });
    await reset.click();
    await expect.poll(() => stepOnScreen(page)).toBe(0);

    await one.click();
    await expect.poll(() => stepOnScreen(page)).toBe(1);
    const first = await recordOf(page);
    expect(first.innerStep).toBe(0);
    expect(allRatiosAreOne(first)).toBe(true);

    await buttons.getByRole("button", { name: "To the end of this rollout" }).click();
    await expect.poll(() => stepOnScreen(page)).toBe(4);
    await play.waitFor();
    const last = await recordOf(page);
    expect([last.step, last.innerStep, last.generation]).toEqual([4, 3, first.generation]);
    expect(last.logp).not.toEqual(first.logp);

    await reset.click();
    await expect.poll(() => stepOnScreen(page)).toBe(0);
    await one.click();
    await expect.poll(() => stepOnScreen(page)).toBe(1);
    expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(first));
  });

  await part("an invalid value is refused beside its field; the value in force stays", async () => {
    const field = page.locator("#field-learning_rate");
    const input = field.getByRole("textbox");
    const inForce = await input.inputValue();
    await input.fill("-1");
    await input.press("Enter");
    const alert = field.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toContain("-1");
    expect(await alert.innerText()).toContain(inForce);
    await expect.poll(() => input.getAttribute("aria-invalid")).toBe("true");
    expect((await recordOf(page)).config.learning_rate).toBe(Number(inForce));
    expect(await stepOnScreen(page)).toBe(1);
    await input.press("Escape");
    await expect.poll(() => input.inputValue()).toBe(inForce);
    await alert.waitFor({ state: "detached" });
  });

  await part("what cannot run together is refused beside its field and loses nothing", async () => {
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
    await expect.poll(() => input.inputValue()).toBe(inForce);
  });
});

test("the recorded run is put away with a word, and can be looked at again", async ({
  openLive,
}) => {
  const page = await openLive({ motion: "reduce" });
  const line = page.getByRole("region", { name: "The recorded run" });
  const recordedStep = await stepOnScreen(page);
  expect(await line.count()).toBe(0);
  await transport(page).getByRole("button", { name: "One optimizer step" }).click();
  await line.getByText("Trained here now; the recorded run is put away.").waitFor();
  await expect.poll(() => stepOnScreen(page)).toBe(1);
  await line.getByRole("button", { name: "Look at it again" }).click();
  await page.getByText("Looking at “the recorded run”.").waitFor();
  await expect.poll(() => stepOnScreen(page)).toBe(recordedStep);
  expect(await line.count()).toBe(0);
  await page.getByRole("button", { name: "Back to the run of this page" }).click();
  await expect.poll(() => stepOnScreen(page)).toBe(1);
  await line.getByRole("button", { name: "Close" }).click();
  await line.waitFor({ state: "detached" });
});

const level = (page: Page, name: string) =>
  page
    .getByRole("radiogroup", { name: "Importance sampling level of the token arm" })
    .getByRole("radio", { name });

const sentence = (page: Page): Promise<string> => page.locator(".sentence-say").innerText();
const sentenceStep = async (page: Page): Promise<number> =>
  Number(/[Ss]tep (\d+)/.exec(await page.locator(".sentence-tag").innerText())?.[1]);

/** The drawn lines of the reward chart. */
const rewardCurve = (page: Page): Promise<string> =>
  page
    .getByRole("region", { name: "Reward chart" })
    .locator("svg path[stroke]")
    .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")).join(" "));

/** How many marks of the step slider say this. */
const mark = (page: Page, says: RegExp): Promise<number> =>
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
