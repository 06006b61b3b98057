import type { GRPOTable } from "../field.ts";

const HF = "transformers training_args.py";

export const evaluation = {
  eval_strategy: {
    type: { kind: "enum", values: ["no", "steps", "epoch"] },
    trlDefault: "no",
    help: "Whether and when to evaluate on prompts of their own: after every eval_steps steps, after every epoch, and in both cases after the last step.",
    source: `${HF}; transformers trainer_callback.py`,
    effect: "restart",
  },
  eval_steps: {
    type: { kind: "float", min: 0, max: 1_000_000, wholeFrom: 1, nullable: true },
    trlDefault: null,
    help: "Optimizer steps between two evaluations; below 1, a share of the run. None or 0: logging_steps.",
    source: HF,
    effect: "live",
  },
  eval_delay: {
    type: { kind: "float", min: 0, max: 1_000_000 },
    trlDefault: 0,
    help: "Steps, or epochs under eval_strategy epoch, before the first evaluation.",
    source: HF,
    effect: "live",
  },
  per_device_eval_batch_size: {
    type: { kind: "int", min: 1, max: 8192 },
    trlDefault: 8,
    unslothDefault: 4,
    help: "Completions (not prompts) that an evaluation samples and scores at a time.",
    source: HF,
    effect: "restart",
  },
  num_generations_eval: {
    type: { kind: "int", min: 1, max: 256, nullable: true },
    trlDefault: null,
    help: "G in evaluation. None: num_generations.",
    source: "TRL grpo_config.py",
    effect: "restart",
  },
  metric_for_best_model: {
    type: {
      kind: "text",
      pattern: /^[\w/-]{1,80}$/,
      says: "the name of a metric, e.g. reward",
      nullable: true,
    },
    trlDefault: null,
    help: "The evaluation metric, with or without eval_, that reduce_lr_on_plateau watches. None: loss.",
    source: `${HF}; transformers trainer.py, _evaluate`,
    effect: "live",
  },
} satisfies Partial<GRPOTable>;
