import type { GRPOConfig } from "../../config/types.ts";
import type { Arm } from "../training/arm.ts";
import type { ArmCheckpoint } from "../training/checkpoint.ts";
import { DivergedError } from "../training/diverged.ts";
import type { OtherClip } from "../../record/record.ts";
import { UserError } from "../../base/user-error.ts";

/** Steps between two checkpoints at first; doubled each time that they no longer fit. */
const FIRST_STRIDE = 4;

/** A live change, made when so many steps were done. */
interface Change {
  step: number;
  live: Partial<GRPOConfig>;
  atRollout: Partial<GRPOConfig>;
}

/** What is remembered of one arm. */
interface Memory {
  /** Where it can be taken up first: step 0 from its initial weights, or a checkpoint. */
  base: { step: number; checkpoint: ArmCheckpoint | Promise<ArmCheckpoint> | null };
  /** What it was set to then. */
  start: Pick<Arm["state"], "config" | "pending">;
  /** In order of step. */
  checkpoints: { step: number; bytes: number; checkpoint: ArmCheckpoint }[];
  changes: Change[];
  /** What the other level was judged by, from the step after `step` on. In order of step. */
  clips: { step: number; otherClip: OtherClip | null }[];
}

/**
 * The past of a run's arms in main memory: checkpoints at most `bytes` large together, thinned when
 * they no longer fit, and every change made since. Any step can be reached again from the checkpoint
 * before it: random numbers are counted, so the steps in between are the same to the last bit.
 */
export class Past {
  readonly #most: number;
  readonly #memories = new Map<string, Memory>();
  #stride = FIRST_STRIDE;
  /** Rises when a checkpoint that is still being read belongs to a past that is no more. */
  #epoch = 0;

  constructor(bytes: number) {
    this.#most = bytes;
  }

  #memoryOf({ name }: Arm): Memory {
    const memory = this.#memories.get(name);
    if (!memory) throw new Error(`the past of arm ${name} was never begun`);
    return memory;
  }

  /** Of checkpoints held; those that an arm began from are not thinned and not counted. */
  get #bytes(): number {
    return [...this.#memories.values()].reduce(
      (sum, { checkpoints }) => checkpoints.reduce((own, each) => own + each.bytes, sum),
      0,
    );
  }

  /**
   * The arm's past begins here: at step 0 without a checkpoint, or with the one that it was restored
   * from or stands at after a fork.
   */
  begin(arm: Arm, step: number, checkpoint: Memory["base"]["checkpoint"]): void {
    const { config, pending } = arm.state;
    // If it cannot be read (the device is lost), that is told when it is needed.
    if (checkpoint instanceof Promise) checkpoint.catch(() => undefined);
    const base = { step, checkpoint };
    const start = { config, pending };
    this.#memories.set(arm.name, { base, start, checkpoints: [], changes: [], clips: [] });
  }

  /** Forgets every arm, before all of them begin anew. */
  clear(): void {
    this.#epoch++;
    this.#memories.clear();
    this.#stride = FIRST_STRIDE;
  }

  changed(arm: Arm, change: Change): void {
    this.#memoryOf(arm).changes.push(change);
  }

  /** Before the step after `step`: what the level that does not drive the arm is judged by in it. */
  judged(arm: Arm, step: number, otherClip: OtherClip | null): void {
    const { clips } = this.#memoryOf(arm);
    const last = clips.at(-1);
    if (last && isSame(last.otherClip, otherClip)) return;
    clips.push({ step, otherClip });
  }

  /** After a step: takes a checkpoint where one is due. Training need not wait for it. */
  async keep(arm: Arm, step: number): Promise<void> {
    const memory = this.#memoryOf(arm);
    if ((step - memory.base.step) % this.#stride !== 0) return;
    const own = this.#epoch;
    const checkpoint = await arm.checkpoint();
    if (own !== this.#epoch || this.#memories.get(arm.name) !== memory) return;
    const bytes = [...checkpoint.buffers, ...checkpoint.held.buffers].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    );
    memory.checkpoints.push({ step, bytes, checkpoint });
    memory.checkpoints.sort((a, b) => a.step - b.step);
    this.#thin();
  }

  #thin(): void {
    while (this.#bytes > this.#most) {
      this.#stride *= 2;
      let left = 0;
      for (const memory of this.#memories.values()) {
        memory.checkpoints = memory.checkpoints.filter(
          ({ step }) => (step - memory.base.step) % this.#stride === 0,
        );
        left += memory.checkpoints.length;
      }
      if (left === 0) return;
    }
  }

  /** The earliest step after which the arm can stand again. */
  earliest(arm: Arm): number {
    return this.#memoryOf(arm).base.step;
  }

  /**
   * Takes the arm back to where it stood after `step` steps, before the changes that followed, by
   * way of at least `through` steps taken again. Tells of each step that is.
   */
  async reach(
    arm: Arm,
    step: number,
    through: number,
    progress: (done: number, total: number) => void,
  ): Promise<void> {
    const { base, start, checkpoints, changes, clips } = this.#memoryOf(arm);
    const latest = step - through;
    if (latest < base.step) {
      throw new UserError(
        `Step ${step} of the ${arm.name} arm cannot be taken again: it begins at step ${base.step}.`,
        `Choose a step from ${base.step + through} on.`,
      );
    }
    const nearest = checkpoints.findLast((each) => each.step <= latest);
    const checkpoint = nearest?.checkpoint ?? (await base.checkpoint);
    const from = nearest?.step ?? base.step;
    if (checkpoint) arm.restore(checkpoint);
    else arm.restart(start);
    for (let at = from; at < step; at++) {
      for (const change of changes) {
        if (change.step === at) arm.change(change.live, change.atRollout);
      }
      try {
        await arm.advanceUnrecorded(clips.findLast((clip) => clip.step <= at)?.otherClip ?? null);
      } catch (error) {
        // It diverged the first time as well, and training went on from there.
        if (!(error instanceof DivergedError)) throw error;
      }
      progress(at + 1 - from, step - from);
    }
  }

  /** Forgets what came after `step`, changes made there included, and arms that began later. */
  forgetAfter(step: number): void {
    this.#epoch++;
    for (const [name, memory] of this.#memories) {
      if (memory.base.step > step) this.#memories.delete(name);
      memory.checkpoints = memory.checkpoints.filter((each) => each.step <= step);
      memory.changes = memory.changes.filter((each) => each.step < step);
      memory.clips = memory.clips.filter((each) => each.step < step);
    }
  }
}

const isSame = (a: OtherClip | null, b: OtherClip | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
