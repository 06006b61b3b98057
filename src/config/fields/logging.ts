import type { GRPOTable } from "../field.ts";

export const logging = {
  logging_steps: {
    type: { kind: "float", min: 0, above: 0, max: 100_000, wholeFrom: 1 },
    trlDefault: 10,
    unslothDefault: 1,
    help: "Optimizer steps between two log lines of TRL; below 1, a share of the run. This page shows every step.",
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
