import { describe, expect, test } from "vitest";
import { tasks } from "../../src/tasks/registry.ts";
import { UserError } from "../../src/base/user-error.ts";
import { checkConfig } from "../../src/config/check.ts";
import { offeredPresets } from "../../src/config/preset-sentences.ts";
import { DEFAULT_PRESET, findPreset, presets } from "../../src/config/presets.ts";
import { getField } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { configSchema, policySchema } from "../../src/config/schema.ts";
import { stepPlan } from "../../src/config/step-plan.ts";
import { armConfig } from "../../src/config/types.ts";

const planOf = (id: string) => {
  const run = runFrom(id);
  return stepPlan(armConfig(run, run.arms[0]!), run.datasetSize);
};

test("every preset has an id of its own, a title and words on what there is to see", () => {
  expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length);
  expect(presets.filter(({ id, run }) => run.preset !== id)).toEqual([]);
  expect(
    offeredPresets.filter(
      ({ title, sentence }) => !/\w/.test(title) || !/^.{30,}\.$/.test(sentence),
    ),
  ).toEqual([]);
});

test("every task of text has a preset of its name, at first difficulty and with its checkpoint", () => {
  for (const { id } of tasks.filter(({ picture }) => !picture)) {
    expect(findPreset(id)?.run).toMatchObject({ task: id, warmStart: id });
  }
});

test.each(presets)("$id can start as it is", ({ run }) => {
  expect(checkConfig(run)).toEqual([]);
  expect(policySchema.parse(run.policy)).toEqual(run.policy);
  for (const arm of run.arms) {
    expect(configSchema.parse(armConfig(run, arm))).toEqual(armConfig(run, arm));
  }
});

test.each(presets)("$id leaves room for the longest right answer", ({ run }) => {
  const task = tasks.find(({ id }) => id === run.task)!;
  expect(run.grpo.max_completion_length).toBeGreaterThanOrEqual(
    task.maxCompletionLength(run.difficulty),
  );
});

test("the default preset has a token and a sequence arm, four optimizer steps per rollout", () => {
  const { run } = findPreset(DEFAULT_PRESET)!;
  expect(run.arms.map((arm) => getField(run, "importance_sampling_level", arm.name))).toEqual([
    "token",
    "sequence",
  ]);
  expect(planOf("sort")).toMatchObject({ optimizerStepsPerGeneration: 4, onPolicy: false });
});

test("TRL's defaults and Unsloth's snippet are on policy; the paper's recipe is not", () => {
  expect(planOf("trl-defaults")).toMatchObject({ onPolicy: true, totalSteps: 600 });
  expect(planOf("unsloth-gspo")).toMatchObject({ onPolicy: true, promptsPerGeneration: 4 });
  expect(planOf("gspo-paper")).toMatchObject({ onPolicy: false, optimizerStepsPerGeneration: 4 });
});

test("Unsloth's snippet keeps its published values", () => {
  expect(armConfig(runFrom("unsloth-gspo"), runFrom("unsloth-gspo").arms[0]!)).toMatchObject({
    per_device_train_batch_size: 8,
    gradient_accumulation_steps: 4,
    learning_rate: 5e-6,
    adam_beta1: 0.9,
    adam_beta2: 0.99,
    weight_decay: 0.1,
    warmup_ratio: 0.1,
    lr_scheduler_type: "cosine",
    optim: "adamw_8bit",
    epsilon: 3e-4,
    epsilon_high: 4e-4,
    num_generations: 8,
    log_completions: false,
    max_grad_norm: 0.1,
    temperature: 0.9,
    num_train_epochs: 2,
    importance_sampling_level: "sequence",
    loss_type: "dr_grpo",
  });
});

test("the same snippet sees pictures as it was published, of a task whose checkpoint there is", () => {
  const [text, seen] = [runFrom("unsloth-gspo"), runFrom("unsloth-vlm")];
  expect(seen.grpo).toEqual(text.grpo);
  expect([seen.arms, seen.datasetSize]).toEqual([text.arms, text.datasetSize]);
  expect(seen.exportOnly).toEqual({ ...text.exportOnly, output_dir: "vlm-grpo-unsloth" });
  const { task, difficulty, policy, warmStart } = runFrom("count-dots");
  expect(seen).toMatchObject({ task, difficulty, policy, warmStart });
});

describe("runFrom", () => {
  test("sets the seed and fields by their text", () => {
    const run = runFrom("sort", {
      seed: 3,
      set: { learning_rate: "1e-3", layers: "3", task: "copy" },
    });
    expect(run.grpo).toMatchObject({ seed: 3, learning_rate: 1e-3 });
    expect(run).toMatchObject({ task: "copy", policy: { layers: 3 } });
  });

  test("a field that is set counts for every arm, an arm's own for that arm", () => {
    const run = runFrom("sort", { set: { "sequence.epsilon": "0.01", epsilon: "0.1" } });
    expect(run.arms.map((arm) => armConfig(run, arm).epsilon)).toEqual([0.1, 0.01]);
  });

  test("picks arms by name and makes them by level", () => {
    const names = (arms: string[]) =>
      runFrom("grpo-classic", { arms }).arms.map(({ name }) => name);
    expect(names(["token"])).toEqual(["token"]);
    expect(names(["sequence", "token"])).toEqual(["sequence", "token"]);
    const run = runFrom("grpo-classic", { arms: ["sequence_token"] });
    expect(armConfig(run, run.arms[0]!).importance_sampling_level).toBe("sequence_token");
  });

  test.each([
    [() => runFrom("srot"), 'There is no preset named "srot".', /the nearest is sort/],
    [
      () => runFrom("sort", { set: { epslion: "1" } }),
      'There is no field named "epslion".',
      /epsilon/,
    ],
    [() => runFrom("sort", { set: { "a.beta": "1" } }), 'The run has no arm named "a".', /token/],
    [
      () => runFrom("sort", { set: { "token.layers": "1" } }),
      "layers is the same in all arms.",
      /token/,
    ],
    [
      () => runFrom("sort", { arms: ["tok"] }),
      'There is no arm and no level named "tok".',
      /token/,
    ],
    [() => runFrom("sort", { arms: ["token", "token"] }), "Arms need names of their own.", /once/],
    [
      () => runFrom("sort", { seed: -1 }),
      /^seed takes a whole number from 0 to \d+; "-1" is not\.$/,
      /./,
    ],
  ])("refuses what it cannot take: case %#", (make, message, remedy) => {
    let caught: unknown;
    try {
      make();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UserError);
    expect(caught).toMatchObject({
      message: typeof message === "string" ? message : expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
  });
});
