import { byteSize } from "../base/byte-size.ts";
import { describeChange, withFields, withFork } from "../config/live-change.ts";
import type { ArmConfig, GRPOConfig, RunConfig } from "../config/types.ts";
import type { Run } from "../engine/run/run.ts";
import type { AnyRunCheckpoint } from "../engine/training/checkpoint.ts";
import type { ArmAnswers } from "../record/answers.ts";
import type { StepRecord, StepReport } from "../record/record.ts";
import type { StoredEvent, StoredRun } from "../runs/stored-run.ts";
import { CheckpointPace } from "./checkpoint-pace.ts";
import { RecordShare } from "./record-share.ts";
import type { RunWriter } from "./run-writer.ts";

/** Training is stored this often at least, in the middle of a generation too. */
const FLUSH_MS = 1000;

/** An optimizer step of all arms. */
export interface StepTaken {
  reports: readonly StepReport[];
  /** What the arms answer after it, and before it where it is the first; absent: they were not asked. */
  answers?: readonly ArmAnswers[];
  /** Empty where nobody asked for them. */
  records: readonly StepRecord[];
}

/**
 * What a run in training has come to, as its writer stores it, to go on after the page was closed.
 * What of it is stored when is decided here: records by their share, checkpoints by their pace.
 */
export class RunJournal {
  readonly #writer: RunWriter | null;
  readonly #records: RecordShare | null;
  readonly #pace = new CheckpointPace();
  #stored: StoredRun;
  #now: RunConfig;
  /** Events so far. */
  #events = 0;
  #reports: StepReport[] = [];
  /** Steps done at the last checkpoint; null: there is none. */
  #checkpointStep: number | null = null;
  /** The next write has a checkpoint in it, whose cost it belongs to. */
  #timesWrite = false;
  /** Of the last step. */
  #generation = -1;
  /** The generation that is learnt from since the last flush. */
  #begun = 0;
  #unflushedMs = 0;
  /** The write that began when the generation before the present one ended. */
  #lastGeneration: Promise<void> | null = null;

  /** `writer` null: nothing is stored. */
  constructor(stored: StoredRun, writer: RunWriter | null) {
    this.#stored = stored;
    this.#writer = writer;
    this.#records = writer && new RecordShare(stored.id);
    this.#now = stored.run;
  }

  get id(): string {
    return this.#stored.id;
  }
  /** Its `run` is the run as it was set up, forks included. */
  get stored(): StoredRun {
    return this.#stored;
  }
  /** The run with the live changes. */
  get now(): RunConfig {
    return this.#now;
  }
  /** Optimizer steps done. */
  get step(): number {
    return this.#stored.step;
  }
  /** Whether the database has the run as it stands. */
  get isStored(): boolean {
    return this.#writer?.storedStep === this.#stored.step;
  }

  /** Goes on with what was stored of the run; `checkpointStep`: of its last checkpoint, if any. */
  takeUp(now: RunConfig, checkpointStep: number | null, events: readonly StoredEvent[]): void {
    this.#now = now;
    this.#checkpointStep = checkpointStep;
    this.#events = events.reduce((most, { at }) => Math.max(most, at + 1), 0);
  }

  /** Fields were changed, which hold from `step` on. Returns the change in words. */
  changed(arm: string | null, fields: Partial<GRPOConfig>, step: number): string {
    const text = describeChange(this.#now, arm, fields);
    this.#now = withFields(this.#now, arm, fields);
    this.note({ step, kind: "change", arm, text, fields });
    this.#flush();
    return text;
  }

  /** The run has an arm more; `checkpoint` has it too. Returns the fork in words. */
  forked(of: string, arm: ArmConfig, run: RunConfig, checkpoint: AnyRunCheckpoint): string {
    this.#now = withFork(this.#now, of, arm);
    this.#stored = { ...this.#stored, run };
    const text = `${arm.name} forked from ${of}`;
    this.note({ step: checkpoint.step, kind: "fork", arm: arm.name, text, fields: null });
    this.#keep(checkpoint);
    this.#flush();
    return text;
  }

  note(event: Omit<StoredEvent, "run" | "at">): void {
    const stored = { ...event, run: this.id, at: this.#events++ };
    this.#writer?.add(this.#stored, { events: [stored] });
  }

  /** Optimizer steps were done, perhaps with one arm or none left to tell of it. */
  stepped(step: number, { reports, records, answers = [] }: StepTaken, ms: number): void {
    const elapsedMs = this.#stored.elapsedMs + ms;
    this.#unflushedMs += ms;
    this.#pace.trained(ms);
    this.#records?.trained(ms);
    this.#stored = { ...this.#stored, step, elapsedMs, status: "unfinished" };
    const [first] = reports;
    if (first === undefined) return;
    this.#reports.push(...reports);
    const tokens = reports.reduce((sum, { metrics }) => sum + (metrics.num_tokens ?? 0), 0);
    this.#stored = { ...this.#stored, tokens };
    this.#generation = first.generation;
    this.#records?.stepped(first.generation, records);
    for (const { arm, step: after, answers: given } of answers) {
      const text = given.map(({ completion }) => completion.join(" ")).join("; ");
      this.note({ step: after, kind: "answers", arm, text, fields: null, answers: given });
    }
  }

  /** The records of the last step, which were not asked for when it was taken. */
  showed(records: readonly StepRecord[]): void {
    this.#records?.showed(records);
  }

  /**
   * At the end of a generation, and of a long step, what happened is stored; with a checkpoint when
   * one is due. The next generation begins meanwhile, see `generationStored`.
   */
  async endOfStep(run: Pick<Run, "atGenerationEnd" | "checkpoint">): Promise<void> {
    const ended = run.atGenerationEnd || this.#generation > this.#begun;
    if (!ended && this.#unflushedMs < FLUSH_MS) return;
    if (this.#pace.isDue) await this.#takeCheckpoint(run);
    this.#flush();
    // The step after a generation's end begins another one, which is not flushed for having begun.
    if (run.atGenerationEnd) {
      this.#begun = this.#generation + 1;
      this.#lastGeneration = this.#writer?.written() ?? null;
    }
  }

  /**
   * Resolves when the generation that ended last is stored, or refused. A step counts, for the page
   * and for what follows, only then: at most one generation of counted steps is not stored yet,
   * whenever the page is killed. Waiting here and not at the generation's end gives the write the
   * time of the next rollout and step, for which the GPU needs no part of this thread.
   */
  async generationStored(): Promise<void> {
    await this.#lastGeneration;
    this.#lastGeneration = null;
  }

  /** Training stands still: all is stored, so that nothing is taken again later. */
  async standStill(
    run: Pick<Run, "step" | "checkpoint">,
    status: StoredRun["status"],
  ): Promise<void> {
    this.#records?.standStill();
    if (this.#checkpointStep !== run.step) await this.#takeCheckpoint(run);
    this.#stored = { ...this.#stored, status };
    this.#flush();
  }

  /** Everything is in the database, as far as it takes it. */
  async settled(): Promise<void> {
    this.#flush();
    await this.#writer?.settle();
  }

  async #takeCheckpoint(run: Pick<Run, "checkpoint">): Promise<void> {
    this.#keep(await this.#pace.reading(() => run.checkpoint()));
    this.#timesWrite = true;
  }

  #keep(checkpoint: AnyRunCheckpoint): void {
    const { step } = checkpoint;
    this.#checkpointStep = step;
    this.#pace.taken();
    const facts = { run: this.id, step, bytes: byteSize(checkpoint), events: this.#events };
    this.#writer?.add(this.#stored, { checkpoint: { ...facts, checkpoint } });
  }

  #flush(): void {
    this.#begun = this.#generation;
    this.#unflushedMs = 0;
    // A run that never took a step leaves nothing behind.
    if (this.#stored.step === 0) return;
    this.#stored = { ...this.#stored, updatedAt: Date.now() };
    const records = this.#records?.take() ?? [];
    this.#writer?.add(this.#stored, { reports: this.#reports, records });
    this.#reports = [];
    this.#writer?.flush();
    if (this.#timesWrite) void this.#pace.writing(this.#writer?.written() ?? Promise.resolve());
    this.#timesWrite = false;
  }
}
