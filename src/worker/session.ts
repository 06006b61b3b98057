import type { RunConfig } from "../config/types.ts";
import { DivergedError } from "../engine/diverged.ts";
import { DeviceError, requestDevice, type Acquired } from "../engine/gpu/device.ts";
import { UserError } from "../engine/user-error.ts";
import { LimitError } from "../engine/gpu/limits.ts";
import type { StepRecord } from "../engine/record.ts";
import { createRun, type Run } from "../engine/trainer.ts";
import { fetchCheckpoint } from "./checkpoint.ts";
import type { Command, StepReport, WorkerEvent } from "./protocol.ts";
import { verify } from "./verify.ts";

/** The page hears of steps at most this often. */
const POST_EVERY_MS = 50;
/** Bytes of records in one post, above which only the newest of each arm go. */
const MOST_POSTED_BYTES = 2 ** 20;
/** Matrices in a record. */
const RECORD_ARRAYS = 13;

export interface SessionHost {
  gpu: GPU | undefined;
  post(event: WorkerEvent, transfer: Transferable[]): void;
}

/**
 * The worker's side of the protocol: one run, and one loop that steps it. Commands are handled in
 * order; the loop looks at `#goal` between steps, so a pause is heard after at most one step.
 */
export class Session {
  readonly #host: SessionHost;
  #base = "";
  #acquired: Acquired | null = null;
  #run: Run | null = null;
  /** Optimizer steps still wanted; Infinity while playing. */
  #goal = 0;
  /** Stand still at the end of a generation. */
  #untilGeneration = false;
  #stepsPerSecond: number | null = null;
  #commands: Promise<void> = Promise.resolve();
  #loop: Promise<void> = Promise.resolve();
  #looping = false;
  /** The loop's present sleep, if it sleeps. */
  #wake: (() => void) | null = null;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  receive(command: Command): void {
    // A pause must not wait behind a load or the loop.
    if (command.type === "pause") this.#goal = 0;
    this.#wake?.();
    this.#commands = this.#commands.then(() => this.#handle(command)).catch((e) => this.#fail(e));
  }

  async #handle(command: Command): Promise<void> {
    switch (command.type) {
      case "open":
        this.#base = command.base;
        return;
      case "load":
        return this.#load(command.run);
      case "resume":
        throw new UserError(
          "This page cannot go on with a stored run.",
          "Open it to look at it, or train from step 0.",
        );
      case "play":
        this.#start(Infinity, false);
        return;
      case "pause":
        await this.#stop();
        this.#post({ type: "idle", step: this.#run?.step ?? 0, reason: "paused" });
        return;
      case "step":
        await this.#stop();
        this.#start(command.steps, false);
        return;
      case "step-generation":
        await this.#stop();
        this.#start(Infinity, true);
        return;
      case "change": {
        if (!this.#run) return;
        const step = this.#run.change(command.arm, command.fields);
        this.#post({ type: "changed", arm: command.arm, fields: command.fields, step });
        return;
      }
      case "counterfactual":
      case "fork":
        return this.#ask(command);
      case "verify":
        return this.#verify();
      case "speed":
        this.#stepsPerSecond = command.stepsPerSecond;
        return;
      case "reset": {
        const run = this.#run;
        if (!run) return;
        await this.#stop();
        if (this.#acquired === null) return this.#load(run.config);
        run.reset();
        this.#post({ type: "idle", step: 0, reason: "reset" });
        return;
      }
      case "lose-device":
        this.#acquired?.device.destroy();
        return;
      default:
        command satisfies never;
    }
  }

  /** Commands that need the step in progress to end first. */
  async #ask(command: Extract<Command, { type: "counterfactual" | "fork" }>): Promise<void> {
    const run = this.#run;
    if (!run) return;
    await this.#standStill(run);
    if (command.type === "fork") {
      const { of, arm } = command;
      await run.fork(of, arm);
      this.#post({ type: "forked", of, arm, step: run.step, bytes: run.bytes });
      return;
    }
    const asked = run.arms.find(({ name }) => name === command.arm);
    if (asked) this.#post({ type: "counterfactual", result: await asked.counterfactual() });
  }

  async #standStill(run: Run): Promise<void> {
    if (!this.#looping) return;
    await this.#stop();
    this.#post({ type: "idle", step: run.step, reason: "paused" });
  }

  async #verify(): Promise<void> {
    try {
      if (this.#run) await this.#standStill(this.#run);
      this.#acquired ??= await this.#acquire();
      const acquired = this.#acquired;
      const began = performance.now();
      const reports = await verify(acquired.device, this.#base, (done, total) =>
        this.#post({ type: "verifying", done, total }),
      );
      if (this.#acquired !== acquired) {
        throw new UserError("The GPU was lost while the vectors ran.", "Run them again.");
      }
      const { name, software } = acquired;
      const elapsedMs = performance.now() - began;
      this.#post({ type: "verified", adapter: { name, software }, reports, elapsedMs });
    } catch (error) {
      const { kind, message, remedy } = failureOf(error, null);
      const why = kind === "bug" ? `The vectors could not be run: ${String(error)}.` : message;
      this.#post({ type: "verify-failed", message: why, remedy });
    }
  }

  async #load(config: RunConfig): Promise<void> {
    await this.#stop();
    this.#run?.destroy();
    this.#run = null;
    this.#acquired ??= await this.#acquire();
    const { device, name, software } = this.#acquired;
    const weights = config.warmStart ? await fetchCheckpoint(this.#base, config.warmStart) : null;
    const run = await createRun({
      device,
      config,
      weights,
      progress: (what, done, total) => this.#post({ type: "progress", what, done, total }),
    });
    this.#run = run;
    this.#post({
      type: "loaded",
      run: config,
      adapter: { name, software },
      parameters: run.parameters,
      bytes: run.bytes,
      totalSteps: run.totalSteps,
      stepsPerGeneration: run.stepsPerGeneration,
    });
  }

  async #acquire(): Promise<Acquired> {
    const acquired = await requestDevice(this.#host.gpu);
    acquired.device.addEventListener("uncapturederror", (event) => {
      this.#fail(new Error((event as GPUUncapturedErrorEvent).error.message));
    });
    void acquired.device.lost.then(({ message }) => {
      this.#acquired = null;
      this.#goal = 0;
      this.#fail(
        new DeviceError(
          "device-lost",
          `The GPU was lost at step ${this.#run?.step ?? 0}${message ? `: ${message}` : "."}`,
          "Start again: training begins at the same initial weights.",
        ),
      );
    });
    return acquired;
  }

  #start(goal: number, untilGeneration: boolean): void {
    if (!this.#run) return;
    this.#goal = goal;
    this.#untilGeneration = untilGeneration;
    this.#post({ type: "playing" });
    if (!this.#looping) this.#loop = this.#train(this.#run).catch((e) => this.#fail(e));
  }

  async #stop(): Promise<void> {
    this.#goal = 0;
    await this.#loop;
  }

  async #train(run: Run): Promise<void> {
    this.#looping = true;
    const reports: StepReport[] = [];
    let records: StepRecord[] = [];
    let bytes = 0;
    let posted = 0;
    let elapsedMs = 0;
    let steps = 0;
    let ended = false;
    const flush = () => {
      if (reports.length === 0) return;
      const batch: WorkerEvent = {
        type: "stepped",
        reports: reports.splice(0),
        records,
        elapsedMs,
        stepMs: elapsedMs / steps,
      };
      records = [];
      bytes = 0;
      [posted, elapsedMs, steps] = [performance.now(), 0, 0];
      this.#post(batch);
    };
    try {
      while (this.#goal > 0 && run.step < run.totalSteps) {
        const began = performance.now();
        const stepped = await run.advance();
        // A pause during the step has set the goal to 0; it answers for itself.
        ended =
          --this.#goal === 0 || (this.#goal > 0 && this.#untilGeneration && run.atGenerationEnd);
        if (ended) this.#goal = 0;
        for (const record of stepped) {
          const { arm, step, generation, innerStep, metrics } = record;
          reports.push({ arm, step, generation, innerStep, metrics });
          // Large ones only as the newest of each arm: the page could not take them all in.
          bytes += RECORD_ARRAYS * 4 * record.rows * record.columns;
          if (bytes > MOST_POSTED_BYTES) records = records.filter((each) => each.arm !== arm);
          records.push(record);
        }
        elapsedMs += performance.now() - began;
        steps++;
        if (performance.now() - posted >= POST_EVERY_MS || this.#goal <= 0) flush();
        await this.#pace(performance.now() - began);
      }
    } finally {
      flush();
      this.#looping = false;
    }
    this.#goal = 0;
    const finished = run.step >= run.totalSteps;
    if (finished || ended) {
      this.#post({ type: "idle", step: run.step, reason: finished ? "finished" : "stepped" });
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

  #post(event: WorkerEvent): void {
    this.#host.post(event, []);
  }

  #fail(error: unknown): void {
    this.#goal = 0;
    this.#post(failureOf(error, this.#run?.step ?? null));
  }
}

function failureOf(error: unknown, step: number | null): Extract<WorkerEvent, { type: "failed" }> {
  const base = { type: "failed", fields: [], step, arm: null } as const;
  if (error instanceof DivergedError) {
    const { message, remedy, fields, arm } = error;
    return { ...base, kind: "diverged", message, remedy, fields, step: error.step, arm };
  }
  if (error instanceof DeviceError) {
    return { ...base, kind: error.kind, message: error.message, remedy: error.remedy };
  }
  if (error instanceof UserError) {
    const kind = error instanceof LimitError ? "limits" : "config";
    return { ...base, kind, message: error.message, remedy: error.remedy, fields: error.fields };
  }
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  const shader = message.includes("does not compile");
  return {
    ...base,
    kind: shader ? "shader" : "bug",
    message: shader ? message : `Training stopped by a fault of this page: ${message}`,
    remedy: shader
      ? "Report it with the adapter's name; another browser version or adapter may accept the shader."
      : "The browser's console has the details; reload the page to go on.",
  };
}
