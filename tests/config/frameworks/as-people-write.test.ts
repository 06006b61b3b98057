import { describe, expect, test } from "vitest";
import { factsOf } from "../../../src/config/frameworks/compare-facts.ts";
import { sideOfPaste } from "../../../src/config/frameworks/compare-sides.ts";
import { foreignFindings } from "../../../src/config/frameworks/foreign.ts";
import { readAny } from "../../../src/config/frameworks/read-any.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { facts, read, told } from "./support.ts";

const ids = (text: string): string[] => foreignFindings(read(text)).map(({ id }) => id);
const command = (...words: string[]): string => words.join(" \\\n  ");
const main = "python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo";

function own(text: string) {
  const paste = readAny(text, { base: runFrom() });
  if ("problem" in paste) throw new Error(paste.problem);
  return paste;
}

describe("verl, and copies of it", () => {
  test("n_agent multiplies the group, and mini-batches then count completions", () => {
    const text = command(
      main,
      "data.train_batch_size=64",
      "actor_rollout_ref.rollout.n_agent=6",
      "actor_rollout_ref.actor.ppo_mini_batch_size=32",
      "trainer.total_training_steps=10",
    );
    const paste = read(text);
    expect(facts(paste)).toMatchObject({ group: 6, completions: 384, updates: 12 });
    expect(paste.foreign.values.max_steps).toBe(120);
    expect(told(paste, "actor_rollout_ref.rollout.n_agent").mark).toBe("near");
    expect(ids(text)).not.toContain("verl-group-of-one");
    expect(ids(text.replace("=32", "=64"))).not.toContain("verl-on-policy");
  });

  test("one completion per prompt is no group: said, and not handed on", () => {
    const text = command(main, "data.train_batch_size=8", "actor_rollout_ref.rollout.n=1");
    const paste = read(text);
    expect(told(paste, "actor_rollout_ref.rollout.n")).toMatchObject({ mark: "none", sets: {} });
    expect(paste.foreign.values.num_generations).toBeUndefined();
    expect(ids(text)).toContain("verl-group-of-one");
    expect(ids(text.replace("n=1", "n=2"))).not.toContain("verl-group-of-one");
    expect(ids(text.replace("=grpo", "=rloo"))).not.toContain("verl-group-of-one");
  });

  test("loss_mode stood beside policy_loss before", () => {
    const paste = read(command(main, "actor_rollout_ref.actor.loss_mode=kl_cov"));
    expect(told(paste, "actor_rollout_ref.actor.loss_mode").mark).toBe("none");
    expect(paste.foreign.values.loss_type).toBeUndefined();
    expect(factsOf(sideOfPaste(paste).values)).toMatchObject({
      "ratio level": null,
      aggregation: null,
    });
  });

  test("a setting of the actor or the rollout that verl has not is not known, not harmless", () => {
    const paste = read(
      command(
        main,
        "actor_rollout_ref.actor.my_clip=0.1",
        "actor_rollout_ref.rollout.my_samples=4",
        "actor_rollout_ref.actor.fsdp_config.param_offload=True",
        "actor_rollout_ref.rollout.val_kwargs.n=1",
        "actor_rollout_ref.rollout.tensor_model_parallel_size=2",
      ),
    );
    const marks = Object.fromEntries(paste.foreign.told.map(({ key, mark }) => [key, mark]));
    expect(marks).toMatchObject({
      "actor_rollout_ref.actor.my_clip": "none",
      "actor_rollout_ref.rollout.my_samples": "none",
      "actor_rollout_ref.actor.fsdp_config.param_offload": "elsewhere",
      "actor_rollout_ref.rollout.val_kwargs.n": "elsewhere",
      "actor_rollout_ref.rollout.tensor_model_parallel_size": "elsewhere",
    });
  });

  test("a loop over the script's own arguments is not gone through, which is said", () => {
    const paste = read(`PROMPTS=32
GROUP=4
while [[ "$#" -gt 0 ]]; do
  case "$1" in
    --prompts) PROMPTS="$2"; shift 2 ;;
    --group) GROUP="$2"; shift 2 ;;
    *) exit 1 ;;
  esac
done
${command(
  main,
  "data.train_batch_size=$PROMPTS",
  "actor_rollout_ref.rollout.n=$GROUP",
  "actor_rollout_ref.actor.ppo_mini_batch_size=16",
)}
`);
    expect(facts(paste)).toMatchObject({ group: 4, completions: 128, updates: 2 });
    expect(paste.notes).toContain(
      "$# in line 3 is what the script is handed when it is called: nothing is read for it.",
    );
    // A loop over something else changes what it changes.
    const other = read(`GROUP=4
while read -r line; do GROUP=$((GROUP + 1)); done < sizes
${command(main, "data.train_batch_size=8", "actor_rollout_ref.rollout.n=$GROUP")}
`);
    expect(other.foreign.values.num_generations).toBeUndefined();
  });
});

describe("ms-swift", () => {
  const text = (...more: string[]) =>
    command("swift rlhf --rlhf_type grpo --num_generations 8 --beta 0.01", ...more);

  test.each([
    ["--kl_in_reward true", undefined],
    ["--advantage_estimator reinforce_plus_plus", undefined],
    ["--advantage_estimator rloo", undefined],
    ["--advantage_estimator rloo --kl_in_reward false", 0.01],
    ["--advantage_estimator rloo --scale_rewards gdpo", 0.01],
    ["--kl_in_reward false", 0.01],
    ["", 0.01],
  ])("KL in the rewards is none in the loss: %s", (flags, beta) => {
    const paste = read(text(flags));
    expect(paste.foreign.values.beta).toBe(beta);
    expect(paste.foreign.values.kl_clamp).toBe(beta === undefined ? undefined : 10);
    expect(told(paste, "beta").mark).toBe(beta === undefined ? "none" : "exact");
    expect(ids(text(flags)).includes("swift-kl-in-reward")).toBe(beta === undefined);
  });
});

describe("Axolotl", () => {
  test("arguments of the schedule are one setting", () => {
    const text = `base_model: a
rl: grpo
trl:
  num_generations: 4
max_steps: 100
micro_batch_size: 8
lr_scheduler: warmup_stable_decay
lr_scheduler_kwargs:
  num_stable_steps: 60
  num_decay_steps: 30
`;
    expect(read(text).foreign.values.lr_scheduler_kwargs).toEqual({
      num_stable_steps: 60,
      num_decay_steps: 30,
    });
    expect(ids(text)).not.toContain("schedule-arguments");
    expect(ids(text.replace("  num_decay_steps: 30\n", ""))).toContain("schedule-arguments");
  });
});

describe("NeMo RL", () => {
  const text = `defaults: grpo_math_1B.yaml
grpo:
  num_prompts_per_step: 24
  num_generations_per_prompt: 8
policy:
  train_global_batch_size: \${mul:\${grpo.num_prompts_per_step}, 4}
data:
  num_processes: 512
`;

  test("what OmegaConf computes of two values", () => {
    expect(facts(read(text))).toMatchObject({ completions: 192, updates: 2 });
    expect(facts(read(text.replace("mul:", "div:")))).toMatchObject({ updates: 32 });
    const unknown = read(text.replace("grpo.num_prompts_per_step}", "grpo.not_here}"));
    expect(unknown.foreign.values.gradient_accumulation_steps).toBeUndefined();
    expect(told(unknown, "policy.train_global_batch_size").says).toContain("grpo.not_here");
  });

  test("KL in the rewards is none in the loss; grpo takes it nowhere", () => {
    const on = `${text}loss_fn:\n  reference_policy_kl_penalty: 0.2\n  use_kl_in_reward: true\n`;
    expect(read(on.replace("use_kl_in_reward: true", "")).foreign.values.beta).toBe(0.2);
    expect(read(on).foreign.values).toMatchObject({ beta: 0, use_bias_correction_kl: false });
    expect(told(read(on), "loss_fn.use_kl_in_reward").mark).toBe("none");
    const other = on.replace("grpo:", "grpo:\n  adv_estimator: {name: reinforce_plus_plus}");
    expect(read(other).foreign.values.beta).toBeUndefined();
  });

  test("what no setting changes holds whatever another file sets", () => {
    const other = text.replace("grpo_math_1B.yaml", "mine.yaml").replace("}, 4}", "}, 8}");
    expect(read(other).foreign.values.importance_sampling_level).toBeUndefined();
    expect(factsOf(sideOfPaste(read(other)).values)).toMatchObject({
      "updates per rollout": "1",
      "on-policy": "yes: every ratio is 1",
      "ratio level": null,
    });
  });

  test("processes of its data are none of its training", () => {
    expect(read(text).foreign.told.map(({ key }) => key)).not.toContain("num_processes");
    expect(told(read(text), "data.num_processes").mark).toBe("elsewhere");
  });
});

describe("slime", () => {
  const text = (...more: string[]) =>
    command("python3 train.py --rollout-batch-size 8 --n-samples-per-prompt 4", ...more);

  test.each([
    ["--disable-rewards-normalization", "scale_rewards"],
    ["--custom-reward-post-process-path mine.rewards", "scale_rewards"],
    ["--custom-advantage-function-path mine.advantages", "scale_rewards"],
    ["--loss-type custom_loss", "loss_type"],
    ["--custom-pg-loss-reducer-function-path mine.mean", "loss_type"],
  ])("%s takes the place of what TRL has", (flags, field) => {
    const whole = "--global-batch-size 16";
    expect(read(text(whole)).foreign.values[field]).toBeDefined();
    const paste = read(text(whole, flags));
    expect(paste.foreign.values[field]).toBeUndefined();
    expect(told(paste, flags.slice(2).split(" ")[0] ?? "").mark).toBe("none");
  });

  test("a group of one", () => {
    const paste = read(text("--global-batch-size 4").replace("prompt 4", "prompt 1"));
    expect(told(paste, "n-samples-per-prompt")).toMatchObject({ mark: "none", sets: {} });
  });
});

test("OpenRLHF: flags of before 0.11 are said to be", () => {
  const text = (flag: string) => `python3 -m openrlhf.cli.train_ppo_ray --${flag} 8`;
  const says = expect.stringContaining("before 0.11") as string;
  expect(read(text("n_samples_per_prompt")).notes).toContainEqual(says);
  expect(read(text("rollout.n_samples_per_prompt")).notes).not.toContainEqual(says);
});

test("AReaL takes KL off the rewards by default, SkyRL either way but not both", () => {
  const areal = "actor:\n  kl_ctl: 0.0\n  ppo_n_minibatches: 4\ngconfig:\n  n_samples: 4\n";
  expect(ids(areal)).not.toContain("areal-kl-in-reward");
  const found = (text: string) =>
    foreignFindings(read(text)).find(({ id }) => id === "areal-kl-in-reward")?.message;
  expect(found(areal.replace("  kl_ctl: 0.0\n", ""))).toBe(
    "0.1 × KL is taken off the rewards: AReaL's default.",
  );
  expect(found(areal.replace("0.0", "0.2"))).toBe("0.2 × KL is taken off the rewards.");
  const skyrl =
    "python -m skyrl_train.entrypoints.main_base trainer.algorithm.use_kl_in_reward=true";
  expect(ids(skyrl)).toContain("skyrl-kl-twice");
  expect(ids(`${skyrl} trainer.algorithm.use_kl_loss=false`)).not.toContain("skyrl-kl-twice");
  expect(ids(skyrl.replace("=true", "=false"))).not.toContain("skyrl-kl-twice");
});

test("AReaL: a file of its first releases leaves its defaults open", () => {
  const text = `actor:
  eps_clip: 0.2
  optimizer: {lr: 2.0e-5}
gconfig:
  n_samples: 4
train_dataset:
  batch_size: 8
`;
  expect(read(text).foreign.values.importance_sampling_level).toBe("token");
  const first = read(`${text}exp_ctrl:\n  total_train_epochs: 3\nppo:\n  eps_clip: 0.1\n`);
  expect(first.foreign.values.importance_sampling_level).toBeUndefined();
  expect(first.foreign.values.learning_rate).toBe(2e-5);
  expect(first.notes.join(" ")).toContain("exp_ctrl and ppo");
});

describe("TRL and Unsloth", () => {
  test("a length beyond the page's bounds on a command line is kept for the export", () => {
    const paste = own(
      "accelerate launch train.py --num_generations 4 --loss_type grpo --max_completion_length 16384 --top_k 500000",
    );
    const settled = Object.fromEntries(paste.settled.map((each) => [each.name, each]));
    expect(settled.max_completion_length).toMatchObject({ outcome: "limited", large: 16_384 });
    expect(settled.top_k).toMatchObject({ outcome: "limited", large: 500_000 });
    const refused = own("accelerate launch train.py --num_generations 4 --beta twelve");
    expect(refused.settled.find(({ name }) => name === "beta")?.outcome).toBe("refused");
  });

  test("the cells of a marimo notebook are read as if they stood in one script", () => {
    const text = `import marimo

app = marimo.App()


@app.cell
def _():
    from unsloth import FastLanguageModel
    from trl import GRPOConfig, GRPOTrainer
    return FastLanguageModel, GRPOConfig, GRPOTrainer


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Words about
it.
    """)
    return


@app.cell
def _(GRPOConfig):
    length = 256
    training_args = GRPOConfig(
        per_device_train_batch_size=2,
        gradient_accumulation_steps=3,
        num_generations=2,
        importance_sampling_level="sequence",
        max_completion_length=length,
    )
    return (training_args,)


@app.cell
def _(
    GRPOTrainer,
    training_args,
):
    trainer = GRPOTrainer(model="a", args=training_args)
    trainer.train()
    return (
        trainer,
    )


if __name__ == "__main__":
    app.run()
`;
    const paste = own(text);
    expect(paste.defaults).toBe("unsloth");
    expect(paste.run.grpo).toMatchObject({
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 3,
      num_generations: 2,
      importance_sampling_level: "sequence",
    });
    // Lines are those of the file.
    expect(paste.settled.find(({ name }) => name === "num_generations")?.line).toBe(28);
    expect([...paste.known.unread]).toEqual([]);
  });

  test("facts do not rest on a size that is not known", () => {
    const text = "from trl import GRPOConfig\nargs = GRPOConfig(num_generations=4, SIZE)\n";
    const of = (size: string) => factsOf(sideOfPaste(own(text.replace("SIZE", size))).values);
    expect(of("steps_per_generation=4")["updates per rollout"]).toBe("4");
    expect(of("generation_batch_size=1")).toMatchObject({
      "completions per rollout": null,
      "updates per rollout": null,
      "on-policy": null,
    });
  });
});
