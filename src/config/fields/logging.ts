import type { GRPOTable } from "../field.ts";

export const logging = {
  logging_steps: {
    type: { kind: "int", min: 1, max: 100_000 },
    trlDefault: 10,
    unslothDefault: 1,
    help: "Optimizer steps between two log lines of TRL. This page shows every step.",
    source: "TRL grpo_config.py",
    effect: "live",
  },
  log_completions: {
    type: { kind: "bool" },
    trlDefault: false,
    help: "Print a table of prompts, completions, rewards and advantages with each log line.",
    source: "TRL grpo_config.py",
    effect: "live",
  },
} satisfies Partial<GRPOTable>;
