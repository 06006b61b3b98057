import { DivergedError } from "../engine/training/diverged.ts";
import { isAnswered } from "../record/answers.ts";
import { reportOf } from "../record/record.ts";
import type { Run } from "../engine/run/run.ts";
import { failureOf } from "./failure.ts";
import type { Command, WorkerEvent } from "./protocol.ts";
import { PAGE_EVERY_MS, RecordedGenerations } from "./recorded-generations.ts";
import type { RunJournal, StepTaken } from "./run-journal.ts";
import { StepPosts } from "./step-posts.ts";

/** The last steps before one that training is known to stop at leave records: a second of them. */
const LOOKED_AT = 1000 / PAGE_EVERY_MS;

/** What the loop needs of a run. */
export type Trained = Pick<
  Run,
  | "step"
  | "totalSteps"
  | "rollsOut"
  | "atGenerationEnd"
  | "advance"
  | "advanceUnrecorded"
  | "records"
  | "answers"
  | "change"
  | "checkpoint"
>;

/** Who hears of the loop. */
export interface LoopOwner {
  post(event: WorkerEvent): void;
  /** What stopped it. */
  failed(error: unknown): Promise<void>;
}

/**
 * The loop that steps a run. It looks at what is wanted between steps, so a pause is heard after at
 * most one step.
 */
export class TrainingLoop {
  readonly #owner: LoopOwner;
  /** Optimizer steps still wanted; Infinity while playing. */
  #goal = 0;
  /** Stand still at the end of a generation. */
  #untilGeneration = false;
  /** Milliseconds that a step takes at least. */
  #everyMs = 0;
  #ended: Promise<void> = Promise.resolve();
  #looping = false;
  /** The loop's present sleep, if it sleeps. */
  #wake: (() => void) | null = null;
  /** Changes that wait for the step in progress to end: a step has one configuration. */
  #changes: Extract<Command, { type: "change" }>[] = [];
  /** Training came to its end, and the page has not been told yet. */
  #idleOwed = false;
  readonly #posts: StepPosts;
  readonly #generations = new RecordedGenerations();
  /** The last step, where its record was not copied out. */
  #unrecorded: number | null = null;

  constructor(owner: LoopOwner) {
    this.#owner = owner;
    this.#posts = new StepPosts((event) => owner.post(event));
  }

  get isLooping(): boolean {
    return this.#looping;
  }
  /** Whether steps are wanted, be the loop at them or not. */
  get isWanted(): boolean {
    return this.#goal > 0;
  }
  /** Resolves when the loop stands still. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** So many steps from now on; `untilGeneration`: no further than the generation's end. */
  want(steps: number, untilGeneration = false): void {
    this.#goal = steps;
    this.#untilGeneration = untilGeneration;
  }

  /** No step after the one in progress. */
  wantNone(): void {
    this.#goal = 0;
  }

  async stop(): Promise<void> {
    this.wantNone();
    await this.#ended;
  }

  /** Null: as fast as it goes. */
  limit(stepsPerSecond: number | null): void {
    this.#everyMs = stepsPerSecond === null ? 0 : 1000 / stepsPerSecond;
  }

  /** Cuts the pause between two steps short. */
  wake(): void {
    this.#wake?.();
  }

  launch(run: Trained, journal: RunJournal): void {
    this.#owner.post({ type: "playing" });
    if (!this.#looping) {
      this.#ended = this.#train(run, journal).catch((error) => this.#owner.failed(error));
    }
  }

  /** Holds from the next step on. */
  change(change: Extract<Command, { type: "change" }>): void {
    this.#changes.push(change);
  }

  /** Another run takes the present one's place, or the same at an earlier step. */
  forget(): void {
    this.#changes = [];
    this.#unrecorded = null;
  }

  /** Somebody looks at the next step. */
  look(): void {
    this.#generations.ask();
  }

  applyChanges(run: Trained, journal: RunJournal): void {
    for (const { arm, fields } of this.#changes.splice(0)) {
      try {
        const step = run.change(arm, fields);
        const text = journal.changed(arm, fields, step);
        this.#owner.post({ type: "changed", arm, fields, step, text });
      } catch (error) {
        // A refused change leaves everything as it was, training too.
        this.#owner.post({ type: "failed", ...failureOf(error, null) });
      }
    }
  }

  async #train(run: Trained, journal: RunJournal): Promise<void> {
    this.#looping = true;
    let ended = false;
    // What follows a press is looked at.
    this.look();
    try {
      while (this.#goal > 0 && run.step < run.totalSteps) {
        if (this.#changes.length > 0) this.look();
        this.applyChanges(run, journal);
        const began = performance.now();
        const taken = await this.#takeStepAnswering(run, journal);
        // A pause during the step has set the goal to 0; it answers for itself.
        ended =
          --this.#goal === 0 || (this.#goal > 0 && this.#untilGeneration && run.atGenerationEnd);
        if (ended) this.#goal = 0;
        const tookMs = performance.now() - began;
        await journal.generationStored();
        this.#posts.add(taken, tookMs);
        if (this.#goal <= 0) this.#posts.flush();
        else this.#posts.flushIfDue();
        journal.stepped(run.step, taken, tookMs);
        if (this.#goal > 0) await journal.endOfStep(run);
        await this.#pace(performance.now() - began);
      }
      this.#idleOwed = ended || run.step >= run.totalSteps;
      await this.showLast(run, journal);
      await journal.standStill(run, run.step >= run.totalSteps ? "finished" : "unfinished");
    } finally {
      this.#posts.flush();
      this.#looping = false;
    }
    this.applyChanges(run, journal);
    this.#goal = 0;
    this.sayIdle(run);
  }

  /** Once, when training has come to where it was to come. */
  sayIdle(run: Trained): void {
    if (!this.#idleOwed) return;
    this.#idleOwed = false;
    const reason = run.step >= run.totalSteps ? "finished" : "stepped";
    this.#owner.post({ type: "idle", step: run.step, reason });
  }

  /**
   * Where training stands still, the page and the storage have the record of the last step that can
   * have one, whether or not it was asked for when it was taken.
   */
  async showLast(run: Trained, journal: RunJournal): Promise<void> {
    if (this.#unrecorded === null) return;
    const records = await run.records(this.#unrecorded, (done, total) =>
      this.#owner.post({ type: "replaying", done, total }),
    );
    this.#unrecorded = null;
    this.#posts.add({ reports: [], records }, 0);
    this.#posts.flush();
    journal.showed(records);
  }

  /** A step is looked at where a stop is near, and where the page can follow every one. */
  #isLookedAt(run: Trained): boolean {
    const left = Math.min(this.#goal, run.totalSteps - run.step);
    return left <= LOOKED_AT || this.#untilGeneration || this.#everyMs >= PAGE_EVERY_MS;
  }

  /** A step, and what the arms answer before the first one and after those that are due. */
  async #takeStepAnswering(run: Trained, journal: RunJournal): Promise<StepTaken> {
    const before = run.step === 0 ? await run.answers() : [];
    const taken = await this.#takeStep(run, journal);
    const after = isAnswered(run.step) ? await run.answers() : [];
    return { ...taken, answers: [...before, ...after] };
  }

  async #takeStep(run: Trained, journal: RunJournal): Promise<StepTaken> {
    if (this.#isLookedAt(run)) this.look();
    if (!this.#generations.next(run.rollsOut)) {
      const reports = await this.#advance(run, journal, () => run.advanceUnrecorded());
      this.#unrecorded = run.step;
      return { reports, records: [] };
    }
    const records = await this.#advance(run, journal, () => run.advance());
    this.#generations.left(records);
    this.#unrecorded = null;
    return { reports: records.map(reportOf), records };
  }

  /** A step that diverged counts, and what it left is stored like any other. */
  async #advance<T>(run: Trained, journal: RunJournal, take: () => Promise<T>): Promise<T> {
    try {
      return await take();
    } catch (error) {
      if (error instanceof DivergedError) {
        const { arm, step, message: text } = error;
        journal.stepped(run.step, { reports: [], records: [] }, 0);
        await this.showLast(run, journal);
        journal.note({ step, kind: "failure", arm, text, fields: null });
        await journal.standStill(run, "failed");
      }
      throw error;
    }
  }

  /** Waits out the rest of a step's time when the speed is limited; commands cut it short. */
  async #pace(spentMs: number): Promise<void> {
    const restMs = this.#everyMs - spentMs;
    if (restMs <= 0 || this.#goal <= 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, restMs);
    });
    this.#wake = null;
  }
}
