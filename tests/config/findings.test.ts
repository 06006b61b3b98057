import { describe, expect, test } from "vitest";
import { checkConfig } from "../../src/config/check.ts";
import { findings, rules } from "../../src/config/findings/findings.ts";
import { presets } from "../../src/config/presets.ts";
import { applyPatch } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { field } from "../../src/config/schema.ts";
import { learningRate } from "../../src/config/schedules.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { anyRun } from "./arbitrary-run.ts";
import { fc } from "../support/fuzz.ts";

const one = (set: Record<string, string>, level = "token") =>
  runFrom("sort", { arms: [level], set });
/** With evaluations, so that reduce_lr_on_plateau can start. */
const plateau = (set: Record<string, string>) =>
  one({
    lr_scheduler_type: "reduce_lr_on_plateau",
    eval_strategy: "steps",
    num_generations_eval: "8",
    ...set,
  });
const ids = (run: RunConfig) => findings(run).map(({ id }) => id);

/** Of the same task, with a mixture of experts. */
const mixed = (set: Record<string, string> = {}, level = "token") =>
  runFrom("moe-sort", { arms: [level], set });

// Each finding: a run that has it, and one a step away that has not.
const cases: Record<string, [has: RunConfig, hasNot: RunConfig]> = {
  "ratio-always-one": [
    one({ steps_per_generation: "1", num_iterations: "1" }),
    one({ steps_per_generation: "1", num_iterations: "2" }),
  ],
  "sequence-never-clips": [one({ epsilon: "0.2" }, "sequence"), one({ epsilon: "0.2" })],
  "token-clips-nearly-all": [one({ epsilon: "3e-4" }), one({ epsilon: "3e-4" }, "sequence")],
  "paper-epsilon-on-toy": [
    one({ epsilon: "3e-4" }, "sequence"),
    one({ epsilon: "3e-4", learning_rate: "1e-6" }, "sequence"),
  ],
  "delta-below-clip": [one({ delta: "1.2" }), one({ delta: "1.3" })],
  "sequence-weighs-by-length": [
    one({ loss_type: "dr_grpo" }, "sequence"),
    one({ loss_type: "dr_grpo" }),
  ],
  "dr-grpo-with-scaling": [
    one({ loss_type: "dr_grpo" }),
    one({ loss_type: "dr_grpo", scale_rewards: "none" }),
  ],
  "cispo-cap-below-one": [
    one({ loss_type: "cispo" }),
    one({ loss_type: "cispo", epsilon_high: "5" }),
  ],
  "mask-truncated-with-kl": [
    one({ mask_truncated_completions: "true", beta: "0.1" }),
    one({ mask_truncated_completions: "true" }),
  ],
  "sequence-corrected-kl": [one({ beta: "0.1" }, "sequence"), one({ beta: "0.1" })],
  "replay-without-mixture": [one({ router_replay: "R2" }), mixed({ router_replay: "R2" })],
  "replay-of-same-sampler": [mixed({ router_replay: "R3" }), mixed({ router_replay: "R2" })],
  "token-without-replay": [mixed(), mixed({ router_replay: "R2" })],
  "load-not-balanced": [mixed({ router_aux_loss_coef: "0" }), mixed()],
  "first-step-is-zero": [
    one({ warmup_steps: "2", lr_scheduler_type: "linear" }),
    one({ lr_scheduler_type: "linear" }),
  ],
  "warmup-beyond-run": [
    one({ warmup_steps: "600", lr_scheduler_type: "linear" }),
    one({ warmup_steps: "599", lr_scheduler_type: "linear" }),
  ],
  "constant-ignores-warmup": [one({ warmup_ratio: "0.1" }), one({})],
  "plateau-watches-the-loss": [plateau({}), plateau({ metric_for_best_model: "entropy" })],
  "plateau-minimises-a-reward": [
    plateau({ metric_for_best_model: "rewards/exact/mean" }),
    plateau({ metric_for_best_model: "reward", lr_scheduler_kwargs: '{"mode": "max"}' }),
  ],
  "gradient-clip-under-adam": [
    one({ max_grad_norm: "0.1" }),
    one({ max_grad_norm: "0.1", optim: "sgd" }),
  ],
  "learning-rate-for-billions": [one({ learning_rate: "1e-6" }), one({ learning_rate: "1e-4" })],
  "pairs-forget-the-gap": [
    one({ num_generations: "2" }),
    one({ num_generations: "2", scale_rewards: "none" }),
  ],
  "misaligned-accumulation": [
    one({ steps_per_generation: "3", gradient_accumulation_steps: "2", num_iterations: "1" }),
    one({ steps_per_generation: "4", gradient_accumulation_steps: "2", num_iterations: "1" }),
  ],
  "processes-in-one": [one({ num_processes: "2" }), one({})],
  "answers-do-not-fit": [one({ max_completion_length: "4" }), one({ max_completion_length: "5" })],
  "filtered-sampling": [one({ top_p: "0.9" }), one({ top_p: "1" })],
  "defaults-differ": [one({}), one({ weight_decay: "0.1", beta: "0.01", warmup_steps: "0.2" })],
  "unsloth-rewrites-dapo": [
    one({ loss_type: "dapo" }),
    one({ loss_type: "dapo", epsilon_high: "0.28", mask_truncated_completions: "true" }),
  ],
};

describe.each(Object.entries(cases))("%s", (id, [has, hasNot]) => {
  test("is found where it is so and not where it is not", () => {
    expect(ids(has)).toContain(id);
    expect(ids(hasNot)).not.toContain(id);
  });

  test("says a fact, a reason and a remedy, each one sentence, about fields that exist", () => {
    const found = findings(has).find((each) => each.id === id)!;
    for (const text of [found.message, found.reason, found.remedy]) {
      expect(text).toMatch(/^[\w"ε].*\.$/);
    }
    expect(found.fields.length).toBeGreaterThan(0);
  });

  test("goes away with its own remedy, and the run can still start", () => {
    const found = findings(has).find((each) => each.id === id)!;
    const repaired = applyPatch(has, found.patch ?? {}, found.arm);
    expect(ids(repaired).includes(id)).toBe(found.patch === null);
    expect(checkConfig(repaired)).toEqual([]);
  });
});

test("every rule has its case here", () => {
  expect(rules).toHaveLength(Object.keys(cases).length);
});

describe("the configurations people start from", () => {
  test("the default preset has nothing to warn of", () => {
    expect(findings(runFrom("sort")).filter(({ severity }) => severity !== "note")).toEqual([]);
  });

  test("Unsloth's snippet: GSPO does nothing, and what else is in it", () => {
    expect(ids(runFrom("unsloth-gspo"))).toEqual([
      "ratio-always-one",
      "sequence-weighs-by-length",
      "dr-grpo-with-scaling",
      "sequence-corrected-kl",
      "first-step-is-zero",
      "gradient-clip-under-adam",
      "learning-rate-for-billions",
    ]);
    expect(findings(runFrom("unsloth-gspo"))[0]).toMatchObject({
      severity: "warning",
      message:
        'Every ratio is exactly 1, so importance_sampling_level="sequence" changes nothing and ε clips nothing.',
      patch: { steps_per_generation: 16 },
    });
  });

  test("a warmup_ratio that is the whole run is longer than it", () => {
    const ofRatio = (warmup_ratio: string) =>
      ids(one({ warmup_ratio, lr_scheduler_type: "cosine", max_steps: "20" }));
    expect(ofRatio("1")).toContain("warmup-beyond-run");
    expect(ofRatio("0.96")).toContain("warmup-beyond-run");
    expect(ofRatio("0.5")).not.toContain("warmup-beyond-run");
  });

  test("the first step is said to have rate 0 exactly where the schedule begins there", () => {
    const said = (set: Record<string, string>) =>
      ids(one({ warmup_steps: "8", max_steps: "40", ...set })).includes("first-step-is-zero");
    const kwargs: Record<string, Record<string, number>[]> = {
      cosine_with_min_lr: [{ min_lr_rate: 0.1 }],
      cosine_warmup_with_min_lr: [
        { min_lr_rate: 0.1 },
        { min_lr_rate: 0.1, warmup_lr_rate: 0 },
        { min_lr_rate: 0.1, warmup_lr_rate: 0.2 },
      ],
      warmup_stable_decay: [{ num_decay_steps: 8 }, { num_decay_steps: 8, min_lr_ratio: 0.1 }],
    };
    const { type } = field("lr_scheduler_type");
    const names = type.kind === "enum" ? type.values : [];
    const found = names.flatMap((name) =>
      (kwargs[name] ?? [null]).map((its) => {
        if (name === "reduce_lr_on_plateau") {
          return [name, ids(plateau({ warmup_steps: "8" })).includes("first-step-is-zero"), false];
        }
        const set = { lr_scheduler_type: name, lr_scheduler_kwargs: JSON.stringify(its) };
        const { grpo } = one({ ...set, warmup_steps: "8" });
        return [name, said(set), learningRate(grpo, 0, 40) === 0];
      }),
    );
    expect(found.filter(([, is, should]) => is !== should)).toEqual([]);
    expect(found.filter(([, is]) => !is).map(([name]) => name)).toEqual([
      "constant",
      "reduce_lr_on_plateau",
      "cosine_warmup_with_min_lr",
      "cosine_warmup_with_min_lr",
      "warmup_stable_decay",
    ]);
    expect(ids(plateau({ warmup_steps: "8" }))).toContain("constant-ignores-warmup");
  });

  test("a schedule that is at its rate in the warmup's last step has reached it", () => {
    const set = { warmup_steps: "40", max_steps: "40" };
    const kwargs = '{"min_lr_rate": 0.1}';
    const of = (lr_scheduler_type: string) =>
      ids(one({ ...set, lr_scheduler_type, lr_scheduler_kwargs: kwargs }));
    expect(of("cosine_with_min_lr")).toContain("warmup-beyond-run");
    expect(of("cosine_warmup_with_min_lr")).not.toContain("warmup-beyond-run");
  });

  test("one click on its remedy takes Unsloth's snippet off policy", () => {
    const run = applyPatch(runFrom("unsloth-gspo"), findings(runFrom("unsloth-gspo"))[0]!.patch!);
    expect(ids(run)).not.toContain("ratio-always-one");
  });

  test("TRL's defaults: on policy, said as a note of the token arm and a warning of the other", () => {
    expect(
      findings(runFrom("trl-defaults"))
        .filter(({ id }) => id === "ratio-always-one")
        .map(({ arm, severity }) => [arm, severity]),
    ).toEqual([
      ["sequence", "warning"],
      ["token", "note"],
    ]);
  });

  test("the paper's recipe clips most of a toy", () => {
    const found = findings(runFrom("gspo-paper")).filter(({ arm }) => arm === "sequence");
    expect(found.map(({ id }) => id)).toEqual(["paper-epsilon-on-toy"]);
  });

  test.each(presets)("$id has no error", ({ run }) => {
    expect(findings(run).filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

test("what keeps a run from starting comes alone", () => {
  const found = findings(one({ num_generations: "6", epsilon: "3e-4" }));
  expect(found.map(({ severity }) => severity)).toEqual(["error"]);
});

test("any run: the worst first, and remedies keep every value within its bounds", () => {
  const worst = ["error", "warning", "note"];
  const patched = new Set<string>();
  fc.assert(
    fc.property(anyRun, (run) => {
      const found = findings(run);
      const ranks = found.map(({ severity }) => worst.indexOf(severity));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      for (const { patch, arm, id } of found) {
        if (patch === null) continue;
        patched.add(id);
        const left = checkConfig(applyPatch(run, patch, arm));
        expect(left.some((each) => each.id === "out-of-bounds")).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
  expect(patched.size).toBeGreaterThan(5);
});
