import type { GRPOTable } from "../field.ts";
import { MOST_PROCESSES } from "../processes.ts";

const TRL = "TRL grpo_config.py";
const HF = "transformers training_args.py";

export const steps = {
  per_device_train_batch_size: {
    type: { kind: "int", min: 1, max: 1024 },
    trlDefault: 8,
    unslothDefault: 4,
    help: "Completions (not prompts) in one micro-batch.",
    source: HF,
    effect: "restart",
  },
  gradient_accumulation_steps: {
    type: { kind: "int", min: 1, max: 64 },
    trlDefault: 1,
    unslothDefault: 2,
    help: "Micro-batches whose gradients are summed before one optimizer step.",
    source: HF,
    effect: "restart",
  },
  steps_per_generation: {
    type: { kind: "int", min: 1, max: 256, nullable: true },
    trlDefault: null,
    help: "Micro-batches served from one rollout: above gradient_accumulation_steps, training goes off-policy. None: equal to it.",
    source: TRL,
    effect: "restart",
  },
  generation_batch_size: {
    type: { kind: "int", min: 2, max: 8192, nullable: true },
    trlDefault: null,
    help: "Completions per rollout; excludes steps_per_generation. None: per_device_train_batch_size × steps_per_generation.",
    source: TRL,
    effect: "restart",
  },
  num_processes: {
    type: { kind: "int", min: 1, max: MOST_PROCESSES },
    trlDefault: 1,
    help: "Processes that train together, each with its own per-device batch; the page computes their whole batch in one.",
    source: "accelerate launch --num_processes; TRL counts its rows",
    effect: "restart",
    optional: true,
    launched: true,
  },
  num_generations: {
    type: { kind: "int", min: 2, max: 256 },
    trlDefault: 8,
    help: "G, the completions of each prompt; their rewards are compared with each other.",
    source: TRL,
    effect: "restart",
  },
  num_iterations: {
    type: { kind: "int", min: 1, max: 32 },
    trlDefault: 1,
    help: "μ, how often each rollout is gone through; above 1, training goes off-policy.",
    source: `${TRL}; GRPO paper, algorithm 1`,
    effect: "restart",
  },
  max_steps: {
    type: { kind: "int", min: -1, max: 1_000_000 },
    trlDefault: -1,
    help: "Optimizer steps of the run; at 0 or below, num_train_epochs decides.",
    source: HF,
    effect: "restart",
  },
  num_train_epochs: {
    type: { kind: "float", min: 0, max: 10_000, above: 0 },
    trlDefault: 3,
    help: "Passes over the prompts of the training set when max_steps does not decide.",
    source: HF,
    effect: "restart",
  },
  shuffle_dataset: {
    type: { kind: "bool" },
    trlDefault: true,
    help: "Go through the prompts in a new random order each epoch.",
    source: TRL,
    effect: "restart",
  },
  seed: {
    type: { kind: "int", min: 0, max: 0xffffffff },
    trlDefault: 42,
    unslothDefault: 3407,
    help: "Everything random follows from it: weights, prompts, sampling, order.",
    source: HF,
    effect: "restart",
  },
} satisfies Partial<GRPOTable>;
