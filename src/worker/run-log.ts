import { describeChange, withFields, withFork } from "../config/live-change.ts";
import type { ArmConfig, GRPOConfig, RunConfig } from "../config/types.ts";
import type { AnyRunCheckpoint } from "../engine/training/checkpoint.ts";
import type { StepRecord, StepReport } from "../record/record.ts";
import type { Run } from "../engine/run/trainer.ts";
import { byteSize } from "../base/byte-size.ts";
import { runName } from "../runs/run-name.ts";
import type { StoredEvent, StoredRecords, StoredRun } from "../runs/stored-run.ts";
import type { RunKeeper } from "./run-keeper.ts";

/** Share of the training time that checkpoints may take, reading and writing. */
const CHECKPOINT_SHARE = 0.02;
/** Training is stored this often at least, in the middle of a generation too. */
const FLUSH_MS = 1000;
/** Bytes of records stored for a second of training; beyond, generations are left out. */
const RECORD_RATE = 2 ** 20;

/** An optimizer step of all arms. */
export interface StepTaken {
  reports: readonly StepReport[];
  /** Empty where nobody asked for them. */
  records: readonly StepRecord[];
}

/**
 * What a run in training has come to, by its keeper in the database, to go on after the page was
 * closed.
 */
export class RunLog {
  /** As it was set up, forks included. */
  config: RunConfig;
  /** With the live changes. */
  now: RunConfig;
  #stored: StoredRun;
  #keeper: RunKeeper | null;
  /** Steps done at the last checkpoint; null: there is none. */
  #checkpointStep: number | null = null;
  #events = 0;
  #reports: StepReport[] = [];
  #records: StoredRecords[] = [];
  /** Of the last step, whose generation is left out. */
  #newest: StoredRecords | null = null;
  /** Milliseconds of training since the last checkpoint, and what that one took. */
  #trainedMs = 0;
  #checkpointMs = 0;
  /** The next write has a checkpoint in it, whose cost it belongs to. */
  #timesWrite = false;
  /** Bytes of records that may be stored by now. */
  #allowance = RECORD_RATE;
  #generation = -1;
  /** The generation that is learnt from since the last flush. */
  #begun = 0;
  #unflushedMs = 0;
  /** The write that began when the generation before the present one ended. */
  #lastGeneration: Promise<void> | null = null;
  #storesGeneration = true;

  /** `keeper` null: nothing is stored. */
  constructor(stored: StoredRun, keeper: RunKeeper | null) {
    this.#stored = stored;
    this.#keeper = keeper;
    this.config = stored.run;
    this.now = stored.run;
  }

  get id(): string {
    return this.#stored.id;
  }
  get stored(): StoredRun {
    return this.#stored;
  }
  /** Whether the database has the run as it stands. */
  get isStored(): boolean {
    return this.#keeper?.storedStep === this.#stored.step;
  }
  /** Optimizer steps done. */
  get step(): number {
    return this.#stored.step;
  }

  /** Goes on with what was stored of the run; `checkpointStep`: of its last checkpoint, if any. */
  takeUp(
    config: RunConfig,
    now: RunConfig,
    checkpointStep: number | null,
    events: readonly StoredEvent[],
  ): void {
    this.config = config;
    this.now = now;
    this.#checkpointStep = checkpointStep;
    this.#events = events.reduce((most, { at }) => Math.max(most, at + 1), 0);
  }

  changed(arm: string | null, fields: Partial<GRPOConfig>, step: number): void {
    const text = describeChange(this.now, arm, fields);
    this.now = withFields(this.now, arm, fields);
    this.note({ step, kind: "change", arm, text, fields });
    this.#flush();
  }

  /** The run has an arm more; `checkpoint` has it too. */
  forked(of: string, arm: ArmConfig, config: RunConfig, checkpoint: AnyRunCheckpoint): void {
    this.now = withFork(this.now, of, arm);
    this.config = config;
    const text = `${arm.name} forked from ${of}`;
    this.note({ step: checkpoint.step, kind: "fork", arm: arm.name, text, fields: null });
    this.#stored = { ...this.#stored, run: config };
    this.#keep(checkpoint);
    this.#flush();
  }

  note(event: Omit<StoredEvent, "run" | "at">): void {
    const stored = { ...event, run: this.id, at: this.#events++ };
    this.#keeper?.add(this.#stored, { events: [stored] });
  }

  /** Optimizer steps were done, perhaps with one arm or none left to tell of it. */
  stepped(step: number, { reports, records }: StepTaken, ms: number): void {
    const { elapsedMs } = this.#stored;
    this.#trainedMs += ms;
    this.#unflushedMs += ms;
    this.#stored = { ...this.#stored, step, elapsedMs: elapsedMs + ms, status: "unfinished" };
    this.#allowance = Math.min(RECORD_RATE * 4, this.#allowance + (RECORD_RATE * ms) / 1000);
    const [first] = reports;
    if (first === undefined) return;
    this.#reports.push(...reports);
    const tokens = reports.reduce((sum, { metrics }) => sum + (metrics.num_tokens ?? 0), 0);
    this.#stored = { ...this.#stored, tokens };
    if (this.#keeper !== null) this.#takeRecords(first, records);
  }

  /** Whole generations are stored or left out, so that the inner steps of one stay together. */
  #takeRecords({ generation }: StepReport, records: readonly StepRecord[]): void {
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#storesGeneration = this.#allowance > 0 && records.length > 0;
    }
    this.#newest = null;
    if (!this.#storesGeneration) return this.showed(records);
    const taken = this.#toStore(records);
    if (taken === null) return;
    this.#allowance -= taken.bytes;
    this.#records.push(taken);
  }

  /** The records of the last step, whose generation is not stored: they are where training stops. */
  showed(records: readonly StepRecord[]): void {
    this.#newest = this.#keeper && this.#toStore(records);
  }

  #toStore(records: readonly StepRecord[]): StoredRecords | null {
    const [first] = records;
    if (first === undefined) return null;
    const { step, generation } = first;
    return { run: this.id, step, generation, bytes: byteSize(records), records };
  }

  /**
   * At the end of a generation, and of a long step, what happened is stored; with a checkpoint when
   * one is due. The next generation begins meanwhile, see `generationStored`.
   */
  async endOfStep(run: Pick<Run, "atGenerationEnd" | "checkpoint">): Promise<void> {
    const ended = run.atGenerationEnd || this.#generation > this.#begun;
    if (!ended && this.#unflushedMs < FLUSH_MS) return;
    if (this.#trainedMs * CHECKPOINT_SHARE >= this.#checkpointMs) await this.#takeCheckpoint(run);
    this.#flush();
    // The step after a generation's end begins another one, which is not flushed for having begun.
    if (run.atGenerationEnd) {
      this.#begun = this.#generation + 1;
      this.#lastGeneration = this.#keeper?.written() ?? null;
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
    if (this.#newest !== null) this.#records.push(this.#newest);
    this.#newest = null;
    if (this.#checkpointStep !== run.step) await this.#takeCheckpoint(run);
    this.#stored = { ...this.#stored, status };
    this.#flush();
  }

  async #takeCheckpoint(run: Pick<Run, "checkpoint">): Promise<void> {
    const began = performance.now();
    this.#keep(await run.checkpoint());
    this.#checkpointMs = performance.now() - began;
    this.#timesWrite = true;
  }

  #keep(checkpoint: AnyRunCheckpoint): void {
    const { step } = checkpoint;
    this.#checkpointStep = step;
    this.#trainedMs = 0;
    const bytes = byteSize(checkpoint);
    const stored = { run: this.id, step, bytes, events: this.#events, checkpoint };
    this.#keeper?.add(this.#stored, { checkpoint: stored });
  }

  #flush(): void {
    this.#begun = this.#generation;
    this.#unflushedMs = 0;
    // A run that never took a step leaves nothing behind.
    if (this.#stored.step === 0) return;
    this.#stored = { ...this.#stored, updatedAt: Date.now() };
    this.#keeper?.add(this.#stored, { reports: this.#reports, records: this.#records });
    this.#reports = [];
    this.#records = [];
    this.#keeper?.flush();
    if (this.#timesWrite) void this.#timeWrite();
  }

  async #timeWrite(): Promise<void> {
    this.#timesWrite = false;
    const began = performance.now();
    await this.#keeper?.written();
    this.#checkpointMs += performance.now() - began;
  }

  /** Everything is in the database, as far as it takes it. */
  async settled(): Promise<void> {
    this.#flush();
    await this.#keeper?.settle();
  }
}

/** A run that nothing is stored of yet. */
export const newStoredRun = (
  run: RunConfig,
  facts: Pick<StoredRun, "build" | "adapter" | "family" | "parameters" | "totalSteps">,
): StoredRun => ({
  id: crypto.randomUUID(),
  name: runName(run, new Date()),
  note: "",
  colour: null,
  seedGroup: null,
  parent: null,
  origin: "trained",
  run,
  ...facts,
  createdAt: Date.now(),
  updatedAt: Date.now(),
  status: "unfinished",
  step: 0,
  tokens: 0,
  elapsedMs: 0,
  bytes: 0,
  thinned: null,
  deletedAt: null,
});
