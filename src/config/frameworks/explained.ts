import type { PlainValue } from "../python/written.ts";
import { missing } from "./rules.ts";
import type { Framework, Rule } from "./types.ts";

/** Settings that GRPOTrainer has nothing for, each with what it is: said wherever they are set. */
const said = (table: Readonly<Record<string, string>>): Rule[] =>
  Object.entries(table).map(([key, says]) => missing(key, undefined, says, never));

const never = (value: PlainValue | undefined): boolean => value === undefined;

/** prime-rl: no PPO clip, samples that are some steps old, log-ratios against the sampler. */
export const primeRL: Framework = {
  id: "prime-rl",
  name: "prime-rl",
  rules: said({
    "trainer.loss.type":
      "The loss: IPO masks tokens whose probability moved by more than 0.1, DPPO by total variation; neither has a clip on the ratio.",
    "trainer.loss.dppo_mask_low":
      "Masks tokens whose probability fell by more than this: a limit on the probability, not on the ratio.",
    "trainer.loss.dppo_mask_high":
      "Masks tokens whose probability rose by more than this: a limit on the probability, not on the ratio.",
    "trainer.loss.kl_tau":
      "Weight of the squared log-ratio to the sampler, which holds the policy near it; TRL's beta holds it near a reference.",
    "trainer.loss.adv_tau": "Weight of the advantage.",
    "trainer.loss.ratio_type":
      "Whose ratio is taken, a token's or a sequence's, against the sampler's log-probs.",
    "orchestrator.algo.type":
      "The advantages: grpo subtracts the group's mean, max_rl divides by it as well.",
    "orchestrator.batch_size": "Completions per step.",
    "orchestrator.rollouts_per_example": "Completions per prompt: TRL's num_generations.",
    "orchestrator.seq_len": "Tokens of prompt and completion together.",
    "trainer.optim.lr": "The learning rate.",
    max_async_level: "Steps that samples may be old.",
    max_steps: "Steps of the run.",
  }),
  aliases: { "loss.type": "trainer.loss.type" },
  elsewhere: [
    [
      /^(model|inference|ckpt|wandb|log|output_dir|data|env|slurm|bench|clean|seq_len|weight_broadcast|trainer|orchestrator)/,
      "The model, the data and where it runs.",
    ],
  ],
  findings: [
    () => ({
      id: "prime-rl-no-ratio-clip",
      severity: "note",
      message:
        "prime-rl clips no ratio: it masks tokens by how far their probability moved, against the sampler's log-probs.",
      reason: "TRL's fields have no such loss, so nothing of it is loaded.",
      remedy: "To compare with GRPO or GSPO, set up a run of those here.",
      fields: [],
    }),
  ],
};

/** TRL's asynchronous trainer: its ratio is taken against the sampler's log-probs. */
export const asyncGRPO: Framework = {
  id: "async-grpo",
  name: "AsyncGRPOConfig",
  rules: said({
    max_staleness:
      "Weight versions that a completion may be old when it is trained on; GRPOTrainer waits for its samples.",
    token_budget: "Tokens of a batch, in place of rows.",
    max_inflight_tasks: "Completions that are sampled at a time.",
    queue_maxsize: "Completions that may wait.",
    weight_sync_steps: "Optimizer steps between two hand-overs of the weights.",
    heartbeat_stale_after_s: "Seconds until a sampler counts as lost.",
    epsilon:
      "Clips the ratio to the sampler's log-probs, which is not 1 even in the first step; GRPOConfig's is to the recomputed ones.",
    epsilon_high: "Clips the ratio to the sampler's log-probs from above.",
    num_generations: "Completions per prompt.",
    learning_rate: "The learning rate.",
    max_completion_length: "Tokens of a completion.",
    temperature: "Of sampling.",
  }),
  aliases: {},
  elsewhere: [
    [
      /^(output_dir|logging|save|report_to|bf16|run_name|vllm|per_device|gradient|max_steps|num_train|seed|eval)/,
      "Sizes, and what is written down.",
    ],
  ],
  findings: [
    () => ({
      id: "async-grpo-other-trainer",
      severity: "note",
      message: "AsyncGRPOConfig is another trainer than GRPOConfig.",
      reason:
        "It trains on completions of older weights and takes its ratio against the sampler's log-probs: it is not 1 on the first update.",
      remedy:
        "Nothing of it is loaded; set up a run of GRPO here to see what an ideal sampler would give.",
      fields: [],
    }),
  ],
};
