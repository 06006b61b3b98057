import { describe, expect, test } from "vitest";
import { presets } from "../../../src/config/presets.ts";
import { currentNames } from "../../../src/config/python/current-names.ts";
import { exportRefusals } from "../../../src/config/python/export-refusals.ts";
import type { FieldValue } from "../../../src/config/field.ts";
import {
  exportArm,
  fileName,
  forms,
  leftOut,
  type Form,
} from "../../../src/config/python/export.ts";
import { readPaste, type Paste } from "../../../src/config/python/paste.ts";
import { getField, setField } from "../../../src/config/run-fields.ts";
import { rewriteAsUnsloth } from "../../../src/config/reading/unsloth.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { fields, findField, trlDefaults } from "../../../src/config/schema.ts";
import { lazyPlan } from "../../../src/config/step-plan.ts";
import { armConfig, type ArmConfig, type RunConfig } from "../../../src/config/types.ts";
import { runSchema } from "../../../src/runs/formats/run-schema.ts";
import { task } from "../../../src/tasks/registry.ts";
import { anyRun, valueOf } from "../arbitrary-run.ts";
import { fc } from "../../support/fuzz.ts";

function comeBack(run: RunConfig, arm: ArmConfig, form: Form): Paste {
  const result = readPaste(exportArm(run, arm, form), { base: run });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

/**
 * What one arm runs with, every field by name. A share of warmup is under its present name, and the
 * task's own reward weights are the same written out or left out.
 */
function facts(run: RunConfig, arm: ArmConfig): Record<string, unknown> {
  const own = armConfig(run, arm);
  const config = currentNames(own, lazyPlan(own, run.datasetSize).totalSteps);
  const ofTask = JSON.stringify(task(run.task).rewardWeights);
  const weights = JSON.stringify(config.reward_weights) === ofTask ? null : config.reward_weights;
  const current = { ...run, grpo: { ...config, reward_weights: weights }, arms: [] };
  return Object.fromEntries(fields.map(({ name }) => [name, getField(current, name)]));
}

/** What Unsloth makes of a run before it trains, as it would make it of the export. */
function asUnsloth(run: RunConfig, arm: ArmConfig): RunConfig {
  const own = { ...run, grpo: armConfig(run, arm), arms: [{ name: arm.name, overrides: {} }] };
  const given = { unread: new Set<string>(), scaleRewards: own.grpo.scale_rewards };
  return rewriteAsUnsloth(own, given).run;
}

/** Weights come back as the reader's own functions' where the form does not say whose they are. */
function withWeights(run: RunConfig): RunConfig {
  const kept = run.exportOnly?.reward_weights;
  return Array.isArray(kept) ? setField(run, "reward_weights", kept as number[]) : run;
}

function expectIdentity(run: RunConfig, arm: ArmConfig, form: Form): void {
  const back = comeBack(run, arm, form);
  expect(back.settled.filter(({ outcome }) => !["applied", "kept"].includes(outcome))).toEqual([]);
  expect([...back.known.unread]).toEqual([]);
  const [returned] = back.run.arms;
  const unsloth = back.defaults === "unsloth";
  const left = form === "json" ? asJSON(run) : run;
  const expected = unsloth ? asUnsloth(left, arm) : left;
  const read = form === "json" ? withWeights(back.run) : back.run;
  expect(returned && facts(read, returned)).toEqual(
    facts(expected, unsloth ? expected.arms[0]! : left.arms.find(({ name }) => name === arm.name)!),
  );
  if (!unsloth) expect(back.notes).toEqual([]);
}

/** JSON has no comments: no note of what was added to load it, no launch, no fields that TRL dropped. */
function asJSON(run: RunConfig): RunConfig {
  const kept = Object.entries(run.exportOnly ?? {}).filter(([name]) => !findField(name)?.removed);
  const precise = kept.some(([name]) => name === "bf16" || name === "fp16");
  const has = (name: string) => !findField(name)?.removed && !findField(name)?.launched;
  const taken = <T extends object>(from: T) =>
    Object.fromEntries(Object.entries(from).filter(([name]) => has(name))) as T;
  return {
    ...run,
    grpo: taken(run.grpo),
    arms: run.arms.map(({ name, overrides }) => ({ name, overrides: taken(overrides) })),
    exportOnly: { ...Object.fromEntries(kept), ...(precise ? {} : { bf16: false }) },
  };
}

describe.each(forms)("what leaves the page as %s comes back", (form) => {
  test.each(presets)("$id", ({ run }) => {
    for (const arm of run.arms) expectIdentity(run, arm, form);
  });

  test("each field on its own", () => {
    const sort = runFrom("sort");
    for (const { name, type } of fields) {
      const property = fc.property(valueOf(type), (value) => {
        const run = setField(sort, name, value);
        expectIdentity(run, run.arms[0]!, form);
      });
      fc.assert(property, { numRuns: 1 });
    }
  });

  test("any run, arm by arm", () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        for (const arm of run.arms) expectIdentity(run, arm, form);
      }),
      { numRuns: 20 },
    );
  });
});

test("a script read on another page brings its task and policy along", () => {
  const run = setField(runFrom("count"), "width", 64);
  const [arm] = run.arms;
  const result = arm && readPaste(exportArm(run, arm, "trl"), { base: runFrom("sort") });
  expect(result).toMatchObject({
    run: { task: "count", policy: { width: 64 }, warmStart: "count" },
  });
});

describe("the script of a picture task", () => {
  const run = runFrom("count-dots");
  const script = (form: "trl" | "unsloth", of: RunConfig = run) => exportArm(of, of.arms[0]!, form);
  const FROZEN = "model.model.vision_tower.requires_grad_(False)";

  test("hands TRL pictures as messages have them, and the policy's processor", () => {
    const lines = script("trl").split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "from PIL import Image",
        "from transformers import AutoModelForImageTextToText, AutoProcessor",
        '    content = [{"type": "image"}, {"type": "text", "text": "="}]',
        '        "image": Image.frombytes("RGB", (SIZE, SIZE), pixels(rows)),',
        "    [example(draw(draws)) for _ in range(16384)]",
        "processor = AutoProcessor.from_pretrained(MODEL)",
        "model = AutoModelForImageTextToText.from_pretrained(MODEL)",
        "    processing_class=processor,",
        FROZEN,
      ]),
    );
  });

  test("loads Unsloth's vision model, for as many tokens as a picture and its answer have", () => {
    const text = script("unsloth");
    expect(text).toContain("\nmodel, processor = FastVisionModel.from_pretrained(\n");
    expect(text).toContain("    max_seq_length=17,");
    expect(text).toContain(`\n${FROZEN}\n`);
    expect(text).not.toContain("FastLanguageModel");
  });

  test("trains a tower that the run trains, and one of text has none", () => {
    const vision = { ...run.policy.vision!, frozen: false };
    expect(script("trl", setField(run, "vision", vision as unknown as FieldValue))).not.toContain(
      FROZEN,
    );
    expect(script("trl", runFrom("sort"))).not.toMatch(/vision|Image|picture/);
  });
});

test("without that note the task of the page stays", () => {
  const run = runFrom("count");
  const [arm] = run.arms;
  const result = arm && readPaste(exportArm(run, arm, "json"), { base: runFrom("sort") });
  expect(result).toMatchObject({ run: { task: "sort" } });
});

test("fields in which the defaults of TRL and Unsloth differ are written out", () => {
  const run = runFrom("trl-defaults");
  const [arm] = run.arms;
  const text = arm ? exportArm(run, arm, "config") : "";
  for (const name of ["loss_type", "beta", "learning_rate", "weight_decay", "warmup_steps"]) {
    expect(text).toContain(`    ${name}=`);
  }
  expect(text).toContain(`    loss_type="${trlDefaults.loss_type}",\n`);
});

test("what TRL has no field for is a comment in its call", () => {
  const run = runFrom("unsloth-gspo");
  const [arm] = run.arms;
  if (!arm) throw new Error("no arm");
  expect(exportArm(run, arm, "trl")).toContain("    # max_prompt_length=1024,  # not in TRL");
  expect(exportArm(run, arm, "unsloth")).toContain("    max_prompt_length=1024,\n");
  expect(exportArm(run, arm, "trl")).toContain("    warmup_steps=0.1,");
  expect(exportArm(run, arm, "trl")).not.toContain("warmup_ratio=");
});

test("Routing Replay, which TRL has not, is a comment with its source, and comes back from it", () => {
  const run = runFrom("moe-sort");
  const [token, replayed] = run.arms;
  for (const form of ["trl", "unsloth", "config", "yaml"] as const) {
    const text = exportArm(run, replayed!, form);
    expect(text).toMatch(
      /# router_replay(=|: )"?R2"?,? {2}# ms-swift's router_replay_mode, not TRL's/,
    );
    expect(text).toMatch(/^ *router_aux_loss_coef(=|: )0\.001/m);
    const back = comeBack(run, replayed!, form);
    expect(getField(back.run, "router_replay")).toBe("R2");
    expect(exportArm(run, token!, form)).not.toContain("router_replay_mode");
  }
  expect(exportArm(run, replayed!, "json")).not.toContain("router_replay");
  expect(leftOut(run, replayed!, "json")).toEqual([
    expect.stringMatching(/^router_replay \(R2\) is left out of the JSON: it is ms-swift's/),
  ]);
});

test("a run from before mixtures, which kept router_aux_loss_coef for exports, exports it", () => {
  const run = { ...runFrom("sort"), exportOnly: { router_aux_loss_coef: 0.02 } };
  expect(exportArm(run, run.arms[0]!, "trl")).toContain("    router_aux_loss_coef=0.02,\n");
  expect(runSchema.safeParse(run).success).toBe(true);
});

test("every form for TRL says bf16, without which its constructor raises where no GPU has it", () => {
  const run = runFrom("trl-defaults");
  const [arm] = run.arms;
  const texts = arm ? forms.map((form) => [form, exportArm(run, arm, form)] as const) : [];
  const says = /^\s*"?bf16"?\s*[=:]\s*(False|false)\b/m;
  expect(texts.filter(([, text]) => !says.test(text)).map(([form]) => form)).toEqual(["unsloth"]);
  const half = { ...run, exportOnly: { fp16: true } };
  for (const form of forms) {
    expect(arm && exportArm(half, arm, form)).not.toContain("bf16");
  }
});

test("a field of floats is written as one in every form: torch and transformers refuse ints", () => {
  const set = { adam_beta1: 0, temperature: 3, learning_rate: 5e-7, repetition_penalty: 2 };
  const run = Object.entries(set).reduce(
    (all, [name, value]) => setField(all, name, value),
    setField(setField(runFrom("sort"), "warmup_steps", 3), "num_iterations", 2),
  );
  for (const form of forms) {
    const text = exportArm(run, run.arms[0]!, form);
    const written = (name: string) =>
      new RegExp(`^ *"?${name}"?[=:] ?([^,\\s]*)`, "m").exec(text)?.[1];
    expect(written("adam_beta1"), form).toBe("0.0");
    expect(written("temperature"), form).toBe("3.0");
    expect(written("repetition_penalty"), form).toBe("2.0");
    expect(written("learning_rate"), form).toBe(form === "yaml" ? "5.0e-7" : "5e-7");
    expect(written("warmup_steps"), form).toBe("3");
    expect(written("num_iterations"), form).toBe("2");
  }
});

test("a warmup over the whole run, which is no share below 1, is the run's steps", () => {
  const sort = setField(runFrom("sort"), "warmup_ratio", 1);
  for (const form of forms) {
    const text = exportArm(sort, sort.arms[0]!, form);
    expect(text).not.toMatch(/^ *"?warmup_ratio/m);
    expect(text).toMatch(/^ *"?warmup_steps"?[=:] ?600\b/m);
  }
  const epochs = setField(setField(sort, "max_steps", -1), "num_train_epochs", 0.5);
  expect(exportArm(epochs, epochs.arms[0]!, "trl")).toContain("warmup_steps=4096,");
});

test("JSON leaves out what GRPOConfig has no more, and that is said", () => {
  const run = runFrom("unsloth-gspo");
  const [arm] = run.arms;
  if (!arm) throw new Error("no arm");
  expect(exportArm(run, arm, "json")).not.toContain("max_prompt_length");
  expect(leftOut(run, arm, "json")).toEqual([
    "max_prompt_length (1024) is left out of the JSON: it is not in TRL since 0.28, and GRPOConfig would refuse it.",
  ]);
  expect(forms.filter((form) => leftOut(run, arm, form).length > 0)).toEqual(["json"]);
});

test("a script evaluates on a set of its own where it evaluates at all", () => {
  const at = (run: RunConfig) => exportArm(run, run.arms[0]!, "trl");
  const run = runFrom("sort");
  expect(at(run)).not.toContain("eval_dataset");
  expect(at(setField(run, "eval_strategy", "steps"))).toContain("eval_dataset=eval_dataset,");
  expect(at(setField(run, "eval_on_start", true))).toContain("eval_dataset=eval_dataset,");
});

describe("what TRL refuses is refused before it is written", () => {
  const PLATEAU = {
    lr_scheduler_type: "reduce_lr_on_plateau",
    eval_strategy: "steps",
    per_device_eval_batch_size: 16,
  };
  const FLOOR = { lr_scheduler_type: "cosine_with_min_lr", lr_scheduler_kwargs: { min_lr: 1e-5 } };
  const PER_TOKEN = { importance_sampling_level: "sequence_token" };
  const refused = (set: Readonly<Record<string, FieldValue>>) => {
    const run = Object.entries(set).reduce(
      (all, [name, value]) => setField(all, name, value),
      runFrom("sort", { arms: ["token"] }),
    );
    return exportRefusals(run, run.arms[0]!).map(({ message }) => message);
  };

  test.each<[Readonly<Record<string, FieldValue>>, RegExp]>([
    [{ eval_strategy: "steps", per_device_eval_batch_size: 10 }, /evaluation batch of 10/],
    [{ lr_scheduler_type: "cosine_with_min_lr" }, /needs min_lr or min_lr_rate/],
    [{ lr_scheduler_type: "warmup_stable_decay" }, /needs num_decay_steps/],
    [{ lr_scheduler_type: "reduce_lr_on_plateau" }, /waits for evaluations/],
    [{ auto_find_batch_size: true }, /auto_find_batch_size/],
    [{ fp16: true, bf16: true }, /fp16 and bf16 are both true/],
    [{ fp16_full_eval: true, bf16_full_eval: true }, /fp16_full_eval and bf16_full_eval/],
    [{ log_completions_hub_repo: "me/rows" }, /is me\/rows and log_completions is false/],
    [{ dataloader_prefetch_factor: 2 }, /dataloader_prefetch_factor is 2/],
    [{ load_best_model_at_end: true }, /save_strategy \(steps\) and eval_strategy \(no\)/],
    [{ vllm_importance_sampling_clip_min: 5 }, /clip_min \(5\) is not below .*clip_max \(3\)/],
    [{ use_liger_kernel: true, entropy_coef: 0.01 }, /entropy_coef is 0\.01/],
    [{ use_liger_kernel: true, top_entropy_quantile: 0.2 }, /top_entropy_quantile is 0\.2/],
    [{ dataloader_persistent_workers: true }, /dataloader_num_workers is 0; no worker/],
    [{ save_strategy: "best" }, /metric_for_best_model is None/],
    [{ eval_on_start: true }, /evaluation batch of 8/],
    [{ sync_ref_model: true }, /no reference to sync/],
    [{ lr_scheduler_type: "polynomial", lr_scheduler_kwargs: { lr_end: 1 } }, /lr_end \(1\)/],
    [{ lr_scheduler_type: "polynomial", learning_rate: 1e-7 }, /lr_end \(1e-7, unless/],
    [{ lr_scheduler_type: "polynomial", lr_scheduler_kwargs: { power: -1 } }, /power .* is -1/],
    [{ lr_scheduler_type: "polynomial", warmup_ratio: 1 }, /fills all 600 optimizer steps/],
    [{ lr_scheduler_type: "polynomial", warmup_steps: 600 }, /fills all 600 optimizer steps/],
    [{ lr_scheduler_type: "inverse_sqrt", lr_scheduler_kwargs: { timescale: 0 } }, /timescale/],
    [{ ...FLOOR, learning_rate: 0 }, /min_lr \(0\.00001\) becomes a share of learning_rate/],
    [{ ...PLATEAU, lr_scheduler_kwargs: { factor: 1 } }, /factor .* is 1/],
    [{ ...PLATEAU, lr_scheduler_kwargs: { mode: "least" } }, /mode .* is least/],
    [{ ...PLATEAU, lr_scheduler_kwargs: { patience: "two" } }, /patience .* is two/],
    [{ ...PLATEAU, lr_scheduler_kwargs: { verbose: 1 } }, /has verbose, which .* not take/],
    ...["cispo", "sapo", "luspo", "vespo"].map(
      (loss_type): [Readonly<Record<string, FieldValue>>, RegExp] => [
        { ...PER_TOKEN, loss_type },
        new RegExp(`loss_type is ${loss_type}, which TRL's trainer of that level does not have`),
      ],
    ),
    [{ ...PER_TOKEN, entropy_coef: 0.01 }, /entropy_coef is 0\.01, .* leaves out of its loss/],
    [{ ...PER_TOKEN, use_adaptive_entropy: true }, /use_adaptive_entropy is true/],
    [{ ...PER_TOKEN, off_policy_mask_threshold: 0.1 }, /off_policy_mask_threshold is 0\.1/],
    [{ ...PER_TOKEN, beta: 0.1 }, /use_bias_correction_kl is true/],
  ])("%o", (set, message) => {
    expect(refused(set)).toEqual([expect.stringMatching(message)]);
  });

  test("and no more than that: every preset leaves, and what is set as TRL wants it", () => {
    for (const { run } of presets) {
      for (const arm of run.arms) expect(exportRefusals(run, arm)).toEqual([]);
    }
    expect(refused({ fp16: true, use_liger_kernel: true, load_best_model_at_end: false })).toEqual(
      [],
    );
    expect(refused({ dataloader_prefetch_factor: 2, dataloader_num_workers: 1 })).toEqual([]);
    expect(refused({ save_strategy: "best", metric_for_best_model: "reward" })).toEqual([]);
    expect(refused({ eval_on_start: true, num_generations_eval: 8 })).toEqual([]);
    expect(refused({ sync_ref_model: true, beta: 0.1 })).toEqual([]);
    expect(refused({ ...PER_TOKEN, beta: 0.1, use_bias_correction_kl: false })).toEqual([]);
    expect(refused({ ...PLATEAU, lr_scheduler_kwargs: { factor: 0.5, mode: "max" } })).toEqual([]);
    expect(refused({ lr_scheduler_type: "polynomial", warmup_steps: 601 })).toEqual([]);
  });
});

test("YAML writes small numbers so that PyYAML reads numbers", () => {
  const run = setField(runFrom("sort"), "learning_rate", 5e-7);
  const [arm] = run.arms;
  expect(arm && exportArm(run, arm, "yaml")).toContain("learning_rate: 5.0e-7\n");
});

test("files are named after task, arm and form", () => {
  const run = runFrom("sort");
  expect(run.arms.map((arm) => fileName(run, arm, "trl"))).toEqual([
    "sort-token-trl.py",
    "sort-sequence-trl.py",
  ]);
});

test("a qwen2's script opens the folder's tokenizer, and not the one that transformers has for qwen2", () => {
  const run = runFrom("sort");
  const of = (architecture: "qwen2" | "qwen3", form: "trl" | "unsloth") =>
    exportArm({ ...run, policy: { ...run.policy, architecture } }, run.arms[0]!, form);
  for (const form of ["trl", "unsloth"] as const) {
    const text = of("qwen2", form);
    expect(text).toMatch(/^from transformers import .*PreTrainedTokenizerFast$/m);
    expect(text).toMatch(/^tokenizer = PreTrainedTokenizerFast\.from_pretrained\(MODEL\)$/m);
    expect(text).not.toMatch(/AutoTokenizer\./);
    expect(of("qwen3", form)).not.toContain("PreTrainedTokenizerFast");
  }
});
