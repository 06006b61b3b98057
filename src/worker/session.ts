import { asItStands } from "../config/as-it-stands.ts";
import type { RunConfig } from "../config/types.ts";
import { DeviceError } from "../engine/gpu/device.ts";
import { type Family, FORMER_FAMILY } from "../engine/gpu/family.ts";
import { chooseFamily, type FamilyCache } from "../engine/layers/choose-family.ts";
import type { History } from "../engine/history/history.ts";
import { createRun, type Run } from "../engine/run/trainer.ts";
import { UserError } from "../base/user-error.ts";
import type { TrainingDatabase } from "../runs/database.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import { fetchCheckpoint } from "./checkpoint.ts";
import { DeviceHolder } from "./device-holder.ts";
import { AdapterGoneError, failureOf, NotResumedError, openElsewhere } from "./failure.ts";
import { planOf } from "./plan.ts";
import { policyArchive } from "./policy-archive.ts";
import type { Command, Message, Replies, Reply, Request, WorkerEvent } from "./protocol.ts";
import { newStoredRun } from "./new-stored-run.ts";
import type { RunLog } from "./run-log.ts";
import { configsOf, differences, RunStorage, type StorageHost } from "./run-storage.ts";
import { findStored, newestRecords, sampleReports, stoppedRun, withLast } from "./stored-state.ts";
import { TrainingLoop } from "./training-loop.ts";
import { verifyAdapter } from "./verify-adapter.ts";

/** Main memory for checkpoints of past steps. */
const PAST_BYTES = 64 * 2 ** 20;

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
  #base = "";
  #run: Run | null = null;
  /** Of the run in training, whose GPU is perhaps gone. */
  #history: History | null = null;
  #commands: Promise<void> = Promise.resolve();
  /**
   * What is being set up: done again when the GPU is lost in the middle of it. The request of this id
   * then waits for that.
   */
  #settingUp: { work: () => Promise<void>; id: number | null } | null = null;

  constructor(host: SessionHost) {
    this.#host = host;
    this.#loop = new TrainingLoop({
      post: (event) => this.#post(event),
      failed: (error) => this.#fail(error),
    });
    this.#storage = new RunStorage(host, (facts) => this.#post({ type: "storage", facts }));
    this.#device = new DeviceHolder(host.gpu, {
      step: () => this.#storage.log?.step ?? 0,
      lost: (step, message) => {
        this.#post({ type: "lost", step, message });
        this.#queue(() => this.#recover(message));
      },
      fault: (error) => void this.#fail(error),
    });
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
    switch (command.type) {
      case "open":
        this.#base = command.base;
        return;
      case "play":
        return this.#start(Infinity, false);
      case "pause":
        await this.#loop.stop();
        this.#post({ type: "idle", step: this.#run?.step ?? 0, reason: "paused" });
        return;
      case "step":
        await this.#loop.stop();
        return this.#start(command.steps, false);
      case "step-generation":
        await this.#loop.stop();
        return this.#start(Infinity, true);
      case "change":
        this.#loop.change(command);
        if (!this.#loop.isLooping && this.#run && this.#storage.log) {
          this.#loop.applyChanges(this.#run, this.#storage.log);
        }
        return;
      case "warned": {
        const { type: _, ...warning } = command;
        this.#storage.log?.note({ ...warning, kind: "warning", fields: null });
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

  async #reset(): Promise<void> {
    await this.#loop.stop();
    const [run, log] = [this.#run, this.#storage.log];
    if (!run || !log) return;
    if (this.#device.acquired === null) {
      await this.#load(log.now);
      return;
    }
    run.reset();
    this.#letGo();
    await this.#storage.open(newStoredRun(log.now, this.#factsOf(run)));
    this.#post({ type: "idle", step: 0, reason: "reset" });
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
      if (setsUp && lost && this.#settingUp) {
        this.#settingUp.id = id;
        return;
      }
      if (setsUp) await this.#fail(error);
      const why = lost ? new UserError("The GPU was lost meanwhile.", "Ask again.") : error;
      const failure = failureOf(why, this.#storage.log?.step ?? null);
      this.#host.post({ type: "reply", id, failure }, []);
      // A fault in the middle of it may have left the run where nobody knows.
      if (!setsUp && !told && !lost) await this.#fail(error);
    }
  }

  async #do(request: Request): Promise<Replies[keyof Replies]> {
    if (request.type === "plan") return this.#plan(request.run);
    if (request.type === "verify") return this.#verify();
    if (request.type === "load") return this.#load(request.run);
    if (request.type === "resume") return this.#resume(request.id, request.play ?? false);
    const run = this.#run;
    if (!run) throw new UserError("There is no run yet.", "Load one first.");
    await this.#standStill(run);
    switch (request.type) {
      case "counterfactual":
        return run.counterfactual(request.arm, request.step, this.#retracing);
      case "recall":
        return this.#recall(run, request.step);
      case "fork":
        return this.#fork(run, request);
      case "rewind":
        await this.#rewind(run, request.step);
        return null;
      case "policy":
        return this.#policy(run, request.arm);
      default:
        return request satisfies never;
    }
  }

  async #recall(run: Run, step: number): Promise<null> {
    const records = await run.records(step, this.#retracing);
    if (records.length === 0) {
      throw new UserError(
        `Step ${step} cannot be taken again: the run was continued from a later one.`,
        "Choose a step after that.",
      );
    }
    this.#post({ type: "stepped", reports: [], records, elapsedMs: 0, stepMs: 0 });
    return null;
  }

  async #fork(run: Run, request: Extract<Request, { type: "fork" }>): Promise<null> {
    const { of, arm, step } = request;
    // What can be refused is refused before anything is taken back.
    run.checkFork(of, arm, step);
    await this.#rewind(run, step);
    await run.fork(of, arm);
    const checkpoint = await run.checkpoint();
    const text = this.#storage.log?.forked(of, arm, run.config, checkpoint) ?? "";
    this.#post({ type: "forked", of, arm, step: run.step, bytes: run.bytes, text });
    return null;
  }

  async #rewind(run: Run, step: number): Promise<void> {
    if (step >= run.step) return;
    const arms = await run.rewind(step, this.#retracing);
    this.#loop.forget();
    await this.#storage.branch(run);
    this.#post({ type: "rewound", step, arms, bytes: run.bytes });
  }

  /** An arm's weights between two steps, for transformers. */
  async #policy(run: Run, name: string): Promise<Replies["policy"]> {
    const arm = run.arms.find((each) => each.name === name);
    if (!arm) throw new UserError(`The run has no arm "${name}".`, "Choose one that it has.");
    return { step: run.step, archive: await policyArchive(run.config, arm) };
  }

  async #standStill(run: Run): Promise<void> {
    if (!this.#loop.isLooping) return;
    await this.#loop.stop();
    this.#post({ type: "idle", step: run.step, reason: "paused" });
  }

  readonly #retracing = (done: number, total: number): void =>
    this.#post({ type: "retracing", done, total });

  async #verify(): Promise<Replies["verify"]> {
    if (this.#run) await this.#standStill(this.#run);
    // A run's own family is set already.
    const choose = this.#run ? null : this.#measured;
    return verifyAdapter(this.#device, choose, this.#base, (done, total) =>
      this.#post({ type: "verifying", done, total }),
    );
  }

  /** Answers beside a run that trains: no step waits for it. */
  async #plan(run: RunConfig): Promise<Replies["plan"]> {
    const { device } = await this.#device.get();
    return planOf(device, run, await this.#measured(device));
  }

  async #load(config: RunConfig): Promise<null> {
    await this.#loop.stop();
    await this.#setUp(async () => {
      this.#letGo();
      const run = await this.#build(config);
      await this.#storage.open(newStoredRun(config, this.#factsOf(run)));
      this.#history = run.history;
      this.#postLoaded(run, config);
    });
    return null;
  }

  /** Goes on with a stored run, on the checkpoint's own configuration. */
  async #resume(id: string | null, play: boolean): Promise<null> {
    if (id !== null && this.#storage.log?.id === id && this.#run) {
      if (play) await this.#start(Infinity, false);
      return null;
    }
    const database = await this.#storage.database();
    if (database === null) {
      throw new NotResumedError("This browser keeps no runs for the page.", "Start a new one.");
    }
    const locked = await this.#storage.lockOne(await findStored(database, id));
    if (locked === null) throw openElsewhere();
    await this.#loop.stop();
    this.#loop.forget();
    this.#storage.takeOver(locked);
    this.#loop.want(play ? Infinity : 0);
    await this.#setUp(() => this.#takeUp(locked.stored, database));
    if (this.#loop.isWanted) this.#launch();
    return null;
  }

  async #takeUp(stored: StoredRun, database: TrainingDatabase): Promise<void> {
    const { id, step, elapsedMs } = stored;
    const [checkpoint, events] = await Promise.all([database.checkpoint(id), database.events(id)]);
    const config = checkpoint?.checkpoint.run ?? stored.run;
    const run = await this.#build(config, stored.family ?? FORMER_FAMILY);
    const replayed = await run.resume(stoppedRun(step, events, checkpoint), this.#replaying);
    const log = await this.#storage.open({ ...stored, run: config, ...this.#factsOf(run) });
    log.takeUp(asItStands(config, configsOf(run)), checkpoint?.step ?? null, events);
    const [reports, newest, last] = await Promise.all([
      database.reports(id).then((all) => sampleReports(all)),
      newestRecords(database, id),
      // A run whose page was closed while it trained stopped at a step that was perhaps not stored.
      run.records(run.step),
    ]);
    const records = withLast(newest, last);
    this.#history = run.history;
    this.#postLoaded(run, config);
    const { now } = log;
    const note = differences(stored, log.stored);
    this.#post({
      type: "resumed",
      ...{ id, run: now, step: run.step, reports, records, events, elapsedMs, replayed, note },
    });
    if (run.step >= run.totalSteps) {
      this.#loop.wantNone();
      this.#post({ type: "idle", step: run.step, reason: "finished" });
    }
  }

  /** Does it, and again on another device when the one is lost meanwhile. */
  async #setUp(work: () => Promise<void>): Promise<void> {
    this.#refuseSetUp(new UserError("Another run took its place.", "Load it again."));
    this.#settingUp = { work, id: null };
    await work();
    this.#settingUp = null;
  }

  /** Answers who waits for what was being set up when the GPU was lost. */
  #refuseSetUp(error: unknown): void {
    const id = this.#settingUp?.id ?? null;
    this.#settingUp = null;
    if (id !== null) this.#host.post({ type: "reply", id, failure: failureOf(error, null) }, []);
  }

  /** `family`: what a run began with goes on; left out: what is faster on this adapter. */
  async #build(config: RunConfig, family?: Family): Promise<Run> {
    this.#run?.destroy();
    this.#run = null;
    const { device } = await this.#device.get();
    const weights = config.warmStart ? await fetchCheckpoint(this.#base, config.warmStart) : null;
    const run = await createRun({
      device,
      config,
      family: family ?? (await this.#measured(device)),
      weights,
      pastBytes: PAST_BYTES,
      progress: (what, done, total) => this.#post({ type: "progress", what, done, total }),
      planned: (plan) => this.#post({ type: "planned", plan }),
    });
    this.#run = run;
    return run;
  }

  /** The family that is faster on this adapter. */
  readonly #measured = (device: GPUDevice): Promise<Family> => {
    const { build, families: cache = null } = this.#host;
    return chooseFamily(device, { build, cache });
  };

  #factsOf({ family, parameters, totalSteps }: Run) {
    const { build } = this.#host;
    return { build, adapter: this.#device.acquired?.name ?? "", family, parameters, totalSteps };
  }

  #postLoaded(run: Run, config: RunConfig): void {
    const { name = "", software = false } = this.#device.acquired ?? {};
    const adapter = { name, software, family: run.family };
    const { parameters, bytes, totalSteps, stepsPerGeneration } = run;
    const facts = { parameters, bytes, totalSteps, stepsPerGeneration };
    this.#post({ type: "loaded", run: config, adapter, ...facts });
  }

  readonly #replaying = (done: number, total: number): void =>
    this.#post({ type: "progress", what: "Taking steps again:", done, total });

  /** The present run's part is over. */
  #letGo(): void {
    this.#loop.forget();
    this.#storage.letGo();
  }

  /** Another device, the run as it was, and on with what was going on. */
  async #recover(message: string): Promise<void> {
    await this.#loop.ended;
    this.#device.requireAnotherTry(message);
    const { log } = this.#storage;
    const id = this.#settingUp?.id ?? null;
    if (this.#settingUp) await this.#settingUp.work();
    else if (log) await this.#rebuild(log, message);
    else await this.#device.get();
    this.#settingUp = null;
    if (id !== null) this.#host.post({ type: "reply", id, value: null }, []);
    if (!this.#device.recovered()) return;
    if (this.#loop.isWanted) this.#launch();
    else if (this.#run) {
      if (log) {
        await this.#loop.showLast(this.#run, log);
        this.#loop.applyChanges(this.#run, log);
      }
      this.#loop.sayIdle(this.#run);
    }
  }

  async #rebuild(log: RunLog, message: string): Promise<void> {
    const { step } = log;
    const history = this.#history;
    if (history === null) throw new Error("a run that was lost has a history");
    const family = log.stored.family ?? FORMER_FAMILY;
    const run = await this.#build(log.stored.run, family).catch(async (error: unknown) => {
      const gone = error instanceof DeviceError && error.kind === "no-adapter";
      if (!gone) throw error;
      this.#loop.wantNone();
      await log.settled();
      throw new AdapterGoneError(step, log.isStored);
    });
    const replayed = await run.recover(history, step, this.#replaying);
    const steps = replayed === 1 ? "1 step was" : `${replayed} steps were`;
    const again = replayed === 0 ? "nothing was lost" : `nothing was lost, ${steps} taken again`;
    const text = `The GPU was lost at step ${step} and the run is back: ${again}.${message ? ` The browser says: ${message}` : ""}`;
    log.note({ step, kind: "resumed", arm: null, text, fields: null });
    this.#post({ type: "recovered", step, replayed, text, bytes: run.bytes });
  }

  async #start(goal: number, untilGeneration: boolean): Promise<void> {
    // A run whose GPU is gone for good is tried again when people ask for it.
    const { log } = this.#storage;
    if (this.#device.acquired === null && log) {
      this.#loop.want(goal);
      this.#device.tryAgain();
      await this.#rebuild(log, "");
      this.#device.recovered();
    }
    if (!this.#run) return;
    this.#loop.want(goal, untilGeneration);
    this.#launch();
  }

  #launch(): void {
    const [run, { log }] = [this.#run, this.#storage];
    if (run && log) this.#loop.launch(run, log);
  }

  #post(event: WorkerEvent): void {
    this.#host.post(event, []);
  }

  async #fail(error: unknown): Promise<void> {
    const told = error instanceof UserError;
    if (!told && (await this.#device.isLost())) return;
    this.#loop.wantNone();
    this.#device.giveUp();
    this.#post({ type: "failed", ...failureOf(error, this.#storage.log?.step ?? null) });
    this.#refuseSetUp(error);
  }
}
