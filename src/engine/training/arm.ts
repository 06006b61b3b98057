import { evaluatesAfter } from "../../config/evaluation.ts";
import { armConfig, type ArmConfig, type GRPOConfig, type RunConfig } from "../../config/types.ts";
import { type MicroStep, microStep, stepPlan, type StepPlan } from "../../config/step-plan.ts";
import { type Counterfactual, takeBothWays } from "./counterfactual.ts";
import type { ArmCheckpoint, ArmStanding } from "./checkpoint.ts";
import { DivergedError } from "./diverged.ts";
import { EntropyController } from "./entropy-controller.ts";
import { createEvaluation } from "./evaluation.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import { createCopyOut } from "../gpu/copy-out.ts";
import { readFloats } from "../gpu/readback.ts";
import { copyAll, createSnapshot, writeAll } from "../gpu/snapshot.ts";
import { type LastStep, recordOf } from "./last-step.ts";
import { createMixReference } from "../optimizer/mix-reference.ts";
import { Plateau } from "../optimizer/plateau.ts";
import { learningRate } from "../../config/schedules.ts";
import { parameterLayout } from "../policy/parameters.ts";
import type { PolicyShape } from "../policy/shape.ts";
import type { OtherClip, StepRecord, StepReport } from "../../record/record.ts";
import { createRollouts, type Generation, microBatchOf, tokensOf } from "./rollouts.ts";
import { stepMetrics } from "./step-metrics.ts";
import { clipLimits, ratioQuantiles } from "./ratio-quantiles.ts";
import {
  assembleRecord,
  maskOf,
  type RecordParts,
  type Slice,
  sumHistograms,
  widenRange,
} from "./step-record.ts";
import type { Task } from "../../tasks/task.ts";
import type { HeldBatches, MicroBatch } from "./held-batches.ts";
import type { StepOutputs } from "./step-outputs.ts";
import { createUpdate, type StepSettings } from "./update.ts";
import { UserError } from "../../base/user-error.ts";

export interface ArmSetup {
  device: GPUDevice;
  run: RunConfig;
  arm: ArmConfig;
  task: Task;
  shape: PolicyShape;
  /** Padded flat parameters that every arm starts from. */
  initial: Float32Array<ArrayBuffer>;
}

/** Where an arm stands: all that its next steps depend on. */
export interface ArmState extends ArmStanding {
  /** Weights, reference, optimizer state. */
  buffers: readonly GPUBuffer[];
  held: HeldBatches;
}

/** Before the first step. */
const START = {
  microIndex: 0,
  numTokens: 0,
  generation: null,
  histogramRange: 0.1,
  entropyController: new EntropyController().state,
  plateau: new Plateau().state,
} as const;

/** One policy in training: its weights, its rollouts and its updates, step by step as in TRL. */
export type Arm = Awaited<ReturnType<typeof createArm>>;

export async function createArm({ device, run, arm, task, shape, initial }: ArmSetup) {
  let config = armConfig(run, arm);
  let pending: Partial<GRPOConfig> = {};
  let plan: StepPlan = stepPlan(config, run.datasetSize);
  const layout = parameterLayout(shape);
  const B = config.per_device_train_batch_size;
  const P = task.maxPromptLength(run.difficulty);
  const C = config.max_completion_length;
  const GA = config.gradient_accumulation_steps;

  const params = storageBuffer(device, `${arm.name} params`, layout.length);
  const referenceParams = storageBuffer(device, `${arm.name} reference params`, layout.length);
  const [update, rollouts, mixReference, evaluation] = await Promise.all([
    createUpdate(
      device,
      shape,
      layout,
      { B, P, C, slots: plan.stepsPerGeneration, accumulation: GA },
      { params, referenceParams },
      config.optim,
    ),
    createRollouts(
      { device, run, task, shape },
      { N: plan.generationBatchSize, P, C, G: config.num_generations },
      params,
    ),
    createMixReference(device, layout.length, { params, reference: referenceParams }),
    config.eval_strategy === "no"
      ? null
      : createEvaluation({ device, run, config, task, shape, params, referenceParams }),
  ]);

  /** Micro-steps done; what the next one does follows from it: `next()`. */
  let microIndex: number = START.microIndex;
  let numTokens: number = START.numTokens;
  let generation: Generation | null = START.generation;
  let histogramRange: number = START.histogramRange;
  const entropyController = new EntropyController();
  const plateau = new Plateau();

  const standing = (): ArmStanding => ({
    config,
    pending,
    microIndex,
    numTokens,
    generation,
    histogramRange,
    entropyController: entropyController.state,
    plateau: plateau.state,
  });

  /** Goes on from there, as far as it is no bytes on the GPU. */
  function stand(at: ArmStanding): void {
    ({ config, pending, microIndex, numTokens, generation, histogramRange } = at);
    plan = stepPlan(config, run.datasetSize);
    entropyController.state = at.entropyController;
    plateau.state = at.plateau;
    last = null;
  }

  /** Weights and optimizer state before the last step, which can be taken again another way. */
  const before = createSnapshot(device, update.weights);
  let last: LastStep | null = null;
  const buffers = [...update.weights, referenceParams];
  const copyOut = createCopyOut(device, [...buffers, ...update.held.buffers]);

  const next = (): MicroStep => microStep(plan, microIndex);
  const allSlots = () => Array.from({ length: plan.stepsPerGeneration }, (_, slot) => slot);

  async function rollOut(): Promise<void> {
    config = { ...config, ...pending };
    plan = stepPlan(config, run.datasetSize);
    pending = {};
    const made = await rollouts.generate(config, plan, next().generation);
    numTokens += tokensOf(made, P);
    for (const slot of allSlots()) update.load(slot, microBatch(made, slot));
    // All at once, under the reference of this moment: it may move before the last slice's turn.
    if (config.beta !== 0) update.scoreReference(allSlots(), config.temperature);
    generation = made;
  }

  /** Says where the tokens of the rollout's micro-batches lie, after their other buffers were written. */
  function layOut(): void {
    if (generation === null) return;
    for (const slot of allSlots()) update.held.lay(slot, microBatch(generation, slot));
  }

  /** Rows of the rollout in a slot. */
  const rowsOf = ({ order }: Generation, slot: number) => order.slice(slot * B, (slot + 1) * B);

  const microBatch = (of: Generation, slot: number): MicroBatch =>
    microBatchOf(of, rowsOf(of, slot), { P, C });

  /** TRL's SyncRefModelCallback; log-probs that this rollout has under the old reference stay. */
  function followReference(): void {
    mixReference.configure(config.ref_model_mixup_alpha);
    const encoder = device.createCommandEncoder({ label: "follow reference" });
    const pass = encoder.beginComputePass();
    mixReference.run(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** Between two steps: a rollout in the middle of the next one takes the place of its first part. */
  const mixesRollouts = (): boolean => {
    const last = microStep(plan, microIndex + next().accumulation - 1);
    return last.generation > next().generation;
  };

  const rate = (step: number): number =>
    config.lr_scheduler_type === "reduce_lr_on_plateau"
      ? plateau.rate(config)
      : learningRate(config, step, plan.totalSteps);

  function begin(
    otherClip: OtherClip | null,
    { optimizerStep, accumulation }: MicroStep,
    recorded: boolean,
  ): StepSettings {
    const settings = {
      config: entropyController.apply(config),
      otherClip,
      learningRate: rate(optimizerStep),
      step: optimizerStep + 1,
      stepsPerGeneration: plan.stepsPerGeneration,
      gradientAccumulationSteps: accumulation,
      histogramRange,
    };
    update.record(before.save);
    update.begin(settings, recorded);
    return settings;
  }

  /** Encodes the next micro-batch of the rollout; its slot and its rows. */
  function accumulate(): { slot: number; slice: Slice } {
    const from = generation!;
    const { slice: slot } = next();
    update.accumulate(slot);
    microIndex++;
    return { slot, slice: { generation: from, rows: rowsOf(from, slot) } };
  }

  /**
   * Throws where the step diverged: it counts, so that arms stay in lockstep; what it did to the
   * weights does not.
   */
  function requireFinite(
    step: number,
    { skipped, gradNorm }: StepOutputs,
    { loss, learning_rate: rated = 0 }: Record<string, number>,
  ): void {
    if (!skipped && Number.isFinite(loss)) return;
    update.record(before.restore);
    update.flush();
    const what = skipped ? `the gradient is not finite (norm ${gradNorm})` : `the loss is ${loss}`;
    throw new DivergedError(arm.name, step, what, rated);
  }

  async function evaluateIfDue(step: number, metrics: Record<string, number>): Promise<void> {
    if (!evaluation || !evaluatesAfter(config, plan, step)) return;
    const evaluated = await evaluation.evaluate(entropyController.apply(config), step);
    Object.assign(metrics, evaluated, { eval_num_tokens: numTokens });
    if (config.lr_scheduler_type === "reduce_lr_on_plateau") plateau.observe(config, metrics);
  }

  async function takeStep(otherClip: OtherClip | null, wanted: boolean): Promise<LastStep> {
    const began = performance.now();
    last = null;
    const first = next();
    const step = first.optimizerStep + 1;
    const retakable = !mixesRollouts();
    const slots: number[] = [];
    const slices: Slice[] = [];
    // Nothing is waited for between two rollouts: the step of every arm is on the GPU at once.
    if (first.generate) await rollOut();
    const settings = begin(otherClip, first, wanted || !retakable);
    let innerStep = 0;
    for (let ends = false; !ends;) {
      const now = next();
      if (now.generate && slots.length > 0) await rollOut();
      const { slot, slice } = accumulate();
      slots.push(slot);
      slices.push(slice);
      ({ innerStep, endsOptimizerStep: ends } = now);
    }
    // The weights are about to change: what is still to be learnt from this rollout is scored now.
    if (!next().generate) update.scoreOld(allSlots());
    const outputs = await update.finish();
    const metrics = stepMetrics(outputs, {
      ...generation!.metrics,
      learning_rate: rate(first.optimizerStep),
      epoch: step / plan.optimizerStepsPerEpoch,
      num_tokens: numTokens,
      step_time: (performance.now() - began) / 1000,
    });
    requireFinite(step, outputs, metrics);
    Object.assign(
      metrics,
      ratioQuantiles(sumHistograms(outputs.histogram, histogramRange), metrics),
      clipLimits(config, otherClip),
    );
    const coefficient = entropyController.observe(config, outputs.metrics);
    if (coefficient !== null) metrics.entropy_coef = coefficient;
    if (config.sync_ref_model && step % config.ref_model_sync_steps === 0) followReference();
    await evaluateIfDue(step, metrics);
    const parts: RecordParts = {
      arm: arm.name,
      config,
      otherClip,
      task,
      step,
      innerStep,
      slices,
      columns: C,
      metrics,
      histogramRange,
    };
    const { arrays } = outputs;
    const record = arrays && assembleRecord(parts, { ...outputs, arrays });
    histogramRange = widenRange(histogramRange, metrics);
    last = { settings, slots, parts, retakable, record };
    return last;
  }

  return {
    name: arm.name,

    get config(): Readonly<GRPOConfig> {
      return config;
    },
    /** The next optimizer step begins with a rollout. */
    get atGenerationEnd(): boolean {
      return next().generate;
    },
    /** The next optimizer step rolls out: before it or, where rollouts are misaligned, in it. */
    get rollsOut(): boolean {
      return next().generate || mixesRollouts();
    },
    get bytes(): number {
      const own = 2 * layout.length * 4 + before.bytes + copyOut.bytes;
      const evaluating = evaluation?.bytes ?? 0;
      return own + evaluating + update.bytes + rollouts.bytes;
    },

    /**
     * One optimizer step; rolls out first when the last rollout is used up. `otherClip` judges the
     * level that does not drive: it is in the record, and changes nothing of the training.
     */
    async advance(otherClip: OtherClip | null): Promise<StepRecord> {
      const { record } = await takeStep(otherClip, true);
      if (record === null) throw new Error("a recorded step leaves a record");
      return record;
    },

    /** The same step without a record: of what the GPU has of it only the metrics are copied out. */
    async advanceUnrecorded(otherClip: OtherClip | null): Promise<StepReport> {
      const { parts } = await takeStep(otherClip, false);
      const { step, innerStep, slices, metrics } = parts;
      const { generation: from } = slices.at(-1)!;
      return { arm: arm.name, step, generation: from.number, innerStep, metrics };
    },

    /**
     * The record of the last step, as `advance` gives it, however it was taken; everything else
     * stays as it is. Null before a step, and where the arm goes on from elsewhere.
     */
    lastRecord: async (): Promise<StepRecord | null> => last && recordOf(last, update, before),

    /** The last step can be taken another way: its batch and the weights before it are at hand. */
    get retakable(): boolean {
      return last?.retakable ?? false;
    },

    /** What the other level would have done in the last step; everything stays as it is. */
    async counterfactual(): Promise<Counterfactual> {
      if (!last?.retakable) {
        throw new UserError(
          microIndex === 0
            ? `The ${arm.name} arm has taken no step yet.`
            : `The batch of step ${next().optimizerStep} is not whole on the GPU: it spans two rollouts, or the run was continued from there.`,
          "Take one more step and ask again.",
        );
      }
      const mask = maskOf(last.parts.slices, C);
      const both = await takeBothWays(device, update, before, last, mask);
      const { step } = last.parts;
      return { arm: arm.name, step, rows: mask.length / C, columns: C, ...both };
    },

    get state(): ArmState {
      return { ...standing(), buffers, held: update.held };
    },

    /** Goes on from where another arm stands, with this arm's own overrides. */
    takeOver(other: ArmState): void {
      stand({
        ...other,
        config: { ...other.config, ...arm.overrides },
        pending: Object.fromEntries(
          Object.entries(other.pending).filter(([name]) => !(name in arm.overrides)),
        ),
      });
      update.record((encoder) => copyAll(encoder, other.buffers, buffers));
      update.takeOver(other.held);
      layOut();
    },

    /** Where the arm stands between two steps. Steps taken while it is read do not change it. */
    async checkpoint(): Promise<ArmCheckpoint> {
      update.flush();
      const now = standing();
      const known = update.held.known.map((each) => ({ ...each }));
      const read = await copyOut.read();
      const held = { buffers: read.slice(buffers.length), known };
      return { arm, ...now, buffers: read.slice(0, buffers.length), held };
    },

    /** Goes on from a checkpoint of an arm of the same run. */
    restore(checkpoint: ArmCheckpoint): void {
      // Earlier checkpoints have the tokens and where they start before the others.
      const held = checkpoint.held.buffers.slice(-update.held.buffers.length);
      writeAll(device, [...checkpoint.buffers, ...held], [...buffers, ...update.held.buffers]);
      update.held.know(checkpoint.held.known);
      stand(checkpoint);
      layOut();
    },

    /** Sets fields from the next step on, or from the next rollout on for those in `atRollout`. */
    change(fields: Partial<GRPOConfig>, atRollout: Partial<GRPOConfig>): void {
      config = { ...config, ...fields };
      pending = { ...pending, ...atRollout };
    },

    /** Back to step 0 and the initial weights; changed fields stay. */
    reset(): void {
      device.queue.writeBuffer(params, 0, initial);
      device.queue.writeBuffer(referenceParams, 0, initial);
      update.reset();
      stand({ ...standing(), ...START });
    },

    /** To step 0 and the initial weights as at the start, with the configuration of that time. */
    restart(start: Pick<ArmState, "config" | "pending">): void {
      this.reset();
      stand({ ...standing(), ...start });
    },

    /** The weights as they are now, padded and flat. */
    weights: (): Promise<Float32Array<ArrayBuffer>> => readFloats(device, params),

    destroy(): void {
      params.destroy();
      referenceParams.destroy();
      before.destroy();
      copyOut.destroy();
      update.destroy();
      rollouts.destroy();
      mixReference.destroy();
      evaluation?.destroy();
    },
  };
}
