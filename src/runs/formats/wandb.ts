import type { LogLine } from "../logs/trl-log.ts";

/**
 * A script that logs `log.jsonl` beside it to Weights & Biases: offline by default, so that
 * `wandb sync` uploads it when its reader wants to. It holds no value of the run: those are in
 * `config.json` and `log.jsonl`, which it reads as data.
 */
export const WANDB_SCRIPT = `"""Logs the run in this folder to Weights & Biases.

    pip install wandb
    python log_to_wandb.py            # writes wandb/offline-run-*, to be sent with "wandb sync"
    python log_to_wandb.py online     # logs directly
"""

import json
import sys
from pathlib import Path

import wandb

here = Path(__file__).resolve().parent
about = json.loads((here / "config.json").read_text(encoding="utf-8"))
run = wandb.init(
    project=about["project"],
    group=about["group"],
    name=about["name"],
    config=about["config"],
    mode=sys.argv[1] if len(sys.argv) > 1 else "offline",
    dir=here,
)
run.define_metric("train/global_step")
run.define_metric("*", step_metric="train/global_step")
with open(here / "log.jsonl", encoding="utf-8") as lines:
    for line in lines:
        values = json.loads(line)
        step = values.pop("step")
        evaluation = any(name.startswith("eval_") for name in values)
        kind = "eval/" if evaluation else "train/"
        logged = {
            kind + name.removeprefix("eval_"): value
            for name, value in values.items()
            if value is not None
        }
        run.log({**logged, "train/global_step": step})
completions = sorted(here.glob("completions/completions_*.jsonl"))
if completions:
    rows = [json.loads(row) for path in completions for row in path.open(encoding="utf-8")]
    columns = list(rows[0])
    run.log({"completions": wandb.Table(columns, [[row[name] for name in columns] for row in rows])})
run.finish()
`;

/** TRL's log lines as JSON lines: what \`trainer.state.log_history\` holds, the step first. */
export const logToJsonl = (lines: readonly LogLine[]): string =>
  lines.map(({ step, values }) => `${JSON.stringify({ step, ...values })}\n`).join("");
