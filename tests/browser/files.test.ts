import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { decodeSafetensors } from "../../src/engine/policy/safetensors.ts";
import { readRunFile } from "../../src/runs/formats/run-file.ts";
import { download, give, notice, openPanel } from "../support/files.ts";
import { figure4, pastStep, recordOf, withoutTimes } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";
import { filesInZip } from "../support/readers/zip.ts";

/** In the middle of a generation: the run file holds its micro-batches. */
const STEPS = 6;

const BROKEN = [
  ["broken.jsonl", '{"step": 1, "completion_ids": 3}\n{', /^Line 1: completion_ids: /],
  ["train.py", "import trl", /^train\.py is a Python script\. Paste its configuration/],
  ["broken.ratioscope", "PK\u0003\u0004 no archive", /its directory is missing/],
  [
    "broken.safetensors",
    "\u0009\u0000\u0000\u0000\u0000\u0000\u0000\u0000{",
    /the header claims 9 bytes/,
  ],
] as const;

test("a run leaves the page in every form, and comes back from each", async ({ openLive }) => {
  const page = await openLive();
  const runs = () => page.evaluate(() => window.ratioscope.runs());
  await page.evaluate((steps) => window.ratioscope.step(steps), STEPS);

  await part("the metrics of every step and arm download as a table", async () => {
    const { name, bytes } = await download(page, "Metrics CSV");
    expect(name).toMatch(/-metrics\.csv$/);
    const [head = "", ...rows] = bytes.toString().trimEnd().split("\n");
    expect(head).toMatch(/^arm,step,generation,inner_step,loss,/);
    expect(rows.map((row) => row.split(",").slice(0, 2).join(" "))).toEqual(
      [1, 2, 3, 4, 5, 6].flatMap((step) => [`token ${step}`, `sequence ${step}`]),
    );
  });

  const policy = await part(
    "an arm's weights download as the folder that transformers opens",
    async () => {
      const { bytes } = await download(page, /^Weights of the \w+ arm for transformers$/);
      const files = filesInZip(bytes);
      expect([...files.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual([
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer_config.json",
        "tokenizer.json",
      ]);
      const { tensors } = decodeSafetensors(new Uint8Array(files.get("model.safetensors")!));
      expect(tensors["model.norm.weight"]?.data.some((value) => value !== 1)).toBe(true);
      return bytes;
    },
  );

  await part("a broken file is refused by name, and the page stays as it is", async () => {
    const before = await runs();
    for (const [name, content, message] of BROKEN) {
      await give(page, name, Buffer.from(content));
      await notice(page).getByRole("alert").filter({ hasText: message }).waitFor();
      expect(await runs(), name).toEqual(before);
    }
  });

  const runFile = await part("a run file comes back as a run that is looked at", async () => {
    const { bytes } = await download(page, "Run file");
    const { run, records } = readRunFile(new Uint8Array(bytes), 0);
    expect(run.step).toBe(STEPS);
    expect(records.length).toBeGreaterThan(0);
    await give(page, "mine.ratioscope", bytes);
    await notice(page).getByText("is stored in this browser").waitFor();
    return bytes;
  });

  await part("and exports to the same bytes", async () => {
    await openPanel(page, "Export");
    await page.getByRole("button", { name: /Run whose data is exported/ }).click();
    // The newest of the two with that name is the imported one; both hold the same.
    const { run } = readRunFile(new Uint8Array(runFile), 0);
    await page.getByRole("option", { name: run.name }).first().click();
    expect((await download(page, "Run file")).bytes.equals(runFile)).toBe(true);
  });

  await part("it goes on from its checkpoint, bit for bit as the one exported", async () => {
    await give(page, "mine.ratioscope", runFile);
    await notice(page).getByRole("button", { name: "Train it on" }).click();
    await pastStep(page, STEPS + 1);
    await page.evaluate(() => window.ratioscope.pause());
    const continued = await recordOf(page);
    const [run] = await runs();
    expect(run!.step).toBe(continued.step);

    await page.evaluate(() => window.ratioscope.load());
    await page.evaluate((steps) => window.ratioscope.step(steps), continued.step);
    expect(withoutTimes(await recordOf(page))).toEqual(withoutTimes(continued));
  });

  await part("weights that were exported are what the next run starts from", async () => {
    await give(page, "policy.zip", policy);
    await notice(page).getByText("The run starts from the weights in policy.zip.").waitFor();
    await page.evaluate(() => window.ratioscope.step(1));
    const record = await recordOf(page);
    expect([record.step, record.innerStep]).toEqual([1, 0]);
    const { bytes } = await download(page, "Run file");
    expect(readRunFile(new Uint8Array(bytes), 0).run.run.warmStart).toMatch(/^file-[0-9a-f]{16}$/);
  });
});

test("a trainer's log becomes a run in the figures, with no GPU", async ({ openRecorded }) => {
  const page = await openRecorded();
  const row = (step: number, advantage: number, logp: number) => ({
    step,
    prompt: "What is 2 + 2?",
    completion: "It is 4.",
    completion_ids: [1026, 374, 19, 2],
    completion_tokens: ["xy", "is", "4", "</s>"],
    per_token_logps: [logp, -0.5, -2, -0.1],
    old_per_token_logps: [-1, -0.5, -1.9, -0.1],
    advantage,
  });
  const lines = [
    { config: { importance_sampling_level: "sequence", epsilon: 0.05, num_generations: 2 } },
    ...[1, 2].flatMap((step) => [row(step, 0.7, -0.5), row(step, -0.7, -1.6)]),
  ].map((line) => JSON.stringify(line));
  await give(page, "trainer.jsonl", Buffer.from(lines.join("\n")));
  await notice(page).getByText("trainer is stored in this browser and on screen.").waitFor();
  await figure4(page).getByText("xy").first().waitFor();
  expect(await figure4(page).getByText("\ufffd").count()).toBe(0);
  // It has advantages and no rewards: that is said, and no number stands for them.
  await page.getByRole("tab", { name: "Completions" }).click();
  // In the tab: below the charts stands the same list, as soon as somebody comes near it.
  await page
    .getByRole("tabpanel", { name: "Completions" })
    .getByText("the log holds advantages and no rewards")
    .waitFor();
  expect(await page.getByRole("button", { name: "Sort by reward" }).count()).toBe(0);
  expect(await page.locator("main").innerText()).not.toContain("NaN");
});

/** A log of one step: rows of so many tokens, every tenth of which moved far. */
function longLog(tokens: number): Buffer {
  const old = Array.from({ length: tokens }, () => -1);
  const lines = [1, -1, 0.5, -0.5].map((advantage, row) =>
    JSON.stringify({
      step: 1,
      prompt: "p",
      completion_ids: Array.from({ length: tokens }, (_, i) => 5 + ((i + row) % 9)),
      per_token_logps: old.map((logp, i) => logp + (i % 10 === row ? 0.3 : 0.001 * row)),
      old_per_token_logps: old,
      advantage,
    }),
  );
  return Buffer.from(lines.join("\n"));
}

test("rows longer than the figure have an overview, whose window moves both figures by keys and pointer", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ motion: "reduce" });
  const window = page.getByRole("scrollbar", { name: "Tokens in view" });
  expect(await window.count()).toBe(0);
  await give(page, "long.jsonl", longLog(400));
  await notice(page).getByText("long is stored in this browser and on screen.").waitFor();
  await window.waitFor();
  const says = () => window.getAttribute("aria-valuetext");
  const scrolled = () =>
    page
      .locator(".twin-scroll")
      .evaluateAll((all) => all.map(({ scrollLeft }) => Math.round(scrollLeft)));
  const [first, ...others] = await scrolled();
  expect([first, ...others]).toEqual([0, 0]);
  const seen = Number(/^tokens 1 to (\d+) of 400$/.exec((await says())!)![1]);
  expect(seen).toBeGreaterThan(20);
  expect(seen).toBeLessThan(200);
  await part("keys", async () => {
    await window.focus();
    await page.keyboard.press("PageDown");
    await expect.poll(says).toBe(`tokens ${seen + 1} to ${2 * seen} of 400`);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(says).toBe(`tokens ${seen - 7} to ${2 * seen - 8} of 400`);
    await page.keyboard.press("End");
    await expect.poll(says).toBe(`tokens ${401 - seen} to 400 of 400`);
    const [three, four] = await scrolled();
    expect(three).toBeGreaterThan(0);
    expect(four).toBe(three);
    await page.keyboard.press("Home");
    await expect.poll(says).toBe(`tokens 1 to ${seen} of 400`);
  });
  await part("a press beside the window brings its middle there, and a drag goes on", async () => {
    const box = (await window.boundingBox())!;
    const at = (column: number) => box.x + (box.width * column) / 400;
    await page.mouse.move(at(200), box.y + box.height / 2);
    await page.mouse.down();
    await expect.poll(offBy(200)).toBeLessThanOrEqual(1);
    await page.mouse.move(at(250), box.y + box.height / 2, { steps: 3 });
    await page.mouse.up();
    await expect.poll(offBy(250)).toBeLessThanOrEqual(1);
    await page.mouse.move(at(10), box.y + box.height / 2);
    expect(await offBy(250)()).toBeLessThanOrEqual(1);
  });
  await part("what the figures are scrolled by themselves the window follows", async () => {
    await page
      .locator(".twin-scroll")
      .first()
      .evaluate((scroll) => (scroll.scrollLeft = 0));
    await expect.poll(says).toBe(`tokens 1 to ${seen} of 400`);
  });
  /** How many tokens the middle of the window is from this column; a pixel is about one. */
  function offBy(column: number) {
    return async () => {
      const [, first, last] = /^tokens (\d+) to (\d+) of 400$/.exec((await says())!)!.map(Number);
      return Math.abs((first! - 1 + last!) / 2 - column);
    };
  }
});

test("a trainer's metrics become charts, and the figures' place says why it is empty", async ({
  openRecorded,
}) => {
  const page = await openRecorded();
  const lines = [1, 2, 3].map((step) => `{'loss': 0.1, 'reward': ${step / 10}, 'entropy': 0.5}`);
  await give(page, "console.txt", Buffer.from(lines.join("\n")));
  const read = "Read as console text of transformers: metrics of 3 steps";
  await notice(page).getByText(read).waitFor();
  const empty = page.getByRole("region", { name: "No figures" });
  await empty.getByText("it has metrics only").waitFor();
  expect(await page.getByRole("figure", { name: /^Figure [34]/ }).count()).toBe(0);
  expect(await page.locator("main").innerText()).not.toContain("NaN");
});

test("a table of completions, a Parquet file, is listed without what it does not have", async ({
  openRecorded,
}) => {
  const page = await openRecorded();
  const file = new URL("../fixtures/completions.parquet", import.meta.url);
  await give(page, "completions_00002.parquet", await readFile(file));
  const read = "Read as a completions table of TRL: 3 completions of 1 step";
  await notice(page).getByText(read).waitFor();
  const table = page.getByRole("region", { name: "Completions", exact: true });
  await table.getByText("2 + 2?").first().waitFor();
  expect(await table.getByRole("columnheader").allInnerTexts()).toEqual([
    "row",
    "prompt",
    "completion",
    "exact",
    expect.stringContaining("advantage"),
  ]);
  expect(await page.locator("main").innerText()).not.toContain("NaN");
});
