import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { part, test } from "../support/page-test.ts";

const VERL = `python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo \\
  data.train_batch_size=$TBS actor_rollout_ref.rollout.n=16 \\
  actor_rollout_ref.actor.ppo_mini_batch_size=128 \\
  actor_rollout_ref.actor.policy_loss.loss_mode=gspo \\
  actor_rollout_ref.actor.clip_ratio_low=3e-4 actor_rollout_ref.actor.clip_ratio_high=4e-4`;
const TRL =
  'GRPOConfig(num_generations=16, importance_sampling_level="sequence", loss_type="grpo", epsilon=3e-4, epsilon_high=4e-4)';

test("another trainer's configuration: asked for, read as chosen, compared by the keyboard alone", async ({
  openLive,
}) => {
  const page = await openLive({ motion: "reduce" });
  await page.getByRole("button", { name: "Import", exact: true }).click();
  const panel = page.getByRole("region", { name: "Import a configuration" });
  await panel.getByRole("textbox", { name: "Configuration" }).fill(VERL);

  await part("a variable that settings wait for is asked for, and its answer read", async () => {
    await panel.getByText(/^verl, Hydra overrides/).waitFor();
    const asked = panel.getByRole("group", { name: "Variables of the environment" });
    expect(await asked.innerText()).toContain("line 2");
    const input = asked.getByRole("textbox", { name: "TBS" });
    await input.fill("512");
    await input.press("Enter");
    await panel.getByText(/^Schedule for 1 process: 8,192 completions per rollout/).waitFor();
    expect(await input.inputValue()).toBe("512");
    await input.fill("");
    await input.press("Enter");
    await panel.getByText(/completions per rollout not known/).waitFor();
    await input.fill("512");
    await input.press("Enter");
  });

  await part("which trainer it is can be chosen, and taken back", async () => {
    const picker = panel.getByRole("button", { name: /Trainer whose configuration it is/ });
    await picker.click();
    await page.getByRole("option", { name: "slime", exact: true }).click();
    await panel.getByText("No setting of slime is in this text.").waitFor();
    await picker.click();
    await page.getByRole("option", { name: "what the text shows" }).click();
    await panel.getByText(/^verl, Hydra overrides/).waitFor();
  });

  const compare = page.getByRole("region", { name: "Compare two configurations" });
  await part("Enter compares it with the run", async () => {
    await panel.getByRole("button", { name: "Compare" }).focus();
    await page.keyboard.press("Enter");
    await compare.getByText(/of \d+ settings differ/).waitFor();
    const facts = compare.getByRole("table", { name: "What they come to" });
    expect(await facts.getByRole("row", { name: /^ratio level/ }).innerText()).toMatch(
      /sequence[\s\S]*loss_mode=gspo[\s\S]*token/,
    );
    expect(await facts.getByRole("row", { name: /^clip band/ }).innerText()).toContain(
      "0.9997 to 1.0004",
    );
  });

  await part(
    "the keyboard chooses a text for B, and the two are the same where they are",
    async () => {
      await compare.getByRole("button", { name: /What B is/ }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("option", { name: "a text" }).waitFor();
      await page.keyboard.press("Home");
      await page.keyboard.press("Enter");
      const second = compare.getByRole("textbox", { name: "Configuration B" });
      await second.focus();
      await page.keyboard.insertText(TRL);
      const facts = compare.getByRole("table", { name: "What they come to" });
      await facts.getByRole("columnheader", { name: "B: TRL" }).waitFor();
      const differing = compare.getByRole("table", { name: "Settings that differ" });
      expect(await differing.innerText()).not.toContain("importance_sampling_level");
      expect(await facts.locator("tr.differs").first().innerText()).toContain(
        "completions per rollout",
      );
    },
  );

  await part("nothing of it is in the way of a screen reader", async () => {
    expect(await seriousViolations(page, "compare", ".exchange")).toEqual([]);
  });
});

test("every form of the export panel can be shown and taken along", async ({ openLive }) => {
  const page = await openLive();
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const panel = page.getByRole("region", { name: "Export", exact: true });
  const picker = panel.getByRole("button", { name: /Launch files and other trainers/ });
  for (const [choice, file, holds] of [
    ["accelerate, DeepSpeed ZeRO-3", "accelerate-zero3.yaml", "zero_stage: 3"],
    ["verl, Hydra overrides (Megatron)", "-verl-megatron.sh", "model_engine=megatron"],
    ["NeMo RL, YAML", "-nemo-rl.yaml", "num_prompts_per_step"],
  ] as const) {
    await picker.click();
    await page.getByRole("option", { name: choice }).click();
    await panel.locator(".exchange-text", { hasText: holds }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      panel.getByRole("button", { name: /^Download/ }).click(),
    ]);
    expect(download.suggestedFilename()).toContain(file);
  }
  await panel.getByRole("radio", { name: "YAML", exact: true }).click();
  await panel.locator(".exchange-text", { hasText: "# Ratioscope: ?" }).waitFor();
});
