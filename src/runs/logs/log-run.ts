import type { Progress } from "../../base/progress.ts";
import { lossForm } from "../../config/loss-types.ts";
import { runFrom } from "../../config/run-from.ts";
import { lazyPlan } from "../../config/step-plan.ts";
import type { RunConfig } from "../../config/types.ts";
import {
  applyEntropy,
  beginEntropy,
  ENTROPY_START,
  observeEntropy,
} from "../../engine/training/entropy-controller.ts";
import { metricOf, OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import type { StepRecord } from "../../record/record.ts";
import { reportOf } from "../../record/record.ts";
import { widenRange } from "../../engine/training/step-record.ts";
import { logVocabulary } from "./log-vocabulary.ts";
import type { LogStep } from "./log-steps.ts";
import type { TrainingLog } from "./training-log.ts";
import { agreementOf, sayAgreement } from "./log-metrics.ts";
import { recordOf } from "./log-record.ts";
import type { Recording } from "../recording.ts";

/** The one arm of a log's run. */
export const LOG_ARM = "log";

/** A log as a run that can be shown, and what a person should know of it, in sentences. */
export interface LogRecording extends Recording {
  notes: readonly string[];
}

/**
 * A training log as a run of its own: the kernels that train compute every ratio, clip verdict,
 * coefficient and histogram of it, and the advantages where the log has rewards only.
 */
export async function logToRecording(
  device: GPUDevice,
  log: TrainingLog,
  progress: Progress,
): Promise<LogRecording> {
  const vocabulary = logVocabulary(log);
  const run: RunConfig = {
    ...runFrom(),
    grpo: log.config,
    arms: [{ name: LOG_ARM, overrides: {} }],
    warmStart: null,
    vocabulary: vocabulary.texts,
  };
  const perGeneration = stepsPerGeneration(log);
  let control = ENTROPY_START;
  const records: StepRecord[] = [];
  const losses: { step: number; logged: LogStep["logged"]; loss: number }[] = [];
  let range = 0.1;
  for (const [index, step] of log.steps.entries()) {
    const place = {
      step: step.step,
      generation: Math.floor((step.step - 1) / perGeneration),
      innerStep: (step.step - 1 + perGeneration) % perGeneration,
    };
    range = widenRange(range, farthest(step));
    control = beginEntropy(control, step.config);
    const config = applyEntropy(control, step.config);
    const from = { arm: LOG_ARM, config, step, vocabulary, range, place };
    const { record, micro } = await recordOf(device, from);
    const values = micro.flatMap((each) => OBJECTIVE_METRICS.map((name) => each[name] ?? NaN));
    control = observeEntropy(control, step.config, Float32Array.from(values));
    const coefficient = step.logged?.entropy_coef ?? control.coefficient;
    losses.push({ ...step, loss: record.metrics.loss ?? NaN });
    records.push({
      ...record,
      metrics: {
        ...record.metrics,
        ...(coefficient === null ? {} : { entropy_coef: coefficient }),
        ...besides(step.logged),
      },
    });
    progress(index + 1, log.steps.length);
  }
  const agreement = sayAgreement(agreementOf(losses));
  return {
    run,
    reports: records.map(reportOf),
    records,
    notes: [...(agreement === null ? [] : [agreement]), ...assumptions(log), ...log.notes],
  };
}

/**
 * The trainer's own metrics that the log-probs of a step do not give: what it measured, and what is
 * of the whole rollout, of which a step has a slice.
 */
const besides = (logged: LogStep["logged"]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(logged ?? {}).filter(([name]) => {
      const { from, measured } = metricOf(name);
      return measured || from !== "objective";
    }),
  );

/** What stands for something that the log does not say, in sentences. */
function assumptions({ config, steps }: TrainingLog): string[] {
  const batches = steps.flatMap((step) => step.batches);
  const rows = batches.flatMap((batch) => batch.rows);
  const dividesByCount = lossForm(config).divisor === "rollout tokens";
  const said: string[] = [];
  if (dividesByCount && batches.some(({ numItems }) => numItems === null)) {
    said.push(
      `num_items_in_batch is not in the log: the ${config.loss_type} loss is divided by the tokens of each step instead.`,
    );
  }
  if (config.use_adaptive_entropy && batches.some(({ entropyCoef }) => entropyCoef === null)) {
    const first = steps[0]?.step ?? 1;
    said.push(
      first <= 1
        ? "entropy_coef is not in the log: its controller is followed from the entropies."
        : `entropy_coef is not in the log, which begins at step ${first}: its controller is followed from there, and was elsewhere by then.`,
    );
  }
  const names = new Set(rows.flatMap(({ rewards }) => Object.keys(rewards ?? {})));
  const weights = config.reward_weights?.length;
  if (weights !== undefined && names.size > 0 && names.size !== weights) {
    said.push(
      `reward_weights has ${weights} ${weights === 1 ? "number" : "numbers"} and the log ${names.size} reward ${names.size === 1 ? "function" : "functions"}: rewards are added with weight 1.`,
    );
  }
  return said;
}

/** Optimizer steps on one rollout, by the log's configuration; 1 where it does not come out even. */
function stepsPerGeneration({ config, steps }: TrainingLog): number {
  const { processes = 1 } = steps[0] ?? {};
  const { optimizerStepsPerGeneration: planned } = lazyPlan(
    { ...config, num_processes: processes },
    0,
  );
  return Number.isInteger(planned) && planned > 0 ? planned : 1;
}

/** How far the log-ratios go, for the histograms' axis. */
function farthest({ batches }: LogStep): Record<string, number> {
  let most = 0;
  for (const { per_token_logps: logp, old_per_token_logps: old } of batches.flatMap(
    ({ rows }) => rows,
  )) {
    logp.forEach((value, t) => (most = Math.max(most, Math.abs(value - (old?.[t] ?? value)))));
  }
  return { "ratio/token_max": Math.exp(Math.min(most, 80)) };
}
