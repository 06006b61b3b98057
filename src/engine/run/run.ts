import type { Progress } from "../../base/progress.ts";
import { stepPlan } from "../../config/step-plan.ts";
import { armConfig, type ArmConfig, type GRPOConfig, type RunConfig } from "../../config/types.ts";
import type { ArmAnswers } from "../../record/answers.ts";
import type { StepRecord, StepReport } from "../../record/record.ts";
import type { Family } from "../gpu/family.ts";
import { History } from "../history/history.ts";
import type { AnyRunCheckpoint, RunCheckpoint } from "../training/checkpoint.ts";
import type { Counterfactual } from "../training/counterfactual.ts";
import type { PictureAttention } from "../training/picture-attention.ts";
import type { RouteScores } from "../training/route-scores.ts";
import type { Tensor } from "../policy/safetensors.ts";
import { LockstepRun } from "./lockstep-run.ts";
import type { RunArm } from "./run-arm.ts";
import { createArms, type RunOptions, setUp } from "./set-up.ts";

/** Where a run stopped that was trained elsewhere. */
export interface StoppedRun {
  /** Null: from the initial weights. */
  checkpoint: AnyRunCheckpoint | null;
  /** What people changed since, in order: when so many steps were done, of one arm or of all. */
  changes: readonly { step: number; arm: string | null; fields: Partial<GRPOConfig> }[];
  /** Optimizer steps done. */
  step: number;
}

/** Arms that train in lockstep: same initial weights, same prompts, same random numbers. */
export interface Run {
  /** As it was set up, forks included; fields that were changed since are not in it. */
  readonly config: RunConfig;
  /** Trainable numbers of one arm. */
  readonly parameters: number;
  /** max_steps, or what num_train_epochs comes to. */
  readonly totalSteps: number;
  /** Optimizer steps per rollout, on average. */
  readonly stepsPerGeneration: number;
  /** How its products are computed: the same bits need the same. */
  readonly family: Family;
  /** In the configuration's order, forks after them. */
  readonly arms: readonly RunArm[];
  /** Optimizer steps done by every arm. */
  readonly step: number;
  /** GPU memory held. */
  readonly bytes: number;
  /** The next step of every arm begins with a rollout. */
  readonly atGenerationEnd: boolean;
  /** The next step rolls out, before it or in it. */
  readonly rollsOut: boolean;

  /** One optimizer step of every arm. Throws DivergedError; the weights are then the last good ones. */
  advance(): Promise<StepRecord[]>;
  /** The same, to the same bits, for who wants metrics only: no records are copied out. */
  advanceUnrecorded(): Promise<StepReport[]>;

  /**
   * The records of step `at` of every arm, as `advance` gives them, though no record of it was
   * wanted then: that step is replayed, the last one or an earlier one, and every arm then
   * goes on as if nothing had been asked. Arms that have no such step are left out.
   */
  records(at: number, progress?: Progress): Promise<StepRecord[]>;
  /**
   * What the other level would have done in step `at` of an arm, whose weights are perhaps long
   * gone: that step is replayed, and the arm then goes on as if nothing had been asked.
   */
  counterfactual(name: string, at: number, progress?: Progress): Promise<Counterfactual>;
  /**
   * log π of the tokens of step `at` of an arm along the rollout's routes and along the router's own,
   * under the weights that the step began with, which are reached as above. Throws a UserError for a
   * policy without a mixture.
   */
  routeScores(name: string, at: number, progress?: Progress): Promise<RouteScores>;
  /**
   * Where the tokens of a completion, row `row` of step `at` of an arm, look on the picture of their
   * prompt, under the weights that the step began with, which are reached as above. Throws a UserError
   * for a policy that sees no pictures.
   */
  pictureAttention(
    name: string,
    at: number,
    row: number,
    progress?: Progress,
  ): Promise<PictureAttention>;

  /**
   * What every arm answers now to the run's pinned prompts, the first of its evaluation set, taking the
   * likeliest token each time. Training goes on to the same bits.
   */
  answers(): Promise<ArmAnswers[]>;

  /**
   * Sets fields of one arm, or of all; returns the step from which they hold at the earliest.
   * An arm that the run has not got and fields that need a new run are refused with a UserError.
   */
  change(name: string | null, fields: Partial<GRPOConfig>): number;

  /** Throws a UserError where `arm` cannot be forked from arm `of` as it stood after `at` steps. */
  checkFork(of: string, arm: ArmConfig, at?: number): void;
  /**
   * Adds an arm that goes on from where arm `of` stands, with `arm`'s overrides on top of its
   * configuration: same weights, optimizer state, reference and rollout, same random numbers.
   */
  fork(of: string, arm: ArmConfig): Promise<void>;
  /**
   * Back to where every arm stood after `to` steps, before the changes that followed. What came
   * after is forgotten, arms that were forked later included; the arms that are left are returned,
   * with what they are set to now.
   */
  rewind(to: number, progress?: Progress): Promise<ArmConfig[]>;

  /**
   * The weights of an arm as they are now, by transformers' names: what `encodeSafetensors` writes
   * and another run takes as its `weights`.
   */
  weights(name: string): Promise<Record<string, Tensor>>;

  /** Where the run stands between two steps; the steps that follow need not wait for it. */
  checkpoint(): Promise<RunCheckpoint>;
  /**
   * Goes on from a checkpoint of the run of the same configuration, which was perhaps trained
   * elsewhere or by an older version: on the same adapter, as if it had never stopped. A UserError,
   * and nothing taken, where the checkpoint is another run's.
   */
  restore(stored: AnyRunCheckpoint): void;
  /**
   * Goes on where a run of this configuration stopped: from its checkpoint on, the same steps with the
   * same changes. Returns how many steps were replayed.
   */
  resume(stopped: StoppedRun, progress?: Progress): Promise<number>;
  /**
   * Goes on after `step` steps of a run of this configuration whose device was lost, from what that one
   * remembers (`pastBytes`). Returns how many steps were replayed, of the arm that took most.
   */
  recover(lost: Run, step: number, progress?: Progress): Promise<number>;
  /** Back to step 0 with the same initial weights. */
  reset(): void;
  /** Frees what it holds on the GPU; the device stays the caller's. */
  destroy(): void;
}

/**
 * Sets a run up on the device: buffers, kernels, initial weights. Nothing is allocated or compiled
 * afterwards. Throws a UserError when the configuration cannot run.
 *
 * A task of one's own is called for every prompt and completion; where one of its functions throws, a
 * step ends in the middle, in one arm and not in the other: go on from `reset` or `restore`.
 */
export async function createRun(options: RunOptions): Promise<Run> {
  const { config, pastBytes = 0, progress } = options;
  const setup = await setUp(options);
  const arms = await createArms(setup, config, progress);
  const plan = stepPlan(armConfig(config, config.arms[0]!), config.datasetSize);
  const history = pastBytes > 0 ? new History(pastBytes) : null;
  return new LockstepRun(setup, config, arms, plan, history);
}
