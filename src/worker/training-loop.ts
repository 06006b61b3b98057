import { DivergedError } from "../engine/diverged.ts";
import type { StepRecord } from "../engine/record.ts";
import type { Run } from "../engine/trainer.ts";
import { failureOf } from "./failure.ts";
import type { Command, WorkerEvent } from "./protocol.ts";
import type { RunLog } from "./run-log.ts";
import { StepPosts } from "./step-posts.ts";

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
  #stepsPerSecond: number | null = null;
  #ended: Promise<void> = Promise.resolve();
  #looping = false;
  /** The loop's present sleep, if it sleeps. */
  #wake: (() => void) | null = null;
  /** Changes that wait for the step in progress to end: a step has one configuration. */
  #changes: Extract<Command, { type: "change" }>[] = [];
  /** Training came to its end, and the page has not been told yet. */
  #idleOwed = false;

  constructor(owner: LoopOwner) {
    this.#owner = owner;
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
    this.#stepsPerSecond = stepsPerSecond;
  }

  /** Cuts the pause between two steps short. */
  wake(): void {
    this.#wake?.();
  }

  launch(run: Run, log: RunLog): void {
    this.#owner.post({ type: "playing" });
    if (!this.#looping) {
      this.#ended = this.#train(run, log).catch((error) => this.#owner.failed(error));
    }
  }

  /** Holds from the next step on. */
  change(change: Extract<Command, { type: "change" }>): void {
    this.#changes.push(change);
  }

  forgetChanges(): void {
    this.#changes = [];
  }

  applyChanges(run: Run, log: RunLog | null): void {
    for (const { arm, fields } of this.#changes.splice(0)) {
      try {
        const step = run.change(arm, fields);
        log?.changed(arm, fields, step);
        this.#owner.post({ type: "changed", arm, fields, step });
      } catch (error) {
        // A refused change leaves everything as it was, training too.
        this.#owner.post(failureOf(error, null));
      }
    }
  }

  async #train(run: Run, log: RunLog): Promise<void> {
    this.#looping = true;
    const posts = new StepPosts((event) => this.#owner.post(event));
    let ended = false;
    try {
      while (this.#goal > 0 && run.step < run.totalSteps) {
        this.applyChanges(run, log);
        const began = performance.now();
        const stepped = await this.#advance(run, log);
        // A pause during the step has set the goal to 0; it answers for itself.
        ended =
          --this.#goal === 0 || (this.#goal > 0 && this.#untilGeneration && run.atGenerationEnd);
        if (ended) this.#goal = 0;
        const tookMs = performance.now() - began;
        await log.generationStored();
        posts.add(stepped, tookMs);
        if (this.#goal <= 0) posts.flush();
        else posts.flushIfDue();
        log.stepped(run.step, stepped, tookMs);
        if (this.#goal > 0) await log.endOfStep(run);
        await this.#pace(performance.now() - began);
      }
      this.#idleOwed = ended || run.step >= run.totalSteps;
      await log.standStill(run, run.step >= run.totalSteps ? "finished" : "unfinished");
    } finally {
      posts.flush();
      this.#looping = false;
    }
    this.applyChanges(run, log);
    this.#goal = 0;
    this.sayIdle(run);
  }

  /** Once, when training has come to where it was to come. */
  sayIdle(run: Run): void {
    if (!this.#idleOwed) return;
    this.#idleOwed = false;
    const reason = run.step >= run.totalSteps ? "finished" : "stepped";
    this.#owner.post({ type: "idle", step: run.step, reason });
  }

  /** A step that diverged counts, and what it left is stored like any other. */
  async #advance(run: Run, log: RunLog): Promise<StepRecord[]> {
    try {
      return await run.advance();
    } catch (error) {
      if (error instanceof DivergedError) {
        const { arm, step, message: text } = error;
        log.stepped(run.step, [], 0);
        log.note({ step, kind: "failure", arm, text, fields: null });
        await log.standStill(run, "failed");
      }
      throw error;
    }
  }

  /** Waits out the rest of a step's time when the speed is limited; commands cut it short. */
  async #pace(spentMs: number): Promise<void> {
    if (this.#stepsPerSecond === null || this.#goal <= 0) return;
    const restMs = 1000 / this.#stepsPerSecond - spentMs;
    if (restMs <= 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, restMs);
    });
    this.#wake = null;
  }
}
