import type { Values } from "../../../src/config/frameworks/types.ts";
import { fc } from "../../support/fuzz.ts";

const round = (value: number): number => Number(value.toPrecision(6));
const share = fc.double({ min: 1e-5, max: 0.9, noNaN: true }).map(round);

/** A configuration with values that decide a training, each as often at TRL's default as not. */
export const configuration: fc.Arbitrary<Values> = fc
  .record({
    num_generations: fc.integer({ min: 2, max: 32 }),
    prompts: fc.integer({ min: 1, max: 64 }),
    updates: fc.integer({ min: 1, max: 8 }),
    rows: fc.integer({ min: 1, max: 8 }),
    values: fc.record({
      num_iterations: fc.integer({ min: 1, max: 4 }),
      num_train_epochs: fc.integer({ min: 1, max: 20 }),
      max_completion_length: fc.integer({ min: 16, max: 32_768 }),
      temperature: fc.constantFrom(0.6, 1, 1.2),
      top_p: fc.constantFrom(1, 0.9),
      top_k: fc.constantFrom(0, 50),
      shuffle_dataset: fc.boolean(),
      seed: fc.integer({ min: 0, max: 1e6 }),
      importance_sampling_level: fc.constantFrom("token", "sequence", "sequence_token"),
      loss_type: fc.constantFrom(
        "grpo",
        "bnpo",
        "dr_grpo",
        "dapo",
        "cispo",
        "sapo",
        "luspo",
        "vespo",
      ),
      epsilon: share,
      epsilon_high: fc.option(share),
      delta: fc.option(fc.double({ min: 1.01, max: 20, noNaN: true }).map(round)),
      dual_clip: fc.option(fc.double({ min: 1.01, max: 20, noNaN: true }).map(round)),
      cispo_floor: fc.constantFrom(0, 0.5, 0.9),
      geometric_clip: fc.boolean(),
      kl_estimator: fc.constantFrom("k1", "k2", "k3"),
      kl_clamp: fc.constantFrom(null, 10, 5),
      beta: fc.oneof(fc.constant(0), share),
      use_bias_correction_kl: fc.boolean(),
      entropy_coef: fc.constantFrom(0, 0.01),
      scale_rewards: fc.constantFrom("group", "batch", "none"),
      advantage_baseline: fc.constantFrom("group", "leave_one_out"),
      advantage_std_eps: fc.constantFrom(1e-4, 1e-6, 1e-9, 0.01),
      advantage_std_unbiased: fc.boolean(),
      advantage_std_leave_one_out: fc.boolean(),
      mask_truncated_completions: fc.boolean(),
      off_policy_mask_threshold: fc.option(share),
      learning_rate: fc.double({ min: 1e-7, max: 1e-4, noNaN: true }).map(round),
      adam_beta1: fc.constantFrom(0.9, 0.8),
      adam_beta2: fc.constantFrom(0.999, 0.95),
      weight_decay: fc.constantFrom(0, 0.1),
      decay_norms_and_biases: fc.boolean(),
      max_grad_norm: fc.constantFrom(1, 0.2),
      lr_scheduler_type: fc.constantFrom("linear", "cosine", "constant", "constant_with_warmup"),
      warmup_steps: fc.constantFrom(0, 0.1, 10),
      router_aux_loss_coef: fc.constantFrom(0, 0.01),
      optim: fc.constantFrom("adamw_torch", "adamw_8bit", "sgd"),
    }),
  })
  .map(({ num_generations, prompts, updates, rows, values }) => ({
    ...values,
    // The cap of cispo is a ratio, above 1.
    epsilon_high: values.loss_type === "cispo" ? 3 : values.epsilon_high,
    num_generations,
    generation_batch_size: num_generations * prompts * updates * rows,
    per_device_train_batch_size: rows,
    gradient_accumulation_steps: num_generations * prompts,
    steps_per_generation: null,
  }));
