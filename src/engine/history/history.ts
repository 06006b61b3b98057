import type { Progress } from "../../base/progress.ts";
import { UserError } from "../../base/user-error.ts";
import type { OtherClip } from "../../record/record.ts";
import type { Arm } from "../training/arm.ts";
import type { ArmCheckpoint } from "../training/checkpoint.ts";
import { ArmJournal, type Beginning, type Change, type ReplayTarget } from "./journal.ts";
import { replay } from "./replay.ts";

/** Steps between two checkpoints at first; doubled each time that they no longer fit. */
const FIRST_STRIDE = 4;

/**
 * The history of a run's arms in main memory, which outlives the device that they were trained on:
 * checkpoints at most `bytes` large together, thinned when they no longer fit, the one that was asked
 * for last, and every change. Any step can be replayed from the checkpoint before it.
 */
export class History {
  readonly #most: number;
  readonly #journals = new Map<string, ArmJournal>();
  #stride = FIRST_STRIDE;
  /** Rises when a checkpoint that is still being read belongs to a history that is no more. */
  #epoch = 0;

  constructor(bytes: number) {
    this.#most = bytes;
  }

  #of({ name }: Arm): ArmJournal {
    const journal = this.#journals.get(name);
    if (!journal) throw new Error(`the journal of arm ${name} was never begun`);
    return journal;
  }

  /**
   * The arm's journal begins here: at step 0 without a checkpoint, or with the one that it was
   * restored from or stands at after a fork.
   */
  begin(arm: Arm, step: number, checkpoint: Beginning["checkpoint"]): void {
    const { config, pending } = arm.state;
    // If it cannot be read (the device is lost), that is told when it is needed.
    if (checkpoint instanceof Promise) checkpoint.catch(() => undefined);
    const begins = { step, checkpoint, start: { config, pending } };
    this.#journals.set(arm.name, new ArmJournal(begins));
  }

  /** Forgets every arm, before all of them begin anew. */
  clear(): void {
    this.#epoch++;
    this.#journals.clear();
    this.#stride = FIRST_STRIDE;
  }

  /** Forgets the arms that are none of these. */
  keepOnly(arms: readonly Arm[]): void {
    this.#epoch++;
    for (const name of this.#journals.keys()) {
      if (arms.every((arm) => arm.name !== name)) this.#journals.delete(name);
    }
  }

  changed(arm: Arm, change: Change): void {
    this.#of(arm).changed(change);
  }

  /** Before the step after `step`: what the level that does not drive the arm is judged by in it. */
  judged(arm: Arm, step: number, otherClip: OtherClip | null): void {
    this.#of(arm).judged(step, otherClip);
  }

  /** After a step: takes a checkpoint where one is due. Training need not wait for it. */
  async keep(arm: Arm, step: number): Promise<void> {
    if (!this.#of(arm).isDue(step, this.#stride)) return;
    await this.#read(arm, (journal, checkpoint) => {
      journal.keep(step, checkpoint);
      this.#thin();
    });
  }

  /** Where the arm stands after `step` steps; remembered until it is asked for again. */
  async checkpoint(arm: Arm, step: number): Promise<ArmCheckpoint> {
    const known = this.#of(arm).at(step);
    return (
      known ?? this.#read(arm, (journal, checkpoint) => journal.rememberRequested(step, checkpoint))
    );
  }

  /** A checkpoint of this moment; `into` its journal, if that is still the arm's when it was read. */
  async #read(
    arm: Arm,
    into: (journal: ArmJournal, checkpoint: ArmCheckpoint) => void,
  ): Promise<ArmCheckpoint> {
    const [journal, epoch] = [this.#of(arm), this.#epoch];
    const checkpoint = await arm.checkpoint();
    const isStill = epoch === this.#epoch && this.#journals.get(arm.name) === journal;
    if (isStill) into(journal, checkpoint);
    return checkpoint;
  }

  #thin(): void {
    const journals = [...this.#journals.values()];
    const sum = (of: (journal: ArmJournal) => number) =>
      journals.reduce((total, journal) => total + of(journal), 0);
    while (sum(({ bytes }) => bytes) > this.#most && sum(({ count }) => count) > 0) {
      this.#stride *= 2;
      for (const journal of journals) journal.thin(this.#stride);
    }
  }

  /** The earliest step after which the arm can stand again. */
  earliest(arm: Arm): number {
    return this.#of(arm).begins.step;
  }

  /**
   * Takes the arm to where it was. Reports each step that is replayed, and returns how many were. A
   * UserError for a target before the journal's beginning.
   */
  async replayTo(arm: Arm, target: ReplayTarget, progress: Progress): Promise<number> {
    const journal = this.#of(arm);
    const { begins } = journal;
    const { step, through } = target;
    if (step - through < begins.step) {
      throw new UserError(
        `Step ${step} of the ${arm.name} arm cannot be taken again: it begins at step ${begins.step}.`,
        `Choose a step from ${begins.step + through} on.`,
      );
    }
    const nearest = journal.nearest(target);
    const checkpoint = nearest?.checkpoint ?? (await begins.checkpoint);
    if (checkpoint) arm.restore(checkpoint);
    else arm.restart(begins.start);
    const change = (at: number) => {
      for (const { live, atRollout } of journal.changesAt(at)) arm.change(live, atRollout);
    };
    const take = (at: number) => arm.advanceUnrecorded(journal.clipAt(at));
    const from = nearest?.step ?? begins.step;
    const taken = await replay({ from, to: step, change, take }, progress);
    if (target.changed) change(step);
    return taken;
  }

  /**
   * Forgets what came after `step`, changes made there included, and arms that began later. The others
   * stand there: how is read first, so that nothing is forgotten where their device is lost.
   */
  async forgetAfter(arms: readonly Arm[], step: number): Promise<void> {
    const here = await Promise.all(arms.map((arm) => arm.checkpoint()));
    this.#epoch++;
    for (const [name, journal] of this.#journals) {
      if (journal.begins.step > step) this.#journals.delete(name);
      journal.forgetAfter(step);
    }
    arms.forEach((arm, i) => this.#of(arm).rememberRequested(step, here[i]!));
  }
}
