import { describe, expect, test } from "vitest";
import { presets } from "../../../src/config/presets.ts";
import { currentNames } from "../../../src/config/python/current-names.ts";
import { exportArm, fileName, forms, type Form } from "../../../src/config/python/export.ts";
import { readPaste, type Paste } from "../../../src/config/python/paste.ts";
import { getField, setField } from "../../../src/config/run-fields.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { fields, trlDefaults } from "../../../src/config/schema.ts";
import { armConfig, type ArmConfig, type RunConfig } from "../../../src/config/types.ts";
import { task } from "../../../src/engine/tasks/registry.ts";
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
  const config = currentNames(armConfig(run, arm));
  const own = JSON.stringify(task(run.task).rewardWeights);
  const weights = JSON.stringify(config.reward_weights) === own ? null : config.reward_weights;
  const current = { ...run, grpo: { ...config, reward_weights: weights }, arms: [] };
  return Object.fromEntries(fields.map(({ name }) => [name, getField(current, name)]));
}

function expectIdentity(run: RunConfig, arm: ArmConfig, form: Form): void {
  const back = comeBack(run, arm, form);
  expect(back.notes).toEqual([]);
  expect(back.settled.filter(({ outcome }) => !["applied", "kept"].includes(outcome))).toEqual([]);
  const [returned] = back.run.arms;
  expect(returned && facts(back.run, returned)).toEqual(facts(run, arm));
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
