import type { GRPOTable } from "../field.ts";

const TRL = "TRL grpo_config.py";

export const generation = {
  max_completion_length: {
    type: { kind: "int", min: 1, max: 2048 },
    trlDefault: 512,
    help: "Most tokens a completion can have; also the constant that dr_grpo divides by.",
    source: TRL,
    effect: "restart",
  },
  temperature: {
    type: {
      kind: "float",
      min: 0,
      max: 10,
      above: 0,
      slider: { min: 0.1, max: 2, scale: "linear" },
    },
    trlDefault: 1,
    help: "Divides the logits in sampling and in log-probs and entropy alike.",
    source: "TRL grpo_trainer.py, _get_per_token_logps_and_entropies",
    effect: "next-generation",
  },
  top_k: {
    type: { kind: "int", min: 0, max: 64 },
    trlDefault: 0,
    help: "Sample from the k likeliest tokens; 0 samples from all. Log-probs stay unfiltered.",
    source: TRL,
    effect: "next-generation",
  },
  top_p: {
    type: {
      kind: "float",
      min: 0,
      max: 1,
      above: 0,
      slider: { min: 0.1, max: 1, scale: "linear" },
    },
    trlDefault: 1,
    help: "Sample from the smallest set of tokens that holds this share of the probability.",
    source: TRL,
    effect: "next-generation",
  },
  min_p: {
    type: {
      kind: "float",
      min: 0,
      max: 1,
      nullable: true,
      slider: { min: 0, max: 0.5, scale: "linear" },
    },
    trlDefault: null,
    help: "Sample from tokens with at least this share of the likeliest one's probability.",
    source: TRL,
    effect: "next-generation",
  },
} satisfies Partial<GRPOTable>;
