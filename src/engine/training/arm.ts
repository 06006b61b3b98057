import { stepPlan, type StepPlan } from "../../config/step-plan.ts";
import { armConfig, type GRPOConfig } from "../../config/types.ts";
import type { ArmAnswers } from "../../record/answers.ts";
import { type OtherClip, type StepRecord, type StepReport, reportOf } from "../../record/record.ts";
import { copyAll, writeAll } from "../gpu/snapshot.ts";
import { readFloats } from "../gpu/readback.ts";
import {
  type ArmParts,
  type ArmSetup,
  createArmParts,
  destroyParts,
  partsBytes,
} from "./arm-parts.ts";
import type { AskedArm } from "./asked-step.ts";
import type { ArmCheckpoint } from "./checkpoint.ts";
import type { Counterfactual } from "./counterfactual.ts";
import type { RouteScores } from "./route-scores.ts";
import type { PictureAttention } from "./picture-attention.ts";
import type { ResidentBatches } from "./batch-slots.ts";
import { type LastStep, recordOf } from "./last-step.ts";
import { writeLayouts } from "./rollout-slots.ts";
import { type ArmStanding, mixesRollouts, nextMicroStep, START, standingOf } from "./standing.ts";
import { generationOf } from "./step-record.ts";
import { takeStep } from "./take-step.ts";

/** Where an arm stands, its bytes on the GPU: all that its next steps depend on. */
export interface ArmState extends Readonly<ArmStanding> {
  /** Weights, optimizer state, reference. */
  buffers: readonly GPUBuffer[];
  batches: ResidentBatches;
}

/** One policy in training: its weights, its rollouts and its updates, step by step as in TRL. */
export interface Arm {
  readonly name: string;
  /** Live changes included; not those that wait for the next rollout. */
  readonly config: Readonly<GRPOConfig>;
  readonly state: ArmState;
  /** The next optimizer step begins with a rollout. */
  readonly atGenerationEnd: boolean;
  /** The next optimizer step rolls out: before it or, where rollouts are misaligned, in it. */
  readonly rollsOut: boolean;
  /** The last step can be taken another way: its batch and the weights before it are at hand. */
  readonly replayable: boolean;
  /** GPU memory held. */
  readonly bytes: number;

  /**
   * One optimizer step; rolls out first when the last rollout is used up. `otherClip` judges the
   * level that does not drive: it is in the record, and changes nothing of the training. Throws a
   * DivergedError; the weights are then the last good ones, and the step counts.
   */
  advance(otherClip: OtherClip | null): Promise<StepRecord>;
  /** The same step without a record: of what the GPU has of it only the metrics are copied out. */
  advanceUnrecorded(otherClip: OtherClip | null): Promise<StepReport>;
  /**
   * The record of the last step, as `advance` gives it, however it was taken; everything else
   * stays as it is. Null before a step, and where the arm goes on from elsewhere.
   */
  lastRecord(): Promise<StepRecord | null>;
  /**
   * What the other level would have done in the last step; everything stays as it is. Throws a
   * UserError where that is not `retakable`.
   */
  counterfactual(): Promise<Counterfactual>;
  /**
   * log π of the last step's tokens along the rollout's routes and along the router's own; everything
   * stays as it is. Throws a UserError for a policy without a mixture, too.
   */
  routeScores(): Promise<RouteScores>;
  /**
   * Where a completion of the last step looks on its picture; everything stays as it is. Throws a
   * UserError for a policy that sees none, and for a row that is none of the step's, too.
   */
  pictureAttention(row: number): Promise<PictureAttention>;

  /** What the weights as they are now answer to the run's pinned prompts; everything stays as it is. */
  answers(): Promise<ArmAnswers>;

  /** Sets fields from the next step on, or from the next rollout on for those in `atRollout`. */
  change(fields: Partial<GRPOConfig>, atRollout: Partial<GRPOConfig>): void;
  /** Goes on from where another arm stands, with this arm's own overrides. */
  takeOver(other: ArmState): void;
  /** Where the arm stands between two steps. Steps taken while it is read do not change it. */
  checkpoint(): Promise<ArmCheckpoint>;
  /** Goes on from a checkpoint of an arm of the same run; a UserError where its buffers do not fit. */
  restore(checkpoint: ArmCheckpoint): void;
  /** Back to step 0 and the initial weights; changed fields stay. */
  reset(): void;
  /** To step 0 and the initial weights as at the start, with the configuration of that time. */
  restart(start: Pick<ArmState, "config" | "pending">): void;

  /** The weights as they are now, padded and flat. */
  weights(): Promise<Float32Array<ArrayBuffer>>;
  destroy(): void;
}

/** An arm whose kernels are compiled and whose buffers are allocated; `reset` is still to be called. */
export async function createArm(setup: ArmSetup): Promise<Arm> {
  return new TrainedArm(setup, await createArmParts(setup));
}

class TrainedArm implements Arm {
  readonly #setup: ArmSetup;
  readonly #parts: ArmParts;
  readonly #at: ArmStanding;
  #last: LastStep | null = null;

  constructor(setup: ArmSetup, parts: ArmParts) {
    this.#setup = setup;
    this.#parts = parts;
    this.#at = { config: armConfig(setup.run, setup.arm), pending: {}, ...START };
  }

  get name(): string {
    return this.#setup.arm.name;
  }
  get config(): Readonly<GRPOConfig> {
    return this.#at.config;
  }
  get state(): ArmState {
    return { ...this.#at, buffers: this.#parts.buffers, batches: this.#parts.update.batches };
  }
  get atGenerationEnd(): boolean {
    return nextMicroStep(this.#plan, this.#at).generate;
  }
  get rollsOut(): boolean {
    return this.atGenerationEnd || mixesRollouts(this.#plan, this.#at);
  }
  get replayable(): boolean {
    return this.#last?.replayable ?? false;
  }
  get bytes(): number {
    return partsBytes(this.#parts);
  }

  get #plan(): StepPlan {
    return stepPlan(this.#at.config, this.#setup.run.datasetSize);
  }

  async advance(otherClip: OtherClip | null): Promise<StepRecord> {
    const { record } = await this.#takeStep(otherClip, true);
    if (record === null) throw new Error("a recorded step leaves a record");
    return record;
  }

  async advanceUnrecorded(otherClip: OtherClip | null): Promise<StepReport> {
    const { parts } = await this.#takeStep(otherClip, false);
    return reportOf({ ...parts, generation: generationOf(parts) });
  }

  async #takeStep(otherClip: OtherClip | null, wanted: boolean): Promise<LastStep> {
    this.#last = null;
    const arm = { setup: this.#setup, parts: this.#parts, at: this.#at, plan: this.#plan };
    return (this.#last = await takeStep(arm, otherClip, wanted));
  }

  async lastRecord(): Promise<StepRecord | null> {
    return this.#last && recordOf(this.#last, this.#parts.update, this.#parts.before);
  }

  async counterfactual(): Promise<Counterfactual> {
    const { takeBothWays } = await import("./counterfactual.ts");
    return takeBothWays(this.#asked);
  }

  async routeScores(): Promise<RouteScores> {
    const { scoreBothRoutes } = await import("./route-scores.ts");
    return scoreBothRoutes(this.#asked);
  }

  async pictureAttention(row: number): Promise<PictureAttention> {
    const { attentionOnPicture } = await import("./picture-attention.ts");
    return attentionOnPicture(this.#asked, row);
  }

  get #asked(): AskedArm {
    const { update, before, K } = this.#parts;
    const done = nextMicroStep(this.#plan, this.#at).optimizerStep;
    const { device } = this.#setup.gpu;
    return { arm: this.name, device, update, before, columns: K, done, last: this.#last };
  }

  async answers(): Promise<ArmAnswers> {
    const { optimizerStep } = nextMicroStep(this.#plan, this.#at);
    const answers = await this.#parts.rollouts.answers(this.#at.config);
    return { arm: this.name, step: optimizerStep, answers };
  }

  change(fields: Partial<GRPOConfig>, atRollout: Partial<GRPOConfig>): void {
    this.#at.config = { ...this.#at.config, ...fields };
    this.#at.pending = { ...this.#at.pending, ...atRollout };
  }

  takeOver(other: ArmState): void {
    const { arm } = this.#setup;
    const { update, buffers } = this.#parts;
    this.#stand({
      ...other,
      config: { ...other.config, ...arm.overrides },
      pending: Object.fromEntries(
        Object.entries(other.pending).filter(([name]) => !(name in arm.overrides)),
      ),
    });
    update.record((encoder) => copyAll(encoder, other.buffers, buffers));
    update.takeOver(other.batches);
    writeLayouts(this.#parts, this.#at, this.#plan);
  }

  async checkpoint(): Promise<ArmCheckpoint> {
    const { update, buffers, copyOut } = this.#parts;
    update.flush();
    const now = { arm: this.#setup.arm, ...this.#at };
    const known = update.batches.flags.map((each) => ({ ...each }));
    const read = await copyOut.read();
    const held = { buffers: read.slice(buffers.length), known };
    return { ...now, buffers: read.slice(0, buffers.length), held };
  }

  restore(checkpoint: ArmCheckpoint): void {
    const { update, buffers } = this.#parts;
    const { held } = checkpoint;
    const all = [...buffers, ...update.batches.buffers];
    writeAll(this.#setup.gpu.device, [...checkpoint.buffers, ...held.buffers], all);
    update.batches.setFlags(held.known);
    this.#stand(checkpoint);
    writeLayouts(this.#parts, this.#at, this.#plan);
  }

  reset(): void {
    const { gpu, initial } = this.#setup;
    const { update, params, referenceParams } = this.#parts;
    for (const each of [params, referenceParams]) gpu.device.queue.writeBuffer(each, 0, initial);
    update.reset();
    this.#stand({ ...this.#at, ...START });
  }

  restart({ config, pending }: Pick<ArmState, "config" | "pending">): void {
    this.reset();
    this.#stand({ ...this.#at, config, pending });
  }

  /** Goes on from there, as far as it is no bytes on the GPU. */
  #stand(at: Readonly<ArmStanding>): void {
    Object.assign(this.#at, standingOf(at));
    this.#last = null;
  }

  weights(): Promise<Float32Array<ArrayBuffer>> {
    return readFloats(this.#setup.gpu.device, this.#parts.params);
  }

  destroy(): void {
    destroyParts(this.#parts);
  }
}
