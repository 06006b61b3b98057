import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { expect } from "vitest";
import { figure3, figure4, recordOf } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

/** Unsloth's, on the reader's clipboard. */
const SNIPPET = `training_args = GRPOConfig(
    per_device_train_batch_size = 8,
    gradient_accumulation_steps = 4,
    learning_rate = 5e-6,
    adam_beta1 = 0.9,
    adam_beta2 = 0.99,
    weight_decay = 0.1,
    warmup_ratio = 0.1,
    lr_scheduler_type = "cosine",
    optim = "adamw_8bit",
    # beta = 0.00,
    epsilon = 3e-4,
    epsilon_high = 4e-4,
    num_generations = 8,
    max_prompt_length = 1024,
    max_completion_length = 1024,
    log_completions = False,
    max_grad_norm = 0.1,
    temperature = 0.9,
    num_train_epochs = 2,
    report_to = "none",
    importance_sampling_level = "sequence",
    loss_type = "dr_grpo",
)`;

test("a configuration in a file is read as if it were pasted", async ({ openLive }) => {
  const page = await openLive();
  const panel = page.getByRole("region", { name: "Import a configuration" });
  await page.getByRole("button", { name: "Import", exact: true }).click();

  await part("dropped: a script of the shell", async () => {
    const text = "G=4\ntrl grpo \\\n  --num_generations $G --beta 0.1\n";
    const folder = await mkdtemp(join(tmpdir(), "ratioscope-"));
    const file = join(folder, "run.sh");
    await writeFile(file, text);
    const box = await panel.getByText(/^Drop a file here/).boundingBox();
    const at = { x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 20 };
    const session = await page.context().newCDPSession(page);
    // Events that a page makes itself carry no files.
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      const data = { items: [], files: [file], dragOperationsMask: 1 };
      await session.send("Input.dispatchDragEvent", { type, ...at, data });
    }
    await session.detach();
    const line = panel.getByRole("listitem").filter({ hasText: "--num_generations" });
    await line.waitFor();
    expect(await panel.innerText()).toContain("4 completions");
    await rm(folder, { recursive: true });
  });

  await part("chosen: a notebook, in whose place another file comes", async () => {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      panel.getByRole("button", { name: "Choose files" }).click(),
    ]);
    const cell = { cell_type: "code", source: ["GRPOConfig(num_generations=16)"] };
    const notebook = JSON.stringify({ cells: [cell], nbformat: 4 });
    await chooser.setFiles({
      name: "nb.ipynb",
      mimeType: "application/json",
      buffer: Buffer.from(notebook),
    });
    await panel.getByRole("listitem").filter({ hasText: "num_generations=16" }).waitFor();
    expect(await panel.getByRole("listitem").filter({ hasText: "trl grpo" }).count()).toBe(0);
  });
});

test("a pasted configuration is told line by line, remedied, trained, and exported again", async ({
  openLive,
}) => {
  const page = await openLive();
  const panel = page.getByRole("region", { name: "Import a configuration" });
  const paste = async (text: string): Promise<void> => {
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await panel.getByRole("textbox", { name: "Configuration" }).fill(text);
  };
  const tally = async (): Promise<string> =>
    (await panel.getByRole("status").first().innerText()).replaceAll(/\s+/g, " ");
  const remedy = panel.getByRole("button", { name: "Set steps_per_generation to 16", exact: true });

  await part("each pasted line says what became of it", async () => {
    await paste(SNIPPET);
    await panel.getByRole("button", { name: "Show line by line" }).click();
    const line = (text: string) => panel.getByRole("listitem").filter({ hasText: text });
    const limit = await page.evaluate(async () => {
      const [run] = await window.ratioscope.runs();
      return run?.config.max_completion_length;
    });
    await expect
      .poll(tally)
      .toContain("applied 18 limited to this page 1 kept for export 2 unknown 0");
    expect(await line("max_completion_length").innerText()).toContain(`here ${limit}`);
    expect(await line("max_prompt_length").innerText()).toContain("kept for export");
    expect(await line("importance_sampling_level").innerText()).toContain("finding 1");
    expect(await line("# beta").innerText()).not.toContain("finding");
  });

  await part("the schedule is one line, for as many processes as are set", async () => {
    const schedule = panel.getByText(/^Schedule for/);
    expect(await schedule.innerText()).toContain(
      "Schedule for 1 process: 32 completions per rollout · 4 prompts × 8 completions · 1 optimizer step per rollout · 1 pass · on-policy",
    );
    const processes = panel.getByRole("textbox", { name: "Processes" });
    await processes.fill("2");
    await processes.press("Enter");
    await panel.getByText(/^Schedule for 2 processes: 64 completions/).waitFor();
    await processes.fill("");
    await processes.press("Enter");
    await panel.getByText(/^Schedule for 1 process/).waitFor();
  });

  await part("that the ratio is always 1 is said, and one click takes that away", async () => {
    const finding = panel.getByText("Every ratio is exactly 1");
    await finding.waitFor();
    expect(await panel.innerText()).toContain("gradient_accumulation_steps 4 takes them all");
    await panel.getByText(/^The remed.*Set steps_per_generation to 16/).waitFor();
    await remedy.click();
    await panel.getByText("Set steps_per_generation to 16: done.").waitFor();
    await finding.waitFor({ state: "detached" });
    await panel.getByRole("button", { name: "Undo: Set steps_per_generation to 16" }).click();
    await finding.waitFor();
  });

  await part("as pasted, every ratio is 1 on every step at either level", async () => {
    await load(page);
    await page.waitForFunction(
      async () => (await window.ratioscope.runs())[0]?.config.loss_type === "dr_grpo",
    );
    await page.evaluate(() => window.ratioscope.step(2));
    const record = await recordOf(page);
    expect(record.config).toMatchObject({ epsilon: 3e-4, epsilon_high: 4e-4, learning_rate: 5e-6 });
    expect(ratiosOf(record).every((ratio) => ratio === 1)).toBe(true);
    expect(record.sequenceRatio.every((ratio) => ratio === 1)).toBe(true);
  });

  await part("with the remedy, the two figures part after training", async () => {
    await paste(SNIPPET);
    await remedy.click();
    await load(page);
    await page.waitForFunction(
      async () => (await window.ratioscope.runs())[0]?.config.steps_per_generation === 16,
    );
    // The first step has a learning rate of 0 under warmup: ratios leave 1 after the second.
    await page.evaluate(() => window.ratioscope.step(4));

    const record = await recordOf(page);
    expect(record.innerStep).toBe(3);
    expect(record.level).toBe("sequence");
    const ratios = ratiosOf(record);
    expect(ratios.some((ratio) => ratio !== 1)).toBe(true);
    expect(new Set(record.sequenceRatio).size).toBeGreaterThan(1);
    // One ratio per token on the left, one per row on the right.
    expect(new Set(ratios).size).toBeGreaterThan(record.rows);
    await figure3(page).getByRole("gridcell").first().waitFor();
    await figure4(page).getByRole("gridcell").first().waitFor();
  });

  await part("the export pastes back: nothing unknown, nothing refused", async () => {
    await page.getByRole("button", { name: "Export", exact: true }).click();
    const text = await page.getByRole("region", { name: "Export" }).locator("pre").innerText();
    expect(text).toContain("from trl import GRPOConfig, GRPOTrainer");
    expect(text).toContain("steps_per_generation=16,");
    // The snippet's own length, not the toy's.
    expect(text).toContain("max_completion_length=1024,");
    await paste(text);
    await expect.poll(tally).toMatch(/unknown 0 not taken 0 not read 0/);
  });
});

const VERL = `python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo \\
  data.train_batch_size=64 actor_rollout_ref.rollout.n=8 \\
  actor_rollout_ref.actor.ppo_mini_batch_size=16 \\
  actor_rollout_ref.actor.policy_loss.loss_mode=gspo \\
  actor_rollout_ref.actor.clip_ratio=0.3 actor_rollout_ref.actor.optim.weight_decay=0.1`;

test("another trainer's configuration says at its head whose it is, then a line a setting", async ({
  openRecorded,
}) => {
  const page = await openRecorded();
  const panel = page.getByRole("region", { name: "Import a configuration" });
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await panel.getByRole("textbox", { name: "Configuration" }).fill(VERL);
  await panel
    .getByText("verl, Hydra overrides, 7 settings: 6 exact, 0 near, 0 not expressible, 1 elsewhere")
    .waitFor();
  const lines = panel.getByRole("list", { name: "Settings of verl" }).getByRole("listitem");
  const batch = lines.filter({ hasText: "data.train_batch_size=64" });
  expect(await batch.innerText()).toContain(
    "train_batch_size 64 prompts × n 8 = generation_batch_size 512 completions per rollout.",
  );
  expect(await panel.getByText(/^Schedule for 1 process/).innerText()).toContain(
    "4 optimizer steps per rollout",
  );
  await panel.getByText(/^clip_ratio 0.3 has no effect/).waitFor();
  await panel.getByText("Not set, so verl's own").click();
  await panel.getByText("actor_rollout_ref.actor.ppo_epochs 1").waitFor();
});

/** Loads what was pasted. */
const load = (page: Page): Promise<void> =>
  page.getByRole("button", { name: /^Load \d+ settings$/ }).click();

const ratiosOf = ({ tokenRatio, mask }: { tokenRatio: number[][]; mask: number[][] }): number[] =>
  tokenRatio.flatMap((row, i) => row.filter((_, t) => mask[i]?.[t] === 1));
