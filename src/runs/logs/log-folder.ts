import { armConfig, type ArmConfig, type RunConfig } from "../../config/types.ts";
import { stepPlan } from "../../config/step-plan.ts";
import type { StepRecord, StepReport } from "../../record/record.ts";
import { completionsToJsonl } from "./completions-table.ts";
import { eventFileName, tensorboardEvents } from "../formats/tensorboard.ts";
import { type LogPlan, trlLog } from "./trl-log.ts";
import { logToJsonl, WANDB_SCRIPT } from "../formats/wandb.ts";

/** A run as far as its log needs it. */
export interface Logged {
  name: string;
  run: RunConfig;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Every step and arm, in order. */
  reports: readonly StepReport[];
  /** Those that are kept, of any arm. */
  records: readonly StepRecord[];
}

export type Tracker = "tensorboard" | "wandb";

/** The trackers that `report_to` names; others than these two have no form here. */
export function trackersOf(run: RunConfig): Tracker[] {
  const named = JSON.stringify(run.exportOnly?.report_to ?? "none").toLowerCase();
  const all = /\ball\b/.test(named);
  return (["tensorboard", "wandb"] as const).filter((each) => all || named.includes(each));
}

/**
 * The files that the trainer would leave of every arm, by path: `ARM/log.jsonl`, a line each
 * `logging_steps`; `ARM/completions/…` with `log_completions`; and what `report_to` asks for.
 */
export function logFolder(logged: Logged): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const write = (path: string, text: string) => files.set(path, new TextEncoder().encode(text));
  const trackers = trackersOf(logged.run);
  for (const arm of logged.run.arms) {
    const reports = logged.reports.filter((report) => report.arm === arm.name);
    const lines = trlLog(reports, planOf(logged.run, arm));
    write(`${arm.name}/log.jsonl`, logToJsonl(lines));
    for (const [name, text] of completionsOf(
      logged,
      arm,
      lines.map(({ step }) => step),
    )) {
      write(`${arm.name}/completions/${name}`, text);
    }
    if (trackers.includes("tensorboard")) {
      const events = tensorboardEvents(lines, logged.startedAt);
      files.set(`${arm.name}/${eventFileName(logged.startedAt)}`, events);
    }
    if (trackers.includes("wandb")) {
      write(`${arm.name}/config.json`, `${JSON.stringify(about(logged, arm), null, 2)}\n`);
      write(`${arm.name}/log_to_wandb.py`, WANDB_SCRIPT);
    }
  }
  return files;
}

function planOf(run: RunConfig, arm: ArmConfig): LogPlan {
  const { logging_strategy: strategy, logging_first_step: first } = run.exportOnly ?? {};
  return {
    logging_steps: armConfig(run, arm).logging_steps,
    logging_strategy: strategy === "epoch" || strategy === "no" ? strategy : "steps",
    logging_first_step: first === true,
  };
}

/** At each log line the newest rollout, as far as its records are kept. */
function completionsOf(
  { run, records }: Logged,
  arm: ArmConfig,
  steps: readonly number[],
): [name: string, text: string][] {
  if (!armConfig(run, arm).log_completions) return [];
  const own = records.filter((record) => record.arm === arm.name);
  return steps.flatMap((step): [string, string][] => {
    const newest = own.find((record) => record.step === step);
    if (newest === undefined) return [];
    const plan = stepPlan(newest.config, run.datasetSize);
    // A second pass over the rollout has the same rows again.
    const firstPass = plan.optimizerStepsPerGeneration / newest.config.num_iterations;
    const rollout = own.filter(
      ({ generation, innerStep }) => generation === newest.generation && innerStep < firstPass,
    );
    const text = completionsToJsonl(rollout.map((record) => ({ ...record, step })));
    return [[`completions_${String(step).padStart(5, "0")}.jsonl`, text]];
  });
}

const about = ({ name, run }: Logged, arm: ArmConfig) => ({
  project: "ratioscope",
  group: name,
  name: `${name} ${arm.name}`,
  config: {
    ...armConfig(run, arm),
    arm: arm.name,
    preset: run.preset,
    task: run.task,
    difficulty: run.difficulty,
    policy: run.policy,
  },
});
