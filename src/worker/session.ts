import type { Progress } from "../base/progress.ts";
import type { RunConfig } from "../config/types.ts";
import { UserError } from "../base/user-error.ts";
import type { FamilyCache } from "../engine/layers/choose-family.ts";
import type { TrainingDatabase } from "../runs/database.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import { DeviceHolder } from "./device-holder.ts";
import { failureOf, NotResumedError, openElsewhere } from "./failure.ts";
import { newStoredRun } from "./new-stored-run.ts";
import type { Command, Message, Replies, Reply, Request, WorkerEvent } from "./protocol.ts";
import { RunAnswers } from "./run-answers.ts";
import { orDestroy, RunFactory } from "./run-factory.ts";
import { RunStorage, type StorageHost } from "./run-storage.ts";
import {
  EMPTY,
  logOf,
  lostOf,
  type Ready,
  type SessionState,
  type SettingUp,
} from "./session-state.ts";
import { findStored } from "./stored-state.ts";
import { bringBack, type TakeUp, takeUp } from "./take-up.ts";
import { TrainingLoop } from "./training-loop.ts";

export interface SessionHost extends StorageHost {
  gpu: GPU | undefined;
  /** Version of the page, as it is stored with runs. */
  build: string;
  post(event: WorkerEvent | Reply, transfer: Transferable[]): void;
  /** Where what was measured of adapters is kept; left out: nowhere. */
  families?: FamilyCache;
}

/**
 * The worker's side of the protocol: one run, the loop that steps it, its device and its storage.
 * Commands are handled in order; a pause is heard after at most one step.
 */
export class Session {
  readonly #host: SessionHost;
  readonly #device: DeviceHolder;
  readonly #loop: TrainingLoop;
  readonly #storage: RunStorage;
  readonly #factory: RunFactory;
  readonly #answers: RunAnswers;
  readonly #taking: TakeUp;
  #state: SessionState = EMPTY;
  #commands: Promise<void> = Promise.resolve();

  constructor(host: SessionHost) {
    this.#host = host;
    const post = (event: WorkerEvent) => this.#post(event);
    this.#loop = new TrainingLoop({ post, failed: (error) => this.#fail(error) });
    this.#storage = new RunStorage(host, (facts) => this.#post({ type: "storage", facts }));
    this.#device = new DeviceHolder(host.gpu, {
      step: () => logOf(this.#state)?.step ?? 0,
      lost: (step, message) => {
        this.#post({ type: "lost", step, message });
        this.#queue(() => this.#recover(message));
      },
      fault: (error) => void this.#fail(error),
    });
    this.#factory = new RunFactory(host, this.#device, post);
    const replaying: Progress = (done, total) =>
      this.#post({ type: "progress", what: "Taking steps again:", done, total });
    this.#taking = { factory: this.#factory, storage: this.#storage, post, replaying };
    const branched = (journal: Ready["journal"]) => {
      if (this.#state.is === "ready") this.#state = { ...this.#state, journal };
    };
    this.#answers = new RunAnswers({ post, branched }, this.#factory, this.#loop, this.#storage);
  }

  receive(message: Message): void {
    // A pause must not wait behind a load or the loop, and a device is lost at any moment.
    if (message.type === "pause") this.#loop.wantNone();
    if (message.type === "lose-device") {
      this.#device.destroy();
      return;
    }
    this.#loop.wake();
    this.#queue(() =>
      message.type === "request"
        ? this.#answer(message.id, message.request)
        : this.#handle(message),
    );
  }

  #queue(work: () => Promise<void>): void {
    this.#commands = this.#commands.then(work).catch((e) => this.#fail(e));
  }

  async #handle(command: Exclude<Command, { type: "lose-device" }>): Promise<void> {
    const ready = this.#ready;
    switch (command.type) {
      case "open":
        this.#factory.base = command.base;
        return;
      case "play":
        return this.#start(Infinity, false);
      case "pause":
        await this.#loop.stop();
        this.#post({ type: "idle", step: ready?.run.step ?? 0, reason: "paused" });
        return;
      case "step":
        await this.#loop.stop();
        return this.#start(command.steps, false);
      case "step-generation":
        await this.#loop.stop();
        return this.#start(Infinity, true);
      case "change":
        this.#loop.change(command);
        if (!this.#loop.isLooping && ready) this.#loop.applyChanges(ready.run, ready.journal);
        return;
      case "warned": {
        const { type: _, ...warning } = command;
        logOf(this.#state)?.note({ ...warning, kind: "warning", fields: null });
        return;
      }
      case "look":
        return this.#loop.look();
      case "speed":
        return this.#loop.limit(command.stepsPerSecond);
      case "reset":
        return this.#reset();
      default:
        command satisfies never;
    }
  }

  get #ready(): Ready | null {
    return this.#state.is === "ready" ? this.#state : null;
  }

  /** Every request gets an answer of its own, also where the GPU is lost or training fails meanwhile. */
  async #answer(id: number, request: Request): Promise<void> {
    try {
      const value = await this.#do(request);
      const transfer =
        request.type === "policy" ? [(value as Replies["policy"]).archive.buffer] : [];
      this.#host.post({ type: "reply", id, value }, transfer);
    } catch (error) {
      const told = error instanceof UserError;
      const lost = !told && (await this.#device.isLost());
      const setsUp = request.type === "load" || request.type === "resume";
      if (setsUp && lost && this.#state.is === "setting-up") {
        this.#state = { ...this.#state, id };
        return;
      }
      if (setsUp) await this.#fail(error);
      const why = lost ? new UserError("The GPU was lost meanwhile.", "Ask again.") : error;
      const failure = failureOf(why, logOf(this.#state)?.step ?? null);
      this.#host.post({ type: "reply", id, failure }, []);
      // A fault in the middle of it may have left the run where nobody knows.
      if (!setsUp && !told && !lost) await this.#fail(error);
    }
  }

  async #do(request: Request): Promise<Replies[keyof Replies]> {
    if (request.type === "load") return this.#load(request.run).then(() => null);
    if (request.type === "resume") {
      return this.#resume(request.id, request.play ?? false).then(() => null);
    }
    return this.#answers.answer(request, this.#ready);
  }

  async #load(config: RunConfig): Promise<void> {
    await this.#loop.stop();
    this.#letGo();
    await this.#setUp(async () => {
      const run = await this.#factory.build(config);
      const stored = newStoredRun(config, this.#factory.factsOf(run));
      const journal = await orDestroy(run, () => this.#storage.open(stored));
      this.#factory.postLoaded(run, config);
      return { is: "ready", run, journal };
    });
  }

  async #reset(): Promise<void> {
    await this.#loop.stop();
    const now = logOf(this.#state)?.now;
    if (now === undefined) return;
    const ready = this.#ready;
    if (!ready || this.#device.acquired === null) return this.#load(now);
    const { run } = ready;
    run.reset();
    this.#loop.forget();
    this.#storage.letGo();
    const journal = await this.#storage.open(newStoredRun(now, this.#factory.factsOf(run)));
    this.#state = { is: "ready", run, journal };
    this.#post({ type: "idle", step: 0, reason: "reset" });
  }

  /** Goes on with a stored run, on the checkpoint's own configuration. */
  async #resume(id: string | null, play: boolean): Promise<void> {
    if (id !== null && this.#ready?.journal.id === id) {
      return play ? this.#start(Infinity, false) : undefined;
    }
    const database = await this.#storage.database();
    if (database === null) {
      throw new NotResumedError("This browser keeps no runs for the page.", "Start a new one.");
    }
    const locked = await this.#storage.lockOne(await findStored(database, id));
    if (locked === null) throw openElsewhere();
    await this.#loop.stop();
    this.#letGo();
    this.#storage.takeOver(locked);
    this.#loop.want(play ? Infinity : 0);
    await this.#setUp(() => this.#takeUp(locked.stored, database));
    if (this.#loop.isWanted) this.#launch();
  }

  async #takeUp(stored: StoredRun, database: TrainingDatabase): Promise<Ready> {
    const ready = await takeUp(this.#taking, stored, database);
    const { run } = ready;
    if (run.step >= run.totalSteps) {
      this.#loop.wantNone();
      this.#post({ type: "idle", step: run.step, reason: "finished" });
    }
    return ready;
  }

  /** Does it; where the device is lost in the middle of it, `#recover` does it again on another. */
  #setUp(work: SettingUp["work"]): Promise<void> {
    return this.#finish({ is: "setting-up", work, id: null });
  }

  async #finish(settingUp: SettingUp): Promise<void> {
    this.#state = settingUp;
    this.#state = await settingUp.work();
    const { id } = settingUp;
    if (id !== null) this.#host.post({ type: "reply", id, value: null }, []);
  }

  /** Nothing is set up any more; who waits for it since the GPU was lost is answered. */
  #refuseSetUp(error: unknown): void {
    if (this.#state.is !== "setting-up") return;
    const { id } = this.#state;
    this.#state = EMPTY;
    if (id !== null) this.#host.post({ type: "reply", id, failure: failureOf(error, null) }, []);
  }

  /** The present run's part is over. */
  #letGo(): void {
    this.#refuseSetUp(new UserError("Another run took its place.", "Load it again."));
    this.#ready?.run.destroy();
    this.#state = EMPTY;
    this.#loop.forget();
    this.#storage.letGo();
  }

  /** Another device, the run as it was, and on with what was going on. */
  async #recover(message: string): Promise<void> {
    await this.#loop.ended;
    if (this.#state.is === "ready") this.#state = lostOf(this.#state);
    this.#device.requireAnotherTry(message);
    if (this.#state.is === "setting-up") await this.#finish(this.#state);
    else if (this.#state.is === "lost") {
      this.#state = await bringBack(this.#taking, this.#state, message);
    } else await this.#device.get();
    if (!this.#device.recovered()) return;
    if (this.#loop.isWanted) return this.#launch();
    const ready = this.#ready;
    if (!ready) return;
    await this.#loop.showLast(ready.run, ready.journal);
    this.#loop.applyChanges(ready.run, ready.journal);
    this.#loop.sayIdle(ready.run);
  }

  async #start(goal: number, untilGeneration: boolean): Promise<void> {
    // A run whose GPU is gone for good is tried again when people ask for it.
    if (this.#state.is === "lost") {
      this.#loop.want(goal);
      this.#device.tryAgain();
      this.#state = await bringBack(this.#taking, this.#state, "");
      this.#device.recovered();
    }
    if (!this.#ready) return;
    this.#loop.want(goal, untilGeneration);
    this.#launch();
  }

  #launch(): void {
    const ready = this.#ready;
    if (ready) this.#loop.launch(ready.run, ready.journal);
  }

  #post(event: WorkerEvent): void {
    this.#device.hear(event);
    this.#host.post(event, []);
  }

  async #fail(error: unknown): Promise<void> {
    const told = error instanceof UserError;
    if (!told && (await this.#device.isLost())) return;
    this.#loop.wantNone();
    this.#device.giveUp();
    this.#post({ type: "failed", ...failureOf(error, logOf(this.#state)?.step ?? null) });
    this.#refuseSetUp(error);
  }
}
