import { byteSize } from "../../base/byte-size.ts";
import type { GRPOConfig } from "../../config/types.ts";
import type { OtherClip } from "../../record/record.ts";
import type { ArmCheckpoint } from "../training/checkpoint.ts";
import type { ArmStanding } from "../training/standing.ts";

/** A live change of one arm. */
export interface Change {
  /** Steps that were done when it was made; it holds from the next one on. */
  step: number;
  live: Partial<GRPOConfig>;
  /** What waits for the next rollout. */
  atRollout: Partial<GRPOConfig>;
}

/** Where an arm's journal begins: at step 0 from its initial weights, or at a checkpoint. */
export interface Beginning {
  step: number;
  /** Null: from the initial weights. */
  checkpoint: ArmCheckpoint | Promise<ArmCheckpoint> | null;
  /** What it was set to then. */
  start: Pick<ArmStanding, "config" | "pending">;
}

/** A moment of an arm's past. */
export interface ReplayTarget {
  /** Optimizer steps done. */
  step: number;
  /** Steps that lead there and are replayed at least; 1: the last one is at hand then. */
  through: 0 | 1;
  /** With the changes that were made there, or before them. */
  changed: boolean;
}

/** An arm after so many steps. */
interface CheckpointAt {
  step: number;
  bytes: number;
  checkpoint: ArmCheckpoint;
}

const checkpointAt = (step: number, checkpoint: ArmCheckpoint): CheckpointAt => ({
  step,
  bytes: byteSize([checkpoint.buffers, checkpoint.held.buffers]),
  checkpoint,
});

/** What one arm has gone through: checkpoints, and everything that was changed on the way. */
export class ArmJournal {
  readonly begins: Beginning;
  /** Taken before the changes of their step; in order of step. */
  #checkpoints: CheckpointAt[] = [];
  /** The one that was asked for last; perhaps with changes of its step. */
  #requested: CheckpointAt | null = null;
  /** In the order in which they were made. */
  #changes: Change[] = [];
  /** What the other level was judged by, from the step after `step` on. In order of step. */
  #clips: { step: number; otherClip: OtherClip | null }[] = [];

  constructor(begins: Beginning) {
    this.begins = begins;
  }

  /** Checkpoints kept, the one that was asked for last not counted. */
  get count(): number {
    return this.#checkpoints.length;
  }
  /** Bytes of them. */
  get bytes(): number {
    return this.#checkpoints.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  changed(change: Change): void {
    this.#changes.push(change);
  }

  changesAt(step: number): readonly Change[] {
    return this.#changes.filter((change) => change.step === step);
  }

  /** Before the step after `step`: what the level that does not drive the arm is judged by in it. */
  judged(step: number, otherClip: OtherClip | null): void {
    const last = this.#clips.at(-1);
    if (last && isSame(last.otherClip, otherClip)) return;
    this.#clips.push({ step, otherClip });
  }

  /** What it was judged by in the step after `step`. */
  clipAt(step: number): OtherClip | null {
    return this.#clips.findLast((clip) => clip.step <= step)?.otherClip ?? null;
  }

  /** Whether a checkpoint after so many steps is kept when one in `stride` is. */
  isDue(step: number, stride: number): boolean {
    return (step - this.begins.step) % stride === 0;
  }

  keep(step: number, checkpoint: ArmCheckpoint): void {
    this.#checkpoints.push(checkpointAt(step, checkpoint));
    this.#checkpoints.sort((a, b) => a.step - b.step);
  }

  /** Remembers one that somebody asked for, until the next. */
  rememberRequested(step: number, checkpoint: ArmCheckpoint): void {
    this.#requested = checkpointAt(step, checkpoint);
  }

  thin(stride: number): void {
    this.#checkpoints = this.#checkpoints.filter(({ step }) => this.isDue(step, stride));
  }

  /** The nearest checkpoint on the way to a target; null: none since the beginning. */
  nearest({ step, through, changed }: ReplayTarget): CheckpointAt | null {
    const latest = step - through;
    const stored = this.#checkpoints.findLast((each) => each.step <= latest) ?? null;
    const requested = this.#requested;
    if (requested === null || requested.step > latest) return stored;
    if (requested.step < (stored?.step ?? 0)) return stored;
    const isBefore = requested.step < step || changed || this.changesAt(step).length === 0;
    return isBefore ? requested : stored;
  }

  /** What is known of how the arm stands after so many steps, its changes included; null: nothing. */
  at(step: number): Beginning["checkpoint"] {
    if (this.changesAt(step).length > 0) return null;
    const known = [this.#requested, ...this.#checkpoints, this.begins].find(
      (each) => each?.step === step,
    );
    return known?.checkpoint ?? null;
  }

  /** Forgets what came after `step`, changes made there included. */
  forgetAfter(step: number): void {
    this.#checkpoints = this.#checkpoints.filter((each) => each.step <= step);
    this.#changes = this.#changes.filter((each) => each.step < step);
    this.#clips = this.#clips.filter((each) => each.step < step);
    if (this.#requested && this.#requested.step >= step) this.#requested = null;
  }
}

const isSame = (a: OtherClip | null, b: OtherClip | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
