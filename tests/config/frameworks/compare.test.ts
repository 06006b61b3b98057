import { describe, expect, test } from "vitest";
import { compare, type Compared } from "../../../src/config/frameworks/compare.ts";
import { sideOfPaste, sideOfRun } from "../../../src/config/frameworks/compare-sides.ts";
import { readAny } from "../../../src/config/frameworks/read-any.ts";
import { targets, writeFor } from "../../../src/config/frameworks/targets.ts";
import { valuesOf } from "../../../src/config/frameworks/values.ts";
import { runFrom } from "../../../src/config/run-from.ts";

const base = runFrom();

function sideOf(text: string) {
  const paste = readAny(text, { base });
  if ("problem" in paste) throw new Error(paste.problem);
  return sideOfPaste(paste);
}

const compared = (one: string, other: string) => compare(sideOf(one), sideOf(other));
const row = ({ facts, rows }: Compared, name: string) => {
  const found = [...facts, ...rows].find((each) => each.name === name);
  if (!found) throw new Error(`there is no row ${name}`);
  return found;
};
const values = (of: Compared, name: string) => row(of, name).cells.map(({ value }) => value);

const VERL = `python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo \\
  data.train_batch_size=512 actor_rollout_ref.rollout.n=16 \\
  actor_rollout_ref.actor.ppo_mini_batch_size=128 \\
  actor_rollout_ref.actor.policy_loss.loss_mode=gspo \\
  actor_rollout_ref.actor.loss_agg_mode=seq-mean-token-mean \\
  actor_rollout_ref.actor.clip_ratio_low=3e-4 actor_rollout_ref.actor.clip_ratio_high=4e-4 \\
  algorithm.filter_groups.enable=True actor_rollout_ref.actor.optim.lr=1e-6`;
const TRL = `# accelerate launch --num_processes 8 t.py
GRPOConfig(num_generations=16, per_device_train_batch_size=8, gradient_accumulation_steps=32,
  steps_per_generation=128, importance_sampling_level="sequence", loss_type="grpo",
  epsilon=3e-4, epsilon_high=4e-4, learning_rate=1e-6, lr_scheduler_type="constant",
  weight_decay=0.01, bf16=False)`;

describe("two configurations by what they mean", () => {
  const both = compared(VERL, TRL);

  test("what they come to is the same, whatever their units and their cut", () => {
    expect(values(both, "completions per rollout")).toEqual([
      "8,192: 512 prompts × 16",
      "8,192: 512 prompts × 16",
    ]);
    expect(values(both, "completions per update")).toEqual(["2,048", "2,048"]);
    expect(values(both, "updates per rollout")).toEqual(["4", "4"]);
    expect(values(both, "on-policy")).toEqual(Array(2).fill("no, after a rollout's first update"));
    expect(values(both, "ratio level")).toEqual(["sequence", "sequence"]);
    expect(values(both, "clip band")).toEqual(["0.9997 to 1.0004", "0.9997 to 1.0004"]);
    expect(values(both, "aggregation")).toEqual(
      Array(2).fill("mean of each row, then of the rows (grpo)"),
    );
    expect(both.facts.filter(({ differs }) => differs)).toEqual([]);
  });

  test("each side has its own words, its line and how near they are", () => {
    const [verl, trl] = row(both, "epsilon").cells;
    expect(verl).toMatchObject({ mark: "exact", line: 6 });
    expect(verl.words).toContain("clip_ratio_low=3e-4");
    expect(trl).toMatchObject({ words: "epsilon=3e-4", line: 4, mark: "exact" });
    const entropy = "actor_rollout_ref.actor.entropy_coeff=0.01";
    const [near] = row(compared(`${VERL} ${entropy}`, TRL), "entropy_coef").cells;
    expect(near).toMatchObject({ mark: "near", line: 7 });
    expect(row(both, "weight_decay").cells[0]).toMatchObject({ mark: "exact", line: null });
    expect(row(both, "completions per rollout").cells[0].words).toContain("train_batch_size=512");
  });

  test("what differs is first, and what TRL has nothing for is a row of its own", () => {
    const differing = both.rows.filter(({ differs }) => differs);
    expect(both.rows.slice(0, differing.length)).toEqual(differing);
    const own = row(both, "algorithm.filter_groups.enable");
    expect(own.differs).toBe(true);
    expect(own.cells[0]).toMatchObject({ mark: "none" });
    expect(own.cells[1]).toMatchObject({ value: "–", words: "" });
    expect(differing.map(({ name }) => name)).not.toContain("epsilon_high");
  });

  test("one update on the whole rollout is on-policy; two passes over it are not", () => {
    const sizes = "num_generations=4, per_device_train_batch_size=8";
    const of = (more: string) =>
      values(compared(`GRPOConfig(${sizes}${more})`, TRL), "on-policy")[0];
    expect(of("")).toBe("yes: every ratio is 1");
    expect(of(", num_iterations=2")).toBe("no, after a rollout's first update");
    expect(of(", steps_per_generation=1, gradient_accumulation_steps=2")).toBe(
      "yes: every ratio is 1",
    );
  });

  test("the band of another loss is said as what it is", () => {
    const of = (more: string) =>
      values(compared(`GRPOConfig(num_generations=4, ${more})`, TRL), "clip band")[0];
    expect(of("epsilon=0.2, delta=3")).toBe("0.8 to 1.2, and 3 where the advantage is negative");
    expect(of('loss_type="cispo", epsilon_high=5')).toBe("none below, capped at 5");
    expect(of('loss_type="sapo"')).toBe("none: sapo weighs ratios softly");
  });

  test("what is not known is the same as nothing", () => {
    const unknown = "GRPOConfig(num_generations=4, beta=cfg.beta, per_device_train_batch_size=n)";
    const twice = compared(unknown, unknown);
    expect(values(twice, "beta")).toEqual(["not known", "not known"]);
    expect(row(twice, "beta")).toMatchObject({ differs: true, cells: [{ mark: "none" }, {}] });
    expect(values(twice, "completions per rollout")).toEqual(["not known", "not known"]);
    expect(row(twice, "epsilon").differs).toBe(false);
  });
});

test.each(Object.keys(targets))(
  "a run against itself, written as %s: what differs is marked or explained",
  (name) => {
    const run = runFrom("sort");
    const [arm] = run.arms;
    const values = valuesOf({ ...run, arms: [arm!] });
    const written = writeFor(name, values, { name: "x", told: [] });
    const inexact = new Set(written?.differences.map(({ field }) => field));
    const { rows, facts } = compare(sideOfRun(run, arm!), sideOf(written?.text ?? ""));
    const strange = rows.filter(
      ({ name: field, differs, cells }) =>
        differs &&
        // A policy without a mixture has no router, and without KL nothing corrects it.
        Object.hasOwn(values, field) &&
        field !== "use_bias_correction_kl" &&
        !inexact.has(field) &&
        cells.every(({ mark }) => mark === "exact"),
    );
    expect(
      strange.map(({ name: field, cells }) => [field, ...cells.map(({ value }) => value)]),
    ).toEqual([]);
    for (const fact of ["completions per rollout", "updates per rollout", "on-policy"]) {
      expect(facts.find((each) => each.name === fact)).toMatchObject({ differs: false });
    }
  },
);
