import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { main } from "../../src/cli/convert.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "convert-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The one object that a call prints. */
async function convert(
  text: string | Uint8Array,
  ...options: string[]
): Promise<Record<string, unknown>> {
  const file = join(folder, "given");
  await writeFile(file, text);
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    expect(await main([file, ...options])).toBe(0);
    expect(log).toHaveBeenCalledTimes(1);
    return JSON.parse(String(log.mock.calls[0]?.[0])) as Record<string, unknown>;
  } finally {
    log.mockRestore();
  }
}

test("one object: whose, values, what became of each, findings", async () => {
  const text = `GRPOConfig(num_generations=8, beta=cfg.b, optim="paged_adamw_8bit", lr=1)`;
  const { from, values, notes, findings, output } = await convert(text);
  expect(from).toBe("trl");
  expect(values).toEqual({ num_generations: 8, optim: "paged_adamw_8bit" });
  expect(notes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ field: "beta", mark: "none" }),
      expect.objectContaining({ field: "optim", mark: "near" }),
      expect.objectContaining({ field: "lr", mark: "none" }),
    ]),
  );
  expect(findings).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: "ratio-always-one" })]),
  );
  expect(output).toBeNull();
});

test("whose defaults, and the form of the output, can be named", async () => {
  const { from, output } = await convert(
    "GRPOConfig(beta=0.5)",
    "--from",
    "unsloth",
    "--to",
    "yaml",
  );
  expect(from).toBe("unsloth");
  expect(output).toContain("beta: 0.5\n");
});

test.each([
  ['{"name": "x", "dependencies": {}}', [], "package.json"],
  ["GRPOConfig(beta=0.5)", ["--from", "slime2"], "--from is slime2; there are trl, unsloth, verl"],
  ["GRPOConfig(beta=0.5)", ["--to", "slime2"], "--to is slime2; there are trl, yaml, json, verl"],
  ["GRPOConfig(beta=0.5)", ["second"], "There is not one file to read."],
  ["GRPOConfig(beta=0.5)", ["--what"], "Unknown option '--what'."],
])("refuses %s %j", async (text, options, says) => {
  await expect(convert(text, ...options)).rejects.toThrow(says);
});

test("another trainer's configuration, and one written for it", async () => {
  const text = `python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo data.train_batch_size=512 \\
    actor_rollout_ref.actor.ppo_mini_batch_size=128 actor_rollout_ref.rollout.n=16 \\
    actor_rollout_ref.actor.policy_loss.loss_mode=gspo actor_rollout_ref.actor.clip_ratio_low=3e-4`;
  const { from, values, notes, output } = await convert(text, "--to", "trl");
  expect(from).toBe("verl");
  expect(values).toMatchObject({ num_generations: 16, generation_batch_size: 8192 });
  expect(notes).toContainEqual({
    field: "generation_batch_size",
    mark: "exact",
    says: expect.stringContaining("512 prompts × n 16 = generation_batch_size 8,192") as string,
  });
  expect(output).toContain("    generation_batch_size=8192,\n");
  expect(output).toContain('    importance_sampling_level="sequence",\n');
  const back = await convert(String(output), "--to", "verl");
  expect(back.from).toBe("trl");
  expect(back.output).toContain("    data.train_batch_size=512 \\\n");
  expect(back.output).toContain("    actor_rollout_ref.actor.ppo_mini_batch_size=128 \\\n");
});

const nameless = (message: string): string => message.replaceAll(folder, "");

/** What `convert` says of a file of this name. */
async function refusal(name: string, content: string | Uint8Array) {
  const file = join(folder, name);
  await writeFile(file, content);
  return main([file]).then(
    (code) => `converted, ${code}`,
    (error: Error & { remedy?: string }) => nameless(`${error.message} ${error.remedy}`),
  );
}

const TOKENS = '{"config": {"num_generations": 4}}\n{"step": 1, "completion_ids": [[1]]}\n';
const PARQUET = readFileSync(new URL("../fixtures/completions.parquet", import.meta.url));

test.each<[string, string | Uint8Array, string]>([
  [
    "history.csv",
    "step,loss\n1,0.5\n",
    "history.csv is read as a table of metrics: metrics of 1 step; it is not a configuration. Drop it on the page",
  ],
  [
    "completions.parquet",
    PARQUET,
    "completions.parquet is read as a completions table of TRL: 3 completions of 1 step; it",
  ],
  ["log.jsonl", TOKENS, "This is a training log with tokens, not a configuration"],
  [
    "trainer_state.json",
    '{"log_history": [], "max_steps": 8, "num_train_epochs": 1, "logging_steps": 1}',
    "This is a trainer_state.json: the log of a training run, not its configuration.",
  ],
  ["console.txt", "{'loss': 0.1, 'reward': 0.2}\n", "This is a log line that a trainer printed"],
  [
    "model.safetensors",
    Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0, 123, 125),
    "model.safetensors is a checkpoint: the weights of a policy. Import reads it",
  ],
  ["run.zip", Uint8Array.of(0x50, 0x4b, 3, 4), "run.zip is an archive."],
  ["run.ratioscope", Uint8Array.of(0x50, 0x4b, 3, 4), "run.ratioscope is a run of this page."],
  ["log.jsonl.gz", Uint8Array.of(0x1f, 0x8b, 8), "log.jsonl.gz is an archive. Unpack it"],
  ["sft.jsonl", '{"prompt": "a", "completion": "b"}\n', "sft.jsonl is a data set of prompts."],
  [
    "nb.ipynb",
    '{"cells": [], "nbformat": 4}',
    "This is a notebook, and none of its code cells makes a GRPOConfig",
  ],
  ["config.json", '{"model_type": "qwen2"}', "This is a model's config.json"],
  ["empty.yaml", "", "There is no configuration in this text"],
  ["empty.json", "", "empty.json is empty."],
  ["words.txt", "hello", "There is no configuration in this text: no GRPOConfig(…)"],
  ["torn.py", "a\0b", "torn.py is a binary file."],
])("%s is named in the page's sentence", async (name, content, says) => {
  expect(await refusal(name, content)).toContain(says);
});

test("a folder is named as one", async () => {
  await expect(main([folder])).rejects.toThrow(/ is a folder\.$/);
});

test("a configuration in UTF-16, as PowerShell redirects it, is read", async () => {
  const { values } = await convert(
    new Uint8Array(
      Buffer.concat([
        Buffer.from([0xff, 0xfe]),
        Buffer.from("beta: 0.5\nnum_generations: 4", "utf16le"),
      ]),
    ),
  );
  expect(values).toEqual({ beta: 0.5, num_generations: 4 });
});

test("a file that is not there is named", async () => {
  await expect(main([join(folder, "nothing")])).rejects.toThrow("nothing cannot be read (ENOENT).");
});
