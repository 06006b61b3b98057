import type { Progress } from "../../base/progress.ts";
import { UserError } from "../../base/user-error.ts";
import { differingFields } from "../../config/effective-config.ts";
import type { StepPlan } from "../../config/step-plan.ts";
import type { ArmConfig, GRPOConfig, RunConfig } from "../../config/types.ts";
import type { ArmAnswers } from "../../record/answers.ts";
import type { OtherClip, StepRecord, StepReport } from "../../record/record.ts";
import type { Family } from "../gpu/family.ts";
import { withinMemory } from "../gpu/limits.ts";
import type { History } from "../history/history.ts";
import { replay } from "../history/replay.ts";
import { unpackTensors } from "../policy/parameters.ts";
import type { Tensor } from "../policy/safetensors.ts";
import { type Arm, createArm } from "../training/arm.ts";
import {
  type AnyRunCheckpoint,
  CHECKPOINT_VERSION,
  type RunCheckpoint,
} from "../training/checkpoint.ts";
import type { Counterfactual } from "../training/counterfactual.ts";
import { DivergedError } from "../training/diverged.ts";
import type { RouteScores } from "../training/route-scores.ts";
import { otherClip } from "../training/other-clip.ts";
import { settingsOf } from "../training/standing.ts";
import { requireRunnable } from "../training/runnable.ts";
import { fieldChange } from "./field-change.ts";
import { fittingCheckpoint } from "./fitting-checkpoint.ts";
import type { RunSetup } from "./set-up.ts";
import type { Run, StoppedRun } from "./run.ts";
import { thenRestored } from "./then-restored.ts";

const ignoreProgress: Progress = () => undefined;

export class LockstepRun implements Run {
  readonly #setup: RunSetup;
  readonly #plan: StepPlan;
  #history: History | null;
  readonly #arms: Arm[];
  #config: RunConfig;
  #step = 0;

  /** `history` null: only the newest step can be asked about. */
  constructor(
    setup: RunSetup,
    config: RunConfig,
    arms: readonly Arm[],
    plan: StepPlan,
    history: History | null,
  ) {
    this.#setup = setup;
    this.#config = config;
    this.#arms = [...arms];
    this.#plan = plan;
    this.#history = history;
    for (const arm of arms) history?.begin(arm, 0, null);
  }

  get config(): RunConfig {
    return this.#config;
  }
  get parameters(): number {
    return this.#setup.layout.count;
  }
  get totalSteps(): number {
    return this.#plan.totalSteps;
  }
  get stepsPerGeneration(): number {
    return this.#plan.optimizerStepsPerGeneration;
  }
  get family(): Family {
    return this.#setup.gpu.matmul;
  }
  get arms(): readonly Arm[] {
    return this.#arms;
  }
  get step(): number {
    return this.#step;
  }
  get bytes(): number {
    return this.#arms.reduce((sum, arm) => sum + arm.bytes, 0);
  }
  get atGenerationEnd(): boolean {
    return this.#arms.every((arm) => arm.atGenerationEnd);
  }
  get rollsOut(): boolean {
    return this.#arms.some((arm) => arm.rollsOut);
  }

  #armNamed(name: string): Arm {
    const arm = this.#arms.find((each) => each.name === name);
    if (!arm) throw new UserError(`The run has no arm "${name}".`, "Choose one that it has.");
    return arm;
  }

  #remembered(): History {
    if (this.#history === null) {
      throw new UserError("This run keeps no past.", "Ask about its newest step.");
    }
    return this.#history;
  }

  advance(): Promise<StepRecord[]> {
    return this.#stepAll((arm, clip) => arm.advance(clip));
  }

  advanceUnrecorded(): Promise<StepReport[]> {
    return this.#stepAll((arm, clip) => arm.advanceUnrecorded(clip));
  }

  /** A step of every arm: all of them are on the GPU before one of them is waited for. */
  async #stepAll<T>(take: (arm: Arm, clip: OtherClip | null) => Promise<T>): Promise<T[]> {
    // Of all arms as they are set now: one that is set anew meanwhile is so from its next step on.
    const clips = this.#arms.map((arm) => otherClip(arm, this.#arms));
    this.#arms.forEach((arm, i) => this.#history?.judged(arm, this.#step, clips[i]!));
    // All arms end the step, also when one of them diverges: none is left in the middle of it.
    const outcomes = await Promise.allSettled(this.#arms.map((arm, i) => take(arm, clips[i]!)));
    const taken = outcomes.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const faults = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    // A diverged step counts, in every arm.
    if (faults.every((fault) => fault instanceof DivergedError)) {
      this.#step++;
      // A checkpoint that cannot be read (the device is lost) is missed when it is asked for.
      for (const arm of this.#arms) this.#history?.keep(arm, this.#step).catch(() => undefined);
    }
    if (faults.length > 0) throw faults[0];
    return taken;
  }

  async records(at: number, progress: Progress = ignoreProgress): Promise<StepRecord[]> {
    if (at === this.#step) {
      const last = await Promise.all(this.#arms.map((arm) => arm.lastRecord()));
      return last.filter((record) => record !== null);
    }
    const history = this.#remembered();
    const records: StepRecord[] = [];
    for (const arm of this.#arms.filter((each) => at < this.#step && history.earliest(each) < at)) {
      const record = await thenRestored(arm, async () => {
        await history.replayTo(arm, { step: at, through: 1, changed: false }, progress);
        return arm.lastRecord();
      });
      if (record !== null) records.push(record);
    }
    return records;
  }

  counterfactual(name: string, at: number, progress?: Progress): Promise<Counterfactual> {
    return this.#askAt(name, at, progress, (arm) => arm.counterfactual());
  }

  routeScores(name: string, at: number, progress?: Progress): Promise<RouteScores> {
    return this.#askAt(name, at, progress, (arm) => arm.routeScores());
  }

  pictureAttention(name: string, at: number, row: number, progress?: Progress) {
    return this.#askAt(name, at, progress, (arm) => arm.pictureAttention(row));
  }

  /** Asks an arm of step `at`, which is replayed where it is not the last one. */
  async #askAt<T>(
    name: string,
    at: number,
    progress: Progress = ignoreProgress,
    ask: (arm: Arm) => Promise<T>,
  ): Promise<T> {
    const arm = this.#armNamed(name);
    if (at === this.#step && (arm.replayable || this.#history === null)) return ask(arm);
    const history = this.#remembered();
    return thenRestored(arm, async () => {
      await history.replayTo(arm, { step: at, through: 1, changed: false }, progress);
      return ask(arm);
    });
  }

  answers(): Promise<ArmAnswers[]> {
    return Promise.all(this.#arms.map((arm) => arm.answers()));
  }

  change(name: string | null, fields: Partial<GRPOConfig>): number {
    const change = { step: this.#step, ...fieldChange(fields) };
    for (const arm of name === null ? this.#arms : [this.#armNamed(name)]) {
      arm.change(change.live, change.atRollout);
      this.#history?.changed(arm, change);
    }
    return this.#step + 1;
  }

  checkFork(of: string, arm: ArmConfig, at = this.#step): void {
    const parent = this.#armNamed(of);
    requireRunnable({ ...this.#config, arms: [...this.#config.arms, arm] }, this.#setup.own);
    if (at < this.#step && this.#remembered().earliest(parent) > at) {
      throw new UserError(
        `The ${of} arm begins at step ${this.#history?.earliest(parent)}: it cannot be forked at step ${at}.`,
        "Choose a later step.",
      );
    }
  }

  async fork(of: string, arm: ArmConfig): Promise<void> {
    this.checkFork(of, arm);
    const parent = this.#armNamed(of);
    const run = { ...this.#config, arms: [...this.#config.arms, arm] };
    const { device } = this.#setup.gpu;
    const made = await withinMemory(device, () => createArm({ ...this.#setup, run, arm }));
    made.takeOver(parent.state);
    this.#arms.push(made);
    this.#config = run;
    this.#history?.begin(made, this.#step, this.#step > 0 ? made.checkpoint() : null);
  }

  async rewind(to: number, progress: Progress = ignoreProgress): Promise<ArmConfig[]> {
    const history = this.#remembered();
    const kept = this.#arms.filter((arm) => history.earliest(arm) <= to);
    if (kept.length === 0) {
      const first = Math.min(...this.#arms.map((arm) => history.earliest(arm)));
      throw new UserError(
        `The run cannot go back to step ${to}: it begins at step ${first}.`,
        "Choose a later step.",
      );
    }
    const before = { step: to, through: 0, changed: false } as const;
    for (const arm of kept) await history.replayTo(arm, before, progress);
    await history.forgetAfter(kept, to);
    for (const arm of this.#arms) if (!kept.includes(arm)) arm.destroy();
    this.#arms.splice(0, this.#arms.length, ...kept);
    const left = this.#config.arms.filter(({ name }) => kept.some((arm) => arm.name === name));
    this.#config = { ...this.#config, arms: left };
    this.#step = to;
    const { grpo } = this.#config;
    return left.map((arm) => ({
      ...arm,
      overrides: differingFields(settingsOf(this.#armNamed(arm.name)), grpo),
    }));
  }

  async weights(name: string): Promise<Record<string, Tensor>> {
    return unpackTensors(this.#setup.layout, await this.#armNamed(name).weights());
  }

  async checkpoint(): Promise<RunCheckpoint> {
    const { family, step, config: run } = this;
    const history = this.#history;
    const now = { version: CHECKPOINT_VERSION, run, step, family } as const;
    const read = (arm: Arm) => history?.checkpoint(arm, step) ?? arm.checkpoint();
    return { ...now, arms: await Promise.all(this.#arms.map(read)) };
  }

  restore(stored: AnyRunCheckpoint): void {
    const { step, arms } = fittingCheckpoint(stored, this);
    this.#arms.forEach((arm, i) => arm.restore(arms[i]!));
    this.#step = step;
    this.#history?.clear();
    this.#arms.forEach((arm, i) => this.#history?.begin(arm, step, arms[i]!));
  }

  async resume({ checkpoint, changes, step }: StoppedRun, progress: Progress = ignoreProgress) {
    if (checkpoint !== null) this.restore(checkpoint);
    const from = this.#step;
    const change = (at: number) => {
      // One from before the checkpoint that is not in it holds from there on.
      for (const { step: made, arm, fields } of changes) {
        if (Math.max(made, from) === at) this.change(arm, fields);
      }
    };
    const take = () => this.advanceUnrecorded();
    const taken = await replay({ from, to: step, change, take }, progress);
    change(this.#step);
    return taken;
  }

  async recover(lost: Run, step: number, progress: Progress = ignoreProgress): Promise<number> {
    if (!(lost instanceof LockstepRun))
      throw new Error("a run of another make has no history here");
    const history = lost.#remembered();
    history.keepOnly(this.#arms);
    let most = 0;
    for (const arm of this.#arms) {
      const taken = await history.replayTo(arm, { step, through: 0, changed: true }, progress);
      most = Math.max(most, taken);
    }
    this.#history = history;
    this.#step = step;
    return most;
  }

  reset(): void {
    for (const arm of this.#arms) arm.reset();
    this.#step = 0;
    this.#history?.clear();
    for (const arm of this.#arms) this.#history?.begin(arm, 0, null);
  }

  destroy(): void {
    for (const arm of this.#arms) arm.destroy();
  }
}
