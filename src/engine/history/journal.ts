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

/** A place on the way of an arm. */
export interface Place {
  /** Optimizer steps done. */
  step: number;
  /** Steps that lead there and are taken again at least; 1: the last one is at hand then. */
  through: 0 | 1;
  /** With the changes that were made there, or before them. */
  changed: boolean;
}

/** An arm after so many steps. */
interface Kept {
  step: number;
  bytes: number;
  checkpoint: ArmCheckpoint;
}

const keptAt = (step: number, checkpoint: ArmCheckpoint): Kept => ({
  step,
  bytes: byteSize([checkpoint.buffers, checkpoint.held.buffers]),
  checkpoint,
});

/** What one arm has gone through: checkpoints, and everything that was changed on the way. */
export class ArmJournal {
  readonly begins: Beginning;
  /** Taken before the changes of their step; in order of step. */
  #kept: Kept[] = [];
  /** The one that was asked for last; perhaps with changes of its step. */
  #asked: Kept | null = null;
  /** In the order in which they were made. */
  #changes: Change[] = [];
  /** What the other level was judged by, from the step after `step` on. In order of step. */
  #clips: { step: number; otherClip: OtherClip | null }[] = [];

  constructor(begins: Beginning) {
    this.begins = begins;
  }

  /** Checkpoints kept, the one that was asked for last not counted. */
  get count(): number {
    return this.#kept.length;
  }
  /** Bytes of them. */
  get bytes(): number {
    return this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
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
    this.#kept.push(keptAt(step, checkpoint));
    this.#kept.sort((a, b) => a.step - b.step);
  }

  /** Remembers one that somebody asked for, until the next. */
  asked(step: number, checkpoint: ArmCheckpoint): void {
    this.#asked = keptAt(step, checkpoint);
  }

  thin(stride: number): void {
    this.#kept = this.#kept.filter(({ step }) => this.isDue(step, stride));
  }

  /** The nearest checkpoint on the way to a place; null: none since the beginning. */
  nearest({ step, through, changed }: Place): Kept | null {
    const latest = step - through;
    const kept = this.#kept.findLast((each) => each.step <= latest) ?? null;
    const asked = this.#asked;
    if (asked === null || asked.step > latest || asked.step < (kept?.step ?? 0)) return kept;
    const isBefore = asked.step < step || changed || this.changesAt(step).length === 0;
    return isBefore ? asked : kept;
  }

  /** What is known of how the arm stands after so many steps, its changes included; null: nothing. */
  at(step: number): Beginning["checkpoint"] {
    if (this.changesAt(step).length > 0) return null;
    const known = [this.#asked, ...this.#kept, this.begins].find((each) => each?.step === step);
    return known?.checkpoint ?? null;
  }

  /** Forgets what came after `step`, changes made there included. */
  forgetAfter(step: number): void {
    this.#kept = this.#kept.filter((each) => each.step <= step);
    this.#changes = this.#changes.filter((each) => each.step < step);
    this.#clips = this.#clips.filter((each) => each.step < step);
    if (this.#asked && this.#asked.step >= step) this.#asked = null;
  }
}

const isSame = (a: OtherClip | null, b: OtherClip | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
