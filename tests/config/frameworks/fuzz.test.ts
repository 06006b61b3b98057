import { expect, test } from "vitest";
import { askedFor } from "../../../src/config/frameworks/asked-for.ts";
import { compare } from "../../../src/config/frameworks/compare.ts";
import { sideOfPaste } from "../../../src/config/frameworks/compare-sides.ts";
import { foreignFindings } from "../../../src/config/frameworks/foreign.ts";
import { readAny } from "../../../src/config/frameworks/read-any.ts";
import { targets, writeFor } from "../../../src/config/frameworks/targets.ts";
import { isForeign, sourceOf, sourceValues } from "../../../src/config/frameworks/values.ts";
import { findings } from "../../../src/config/findings/findings.ts";
import type { Paste } from "../../../src/config/python/paste.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { fc, fuzzRuns, hangWatch } from "../../support/fuzz.ts";
import { expectNothingRan, mutated, notebookOf } from "../../support/mutated-texts.ts";
import { outOfBounds } from "../out-of-bounds.ts";

const base = runFrom("sort");
const unchanged = JSON.stringify(base);

const SHELL = [
  'N=${N:-8}\nARGS=(data.train_batch_size=$((4 * N)) actor_rollout_ref.rollout.n=4)\npython3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo \\\n  "${ARGS[@]}" actor_rollout_ref.actor.ppo_mini_batch_size=8 \\\n  actor_rollout_ref.actor.policy_loss.loss_mode=gspo actor_rollout_ref.actor.clip_ratio_low=3e-4 $MORE',
  "NPROC_PER_NODE=2 swift rlhf --rlhf_type grpo --num_generations 8 --per_device_train_batch_size $B \\\n  --steps_per_generation 4 --beta 0.01 --epsilon_high 4e-4 --loss_type grpo --importance_sampling_level sequence",
  "python3 -m openrlhf.cli.train_ppo_ray --rollout.batch_size 32 --rollout.n_samples_per_prompt 8 \\\n  --train.batch_size 64 --algo.advantage.estimator group_norm --actor.eps_clip_low_high 3e-4 4e-4 --algo.kl.init_coef 0",
  "GRPO_ARGS=(--advantage-estimator gspo --eps-clip 4e-4 --use-kl-loss)\npython train.py --rollout-batch-size 8 --n-samples-per-prompt 8 --global-batch-size 16 ${GRPO_ARGS[@]}",
];
const YAML = [
  "grpo:\n  num_prompts_per_step: 16\n  num_generations_per_prompt: 8\npolicy:\n  train_global_batch_size: 32\nloss_fn: {ratio_clip_min: 0.2, ratio_clip_max: 0.28, reference_policy_kl_penalty: 0.01}",
  "base_model: m\nrl: grpo\nmicro_batch_size: 4\ngradient_accumulation_steps: 2\nlearning_rate: 1.0e-6\ntrl:\n  num_generations: 8\n  beta: 0.0\n  scale_rewards: ${oc.env:S,true}",
  "gconfig:\n  n_samples: 8\ntrain_dataset: {batch_size: 16}\nactor:\n  ppo_n_minibatches: 4\n  eps_clip: 0.4\n  importance_sampling_level: sequence\n  optimizer: {lr: 1.0e-6}",
];
const TOML = [
  '[orchestrator]\nrollouts_per_example = 8\nbatch_size = 64\n[orchestrator.algo]\ntype = "grpo"\n[trainer.loss]\ndppo_mask_low = 0.2\n',
  "num_generations = 8\nepsilon = 3e-4\nbeta = 0.1\n[x]\ny = [1, 2]\n",
];
const CELLS = [
  "!python -m verl.trainer.main_ppo algorithm.adv_estimator=grpo data.train_batch_size=8 actor_rollout_ref.rollout.n={n}",
  "%%bash\nswift rlhf --rlhf_type grpo --num_generations 4 --beta $A",
];
const notebooks = fc
  .tuple(mutated(CELLS, 2), mutated(CELLS, 2))
  .map((cells) => notebookOf(...cells));

/** What is applied is what was told, all of it, and nothing else is said to be known. */
function expectWhole(paste: Paste): void {
  expect(outOfBounds(paste.run)).toEqual([]);
  for (const { outcome, name } of paste.settled) {
    if (outcome === "unread") expect(paste.known.unread, name).toContain(name);
  }
  if (!isForeign(paste)) return;
  const { told, values, hidden } = paste.foreign;
  for (const [field, value] of Object.entries(values)) {
    const last = told.findLast(({ sets }) => Object.hasOwn(sets, field));
    expect(
      told.some(({ sets }) => sets[field] === value || last?.sets[field] === value),
      field,
    ).toBe(true);
    expect(hidden, field).not.toHaveProperty(field);
  }
  for (const field of Object.keys(hidden)) {
    if (field in paste.run.grpo) expect(paste.known.unread, field).toContain(field);
  }
}

const names = Object.keys(targets);
let read = 0;

/** Through everything that the panel and the command do with a text. */
function expectReadSafely([text, to]: readonly [string, number]): void {
  const expectInTime = hangWatch();
  const paste = readAny(text, { base, given: { A: "0.1" } });
  if ("problem" in paste) {
    expectInTime();
    return expectNothingRan();
  }
  read++;
  askedFor(paste, new Set());
  if (isForeign(paste)) foreignFindings(paste);
  else findings(paste.run, paste.known);
  compare(sideOfPaste(paste), sideOfPaste(paste));
  const written = writeFor(
    names[to % names.length] ?? "verl",
    sourceValues(paste),
    sourceOf(paste),
  );
  expectInTime();
  expectNothingRan();
  expectWhole(paste);
  expect(written?.text).not.toMatch(/\bNaN\b|\bundefined\b|\[object/);
}

test.each([
  ["shell", mutated(SHELL), 70],
  ["YAML", mutated(YAML), 60],
  ["TOML", mutated(TOML, 1), 60],
  ["notebooks", notebooks, 60],
] as const)(
  "mutated %s: no crash, no hang, nothing evaluated, nothing half-applied",
  (_, texts, runs) => {
    read = 0;
    const numRuns = fuzzRuns(runs);
    fc.assert(fc.property(fc.tuple(texts, fc.nat(100)), expectReadSafely), { numRuns });
    expect(read).toBeGreaterThan(numRuns / 6);
    expect(JSON.stringify(base)).toBe(unchanged);
  },
);
