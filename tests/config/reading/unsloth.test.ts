import { describe, expect, test } from "vitest";
import { findings } from "../../../src/config/findings/findings.ts";
import { idsOf, paste } from "./support.ts";

describe("Unsloth is known by", () => {
  test.each([
    ["its import", "import unsloth\nGRPOConfig(beta=0)", "it imports unsloth"],
    ["a name", "PatchFastRL('GRPO', FastModel)\nGRPOConfig(beta=0)", "it names PatchFastRL"],
    ["its class", "UnslothGRPOConfig(beta=0)", "it calls UnslothGRPOConfig"],
    ["its field", "GRPOConfig(beta=0, vllm_sampling_params=v)", "it sets vllm_sampling_params"],
    [
      "its field in YAML",
      "num_generations: 4\nunsloth_num_chunks: 2",
      "it sets unsloth_num_chunks",
    ],
  ])("%s", (_, text, says) => {
    const read = paste(text);
    expect(read.defaults).toBe("unsloth");
    expect(read.notes[0]).toContain(`This is Unsloth's: ${says}`);
  });

  test("not by a comment", () => {
    expect(
      paste("# unlike from unsloth import FastLanguageModel\nGRPOConfig(beta=0)").defaults,
    ).toBe("trl");
  });
});

const unsloth = (settings: string) => paste(`import unsloth\nargs = GRPOConfig(${settings})`);

describe("what it rewrites", () => {
  test("the batch size becomes num_generations where groups would not be whole", () => {
    const read = unsloth(
      "per_device_train_batch_size=1, gradient_accumulation_steps=1, num_generations=4",
    );
    expect(read.run.grpo.per_device_train_batch_size).toBe(4);
    expect(read.settled[0]).toMatchObject({ used: 4, note: "Unsloth makes it 4." });
    expect(read.notes).toContain(
      "Unsloth sets per_device_train_batch_size to num_generations (4): 1 × 1 is not divisible by it.",
    );
    expect(findings(read.run, read.known).filter(({ severity }) => severity === "error")).toEqual(
      [],
    );
    const whole = unsloth(
      "per_device_train_batch_size=2, gradient_accumulation_steps=4, num_generations=8",
    );
    expect(whole.run.grpo.per_device_train_batch_size).toBe(2);
  });

  test("dapo overwrites two fields, whatever the text has", () => {
    const read = unsloth('loss_type="dapo", epsilon_high=4e-4');
    expect(read.run.grpo).toMatchObject({ epsilon_high: 0.28, mask_truncated_completions: true });
    expect(read.notes.join()).toContain("epsilon_high to 0.28");
    expect(idsOf(read)).not.toContain("unsloth-rewrites-dapo");
    expect(paste('GRPOConfig(loss_type="dapo", epsilon_high=4e-4)').run.grpo.epsilon_high).toBe(
      4e-4,
    );
  });

  test("dr_grpo turns True off, and keeps the standard deviation with group", () => {
    expect(unsloth('loss_type="dr_grpo", scale_rewards=True').run.grpo.scale_rewards).toBe("none");
    const kept = unsloth('loss_type="dr_grpo"');
    expect(kept.run.grpo.scale_rewards).toBe("group");
    expect(kept.notes.join()).toContain("division by the standard deviation");
    expect(idsOf(kept)).toContain("dr-grpo-with-scaling");
  });

  test("what it would rewrite is not known where it depends on what was not read", () => {
    const sizes = unsloth("num_generations=g, per_device_train_batch_size=1");
    expect(sizes.known.unread).toContain("per_device_train_batch_size");
    const loss = unsloth("loss_type=l, epsilon_high=4e-4");
    expect([...loss.known.unread]).toEqual(expect.arrayContaining(["epsilon_high", "loss_type"]));
    expect(loss.notes.join()).toContain(
      "Unsloth may overwrite epsilon_high and mask_truncated_completions",
    );
    expect(unsloth('loss_type="dapo", epsilon_high=e').known.unread).not.toContain("epsilon_high");
  });
});
