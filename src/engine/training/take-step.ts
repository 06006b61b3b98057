import { evaluatesAfter } from "../../config/evaluation.ts";
import { learningRate } from "../../config/schedules.ts";
import type { MicroStep, StepPlan } from "../../config/step-plan.ts";
import type { GRPOConfig } from "../../config/types.ts";
import type { OtherClip, RatioHistograms } from "../../record/record.ts";
import { beginPlateau, observePlateau } from "../optimizer/plateau.ts";
import type { ArmParts, ArmSetup } from "./arm-parts.ts";
import { DivergedError } from "./diverged.ts";
import { applyEntropy, beginEntropy, observeEntropy } from "./entropy-controller.ts";
import type { LastStep } from "./last-step.ts";
import { clipLimits, ratioQuantiles } from "./ratio-quantiles.ts";
import { allSlots, rollOut, rowsOf } from "./rollout-slots.ts";
import { type ArmStanding, mixesRollouts, nextMicroStep } from "./standing.ts";
import { auxShare, stepMetrics } from "./step-metrics.ts";
import type { StepOutputs } from "./step-outputs.ts";
import { assembleRecord, type Slice, sumHistograms, widenRange } from "./step-record.ts";
import { routingOf, type StepSettings } from "./step-settings.ts";

type Metrics = Record<string, number>;

/** An arm that takes a step: what it was set up with, its parts, where it stands, and its plan. */
export interface Stepping {
  setup: ArmSetup;
  parts: ArmParts;
  /** Written by every step. */
  at: ArmStanding;
  plan: StepPlan;
}

/**
 * One optimizer step; rolls out first when the last rollout is used up. `wanted`: a record of it is.
 * Throws a DivergedError where it diverged: such a step counts, so that arms stay in lockstep, and
 * what it did to the weights does not.
 */
export async function takeStep(
  arm: Stepping,
  otherClip: OtherClip | null,
  wanted: boolean,
): Promise<LastStep> {
  const { setup, parts, at, plan } = arm;
  const began = performance.now();
  const first = nextMicroStep(plan, at);
  const step = first.optimizerStep + 1;
  const retakable = !mixesRollouts(plan, at);
  // Nothing is waited for between two rollouts: the step of every arm is on the GPU at once.
  if (first.generate) await rollOut(parts, at, plan);
  const settings = begin(arm, otherClip, first, wanted || !retakable);
  const slots: number[] = [];
  const slices: Slice[] = [];
  let innerStep = 0;
  for (let ends = false; !ends;) {
    const now = nextMicroStep(plan, at);
    if (now.generate && slots.length > 0) await rollOut(parts, at, plan);
    slots.push(now.slice);
    slices.push(accumulate(arm, now));
    ({ innerStep, endsOptimizerStep: ends } = now);
  }
  // The weights are about to change: what is still to be learnt from this rollout is scored now.
  if (!nextMicroStep(plan, at).generate) parts.update.scoreOld(allSlots(plan));
  const outputs = await parts.update.finish();
  const metrics = metricsOf(arm, settings, outputs, began);
  requireFinite(arm, settings, outputs, metrics);
  const histograms = sumHistograms(outputs.histogram, settings.histogramRange);
  await observe(arm, settings, outputs, histograms, metrics);
  const { config } = at;
  const recorded = {
    ...{ arm: setup.arm.name, config, otherClip, task: setup.task, step, innerStep },
    ...{ slices, columns: parts.K, routing: parts.update.routing, metrics, histograms },
  };
  const { arrays } = outputs;
  const record = arrays && assembleRecord(recorded, { ...outputs, arrays });
  at.histogramRange = widenRange(settings.histogramRange, metrics);
  return { settings, slots, parts: recorded, replayable: retakable, record };
}

/** The step's settings, under which the update begins it. */
function begin(
  { parts, at, plan }: Stepping,
  otherClip: OtherClip | null,
  { optimizerStep, accumulation }: MicroStep,
  recorded: boolean,
): StepSettings {
  const { config } = at;
  at.entropyController = beginEntropy(at.entropyController, config);
  const settings = {
    config: applyEntropy(at.entropyController, config),
    otherClip,
    learningRate: rate(at, plan, optimizerStep),
    step: optimizerStep + 1,
    stepsPerGeneration: plan.stepsPerGeneration,
    gradientAccumulationSteps: accumulation,
    histogramRange: at.histogramRange,
    ...routingOf(config),
  };
  parts.update.record(parts.before.save);
  parts.update.begin(settings, recorded);
  return settings;
}

function rate(at: ArmStanding, plan: StepPlan, step: number): number {
  if (at.config.lr_scheduler_type !== "reduce_lr_on_plateau") {
    return learningRate(at.config, step, plan.totalSteps);
  }
  at.plateau = beginPlateau(at.plateau, at.config);
  return at.plateau.rate;
}

/** Encodes a micro-batch of the rollout; its rows. */
function accumulate({ parts, at, plan }: Stepping, { slice: slot }: MicroStep): Slice {
  const { generation } = at;
  if (generation === null) throw new Error("a micro-step learns from a rollout");
  parts.update.accumulate(slot);
  at.microIndex++;
  return { generation, rows: rowsOf(plan, generation, slot) };
}

function metricsOf(
  { at, plan }: Stepping,
  settings: StepSettings,
  outputs: StepOutputs,
  began: number,
): Metrics {
  const others = {
    ...at.generation?.metrics,
    learning_rate: settings.learningRate,
    epoch: settings.step / plan.optimizerStepsPerEpoch,
    num_tokens: at.numTokens,
    step_time: (performance.now() - began) / 1000,
  };
  return stepMetrics(outputs, others, auxShare(settings));
}

function requireFinite(
  { setup, parts }: Stepping,
  { step, learningRate: rated }: StepSettings,
  { skipped, gradNorm }: StepOutputs,
  { loss }: Metrics,
): void {
  if (!skipped && Number.isFinite(loss)) return;
  parts.update.record(parts.before.restore);
  parts.update.flush();
  const what = skipped ? `the gradient is not finite (norm ${gradNorm})` : `the loss is ${loss}`;
  throw new DivergedError(setup.arm.name, step, what, rated);
}

/** What follows from a step: its controllers', its reference's and its evaluation's part. */
async function observe(
  { parts, at, plan }: Stepping,
  { step, otherClip }: StepSettings,
  outputs: StepOutputs,
  histograms: RatioHistograms,
  metrics: Metrics,
): Promise<void> {
  const { config } = at;
  Object.assign(metrics, ratioQuantiles(histograms, metrics), clipLimits(config, otherClip));
  at.entropyController = observeEntropy(at.entropyController, config, outputs.metrics);
  const { coefficient } = at.entropyController;
  if (coefficient !== null) metrics.entropy_coef = coefficient;
  if (config.sync_ref_model && step % config.ref_model_sync_steps === 0) {
    followReference(parts, config);
  }
  if (!parts.evaluation || !evaluatesAfter(config, plan, step)) return;
  const evaluated = await parts.evaluation.evaluate(
    applyEntropy(at.entropyController, config),
    step,
  );
  Object.assign(metrics, evaluated, { eval_num_tokens: at.numTokens });
  if (config.lr_scheduler_type === "reduce_lr_on_plateau") {
    at.plateau = observePlateau(at.plateau, config, metrics);
  }
}

/** TRL's SyncRefModelCallback; log-probs that this rollout has under the old reference stay. */
function followReference({ update, mixReference }: ArmParts, config: GRPOConfig): void {
  mixReference.configure(config.ref_model_mixup_alpha);
  update.launch(mixReference.run);
  update.flush();
}
