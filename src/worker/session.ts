import { asItStands } from "../config/as-it-stands.ts";
import type { RunConfig } from "../config/types.ts";
import { DivergedError } from "../engine/diverged.ts";
import { DeviceError, requestDevice, type Acquired } from "../engine/gpu/device.ts";
import { type Family, familyOf, FORMER_FAMILY, setFamily } from "../engine/gpu/family.ts";
import { chooseFamily, type FamilyCache } from "../engine/layers/choose-family.ts";
import { UserError } from "../engine/user-error.ts";
import { checkPlan, memoryPlan } from "../engine/memory-plan.ts";
import type { StepRecord } from "../engine/record.ts";
import { createRun, type Run } from "../engine/trainer.ts";
import type { TrainingDatabase } from "../runs/database.ts";
import { branchOf } from "../runs/branch.ts";
import { lockOf, type StoredRun } from "../runs/stored-run.ts";
import { acquireAgain } from "./acquire.ts";
import { fetchCheckpoint } from "./checkpoint.ts";
import { AdapterGoneError, failureOf, NotResumedError, openElsewhere } from "./failure.ts";
import type { AdapterFacts, Command, StorageFacts, WorkerEvent } from "./protocol.ts";
import { replay } from "./replay.ts";
import { RunKeeper } from "./run-keeper.ts";
import { newStoredRun, RunLog } from "./run-log.ts";
import { StepPosts } from "./step-posts.ts";
import { changesSince, findStored, newestRecords, sampleReports } from "./stored-state.ts";
import { policyArchive } from "./policy-archive.ts";
import { verify } from "./verify.ts";

/** Main memory for checkpoints of past steps. */
const PAST_BYTES = 64 * 2 ** 20;
/** Losses of the GPU in a row, without a step between them, after which it is not tried again. */
const MOST_LOSSES = 3;
/** An error may come before the news that the device is gone. */
const LOST_NEWS_MS = 250;

export interface SessionHost {
  gpu: GPU | undefined;
  /** Version of the page, as it is stored with runs. */
  build: string;
  post(event: WorkerEvent, transfer: Transferable[]): void;
  /** Where what was measured of adapters is kept; left out: nowhere. */
  families?: FamilyCache;
  /** The runs of this browser; rejects where it keeps none. */
  openRuns(): Promise<TrainingDatabase>;
  /** Holds a lock until the function that it gives is called; null: another page holds it. */
  lock(name: string): Promise<(() => void) | null>;
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
  /** Changes that wait for the step in progress to end: a step has one configuration. */
  #changes: Extract<Command, { type: "change" }>[] = [];
  #log: RunLog | null = null;
  #database: Promise<TrainingDatabase | null> | null = null;
  #unlock: (() => void) | null = null;
  /** What is being set up: done again when the GPU is lost in the middle of it. */
  #settingUp: (() => Promise<void>) | null = null;
  /** The device is gone and the run waits for another one. */
  #recovering = false;
  /** Training came to its end, and the page has not been told yet. */
  #idleOwed = false;
  #losses = 0;
  #lostAt = -1;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  receive(command: Command): void {
    // A pause must not wait behind a load or the loop, and a device is lost at any moment.
    if (command.type === "pause") this.#goal = 0;
    if (command.type === "lose-device") {
      this.#acquired?.device.destroy();
      return;
    }
    this.#wake?.();
    this.#queue(() => this.#handle(command));
  }

  #queue(work: () => Promise<void>): void {
    this.#commands = this.#commands.then(work).catch((e) => this.#fail(e));
  }

  async #handle(command: Exclude<Command, { type: "lose-device" }>): Promise<void> {
    switch (command.type) {
      case "open":
        this.#base = command.base;
        return;
      case "load":
        return this.#load(command.run);
      case "resume":
        return this.#resume(command.id, command.play ?? false);
      case "play":
        return this.#start(Infinity, false);
      case "pause":
        await this.#stop();
        this.#post({ type: "idle", step: this.#run?.step ?? 0, reason: "paused" });
        return;
      case "step":
        await this.#stop();
        return this.#start(command.steps, false);
      case "step-generation":
        await this.#stop();
        return this.#start(Infinity, true);
      case "change":
        this.#changes.push(command);
        if (!this.#looping && this.#run) this.#applyChanges(this.#run);
        return;
      case "counterfactual":
      case "fork":
      case "rewind":
        return this.#ask(command);
      case "policy":
        return this.#policy(command.arm);
      case "verify":
        return this.#verify();
      case "plan":
        return this.#plan(command.run);
      case "speed":
        this.#stepsPerSecond = command.stepsPerSecond;
        return;
      case "reset": {
        await this.#stop();
        const [run, log] = [this.#run, this.#log];
        if (!run || !log) return;
        if (this.#acquired === null) return this.#load(log.now);
        run.reset();
        this.#letGo();
        await this.#openLog(run, newStoredRun(log.now, this.#factsOf(run)));
        this.#post({ type: "idle", step: 0, reason: "reset" });
        return;
      }
      default:
        command satisfies never;
    }
  }

  /** Commands that need the step in progress to end first. */
  async #ask(
    command: Extract<Command, { type: "counterfactual" | "fork" | "rewind" }>,
  ): Promise<void> {
    const run = this.#run;
    if (!run) return;
    await this.#standStill(run);
    const { step } = command;
    const progress = (done: number, total: number) =>
      this.#post({ type: "retracing", done, total });
    if (command.type === "counterfactual") {
      const result = await run.counterfactual(command.arm, step, progress);
      this.#post({ type: "counterfactual", result });
      return;
    }
    // What can be refused is refused before anything is taken back.
    if (command.type === "fork") run.checkFork(command.of, command.arm, step);
    if (step < run.step) {
      const arms = await run.rewind(step, progress);
      await this.#branch(run);
      this.#post({ type: "rewound", step, arms, bytes: run.bytes });
    }
    if (command.type === "fork") {
      const { of, arm } = command;
      await run.fork(of, arm);
      this.#log?.forked(of, arm, run.config, await run.checkpoint());
      this.#post({ type: "forked", of, arm, step: run.step, bytes: run.bytes });
    }
  }

  /** The run that was taken back goes on as one of its own; the one before keeps its later steps. */
  async #branch(run: Run): Promise<void> {
    const before = this.#log;
    if (before === null) return;
    await before.settled();
    const [checkpoint, database] = await Promise.all([run.checkpoint(), this.#openRuns()]);
    const whole = before.isStored && database ? await database.whole(before.id) : null;
    const known = { run: before.stored, events: [], metrics: [], records: [], checkpoints: [] };
    const branch = branchOf(whole ?? known, checkpoint);
    const id = whole && database ? await database.add(branch) : crypto.randomUUID();
    this.#letGo();
    const log = await this.#openLog(run, { ...branch.run, id, updatedAt: Date.now() });
    const standing = { checkpoint, changes: [], step: run.step };
    log.takeUp(run.config, asItStands(run.config, configsOf(run)), standing, branch.events);
  }

  /** An arm's weights between two steps, for transformers. */
  async #policy(name: string): Promise<void> {
    const run = this.#run;
    const arm = run?.arms.find((each) => each.name === name);
    if (!run || !arm) return;
    await this.#standStill(run);
    const archive = await policyArchive(run.config, arm);
    this.#host.post({ type: "policy", arm: name, step: run.step, archive }, [archive.buffer]);
  }

  async #standStill(run: Run): Promise<void> {
    if (!this.#looping) return;
    await this.#stop();
    this.#post({ type: "idle", step: run.step, reason: "paused" });
  }

  async #verify(): Promise<void> {
    try {
      if (this.#run) await this.#standStill(this.#run);
      this.#acquired ??= await this.#acquire(requestDevice);
      const acquired = this.#acquired;
      const { device } = acquired;
      // A run's own family is set already.
      if (!this.#run) setFamily(device, await this.#measured(device));
      const began = performance.now();
      const reports = await verify(device, this.#base, (done, total) =>
        this.#post({ type: "verifying", done, total }),
      );
      if (this.#acquired !== acquired) {
        throw new UserError("The GPU was lost while the vectors ran.", "Run them again.");
      }
      const elapsedMs = performance.now() - began;
      const adapter = adapterFacts(acquired, familyOf(device));
      this.#post({ type: "verified", adapter, reports, elapsedMs });
    } catch (error) {
      const { kind, message, remedy } = failureOf(error, null);
      const why = kind === "bug" ? `The vectors could not be run: ${String(error)}.` : message;
      this.#post({ type: "verify-failed", message: why, remedy });
    }
  }

  /** Answers beside a run that trains: no step waits for it. */
  async #plan(run: RunConfig): Promise<void> {
    const { device } = (this.#acquired ??= await this.#acquire(requestDevice));
    try {
      const family = await this.#measured(device);
      const plan = await memoryPlan(device, run, family);
      await checkPlan(device, run, plan, family);
      this.#post({ type: "planned", asked: true, plan, refusal: null });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { message, remedy, fields } = error;
      this.#post({
        type: "planned",
        asked: true,
        plan: null,
        refusal: { message, remedy, fields },
      });
    }
  }

  async #load(config: RunConfig): Promise<void> {
    await this.#stop();
    await this.#setUp(async () => {
      this.#letGo();
      const run = await this.#build(config);
      await this.#openLog(run, newStoredRun(config, this.#factsOf(run)));
      this.#postLoaded(run, config);
    });
  }

  /** Goes on with a stored run, on the checkpoint's own configuration. */
  async #resume(id: string | null, play: boolean): Promise<void> {
    if (id !== null && this.#log?.id === id && this.#run) {
      return play ? this.#start(Infinity, false) : undefined;
    }
    const database = await this.#openRuns();
    if (database === null) {
      throw new NotResumedError("This browser keeps no runs for the page.", "Start a new one.");
    }
    const candidates = await findStored(database, id);
    let unlock: (() => void) | null = null;
    let stored: StoredRun | undefined;
    while (unlock === null && (stored = candidates.shift())) {
      unlock = await this.#host.lock(lockOf(stored.id));
    }
    if (unlock === null || stored === undefined) throw openElsewhere();
    const found = stored;
    await this.#stop();
    this.#letGo();
    this.#unlock = unlock;
    this.#goal = play ? Infinity : 0;
    this.#untilGeneration = false;
    await this.#setUp(() => this.#takeUp(found, database));
    if (this.#goal > 0) this.#launch();
  }

  async #takeUp(stored: StoredRun, database: TrainingDatabase): Promise<void> {
    const { id, step, elapsedMs } = stored;
    const [checkpoint, events] = await Promise.all([database.checkpoint(id), database.events(id)]);
    const config = checkpoint?.checkpoint.run ?? stored.run;
    const changes = changesSince(events, checkpoint);
    const standing = { checkpoint: checkpoint?.checkpoint ?? null, changes, step };
    const run = await this.#build(config, stored.family ?? FORMER_FAMILY);
    const replayed = await replay(run, standing, this.#replaying);
    const log = await this.#openLog(run, { ...stored, ...this.#factsOf(run) });
    log.takeUp(config, asItStands(config, configsOf(run)), standing, events);
    const [reports, records] = await Promise.all([
      database.reports(id).then((all) => sampleReports(all)),
      newestRecords(database, id),
    ]);
    this.#postLoaded(run, config);
    const { now } = log;
    const note = differences(stored, log.stored);
    this.#post({
      type: "resumed",
      ...{ id, run: now, step: run.step, reports, records, events, elapsedMs, replayed, note },
    });
    if (run.step >= run.totalSteps) {
      this.#goal = 0;
      this.#post({ type: "idle", step: run.step, reason: "finished" });
    }
  }

  /** Does it, and again on another device when the one is lost meanwhile. */
  async #setUp(work: () => Promise<void>): Promise<void> {
    this.#settingUp = work;
    await work();
    this.#settingUp = null;
  }

  /** `family`: what a run began with goes on; left out: what is faster on this adapter. */
  async #build(config: RunConfig, family?: Family): Promise<Run> {
    this.#run?.destroy();
    this.#run = null;
    this.#acquired ??= await this.#acquire(this.#recovering ? acquireAgain : requestDevice);
    const { device } = this.#acquired;
    const weights = config.warmStart ? await fetchCheckpoint(this.#base, config.warmStart) : null;
    const run = await createRun({
      device,
      config,
      family: family ?? (await this.#measured(device)),
      weights,
      pastBytes: PAST_BYTES,
      progress: (what, done, total) => this.#post({ type: "progress", what, done, total }),
      planned: (plan) => this.#post({ type: "planned", asked: false, plan, refusal: null }),
    });
    this.#run = run;
    return run;
  }

  #measured(device: GPUDevice): Promise<Family> {
    const { build, families: cache = null } = this.#host;
    return chooseFamily(device, { build, cache });
  }

  #factsOf({ family, parameters, totalSteps }: Run) {
    const { build } = this.#host;
    return { build, adapter: this.#acquired?.name ?? "", family, parameters, totalSteps };
  }

  #postLoaded(run: Run, config: RunConfig): void {
    const adapter = adapterFacts(this.#acquired, run.family);
    const { parameters, bytes, totalSteps, stepsPerGeneration } = run;
    const facts = { parameters, bytes, totalSteps, stepsPerGeneration };
    this.#post({ type: "loaded", run: config, adapter, ...facts });
  }

  readonly #replaying = (done: number, total: number): void =>
    this.#post({ type: "progress", what: "Taking steps again:", done, total });

  /** The log of a run; nothing is stored before its first step. */
  async #openLog(run: Run, stored: StoredRun): Promise<RunLog> {
    const database = await this.#openRuns();
    this.#unlock ??= await this.#host.lock(lockOf(stored.id));
    const tell = (facts: StorageFacts) => this.#post({ type: "storage", facts });
    this.#log = new RunLog(stored, database && new RunKeeper(database, stored, tell));
    return this.#log;
  }

  /** The runs of this browser, or null where it keeps none; the page is told why. */
  #openRuns(): Promise<TrainingDatabase | null> {
    return (this.#database ??= this.#host
      .openRuns()
      .then(async (database) => {
        await database.emptyBin();
        return database;
      })
      .catch((error: unknown) => {
        const { message } = error instanceof Error ? error : new Error(String(error));
        const facts = { state: "none", id: "", step: null, bytes: 0, text: message } as const;
        this.#post({ type: "storage", facts });
        return null;
      }));
  }

  /** The present run's part is over; what is left of it is stored behind the next one's back. */
  #letGo(): void {
    const [log, unlock] = [this.#log, this.#unlock];
    this.#log = null;
    this.#unlock = null;
    this.#changes = [];
    void (log?.settled() ?? Promise.resolve()).finally(() => unlock?.());
  }

  async #acquire(request: typeof requestDevice): Promise<Acquired> {
    const acquired = await request(this.#host.gpu);
    acquired.device.addEventListener("uncapturederror", (event) => {
      void this.#fail(new Error((event as GPUUncapturedErrorEvent).error.message));
    });
    void acquired.device.lost.then(({ message }) => this.#lost(acquired, message));
    return acquired;
  }

  #lost(acquired: Acquired, message: string): void {
    if (this.#acquired !== acquired) return;
    const step = this.#log?.standing.step ?? 0;
    this.#acquired = null;
    this.#recovering = true;
    this.#losses = step > this.#lostAt ? 1 : this.#losses + 1;
    this.#lostAt = step;
    this.#post({ type: "lost", step, message });
    this.#queue(() => this.#recover(message));
  }

  /** Another device, the run as it was, and on with what was going on. */
  async #recover(message: string): Promise<void> {
    await this.#loop;
    if (this.#losses >= MOST_LOSSES) {
      this.#recovering = false;
      throw new DeviceError(
        "device-lost",
        `The GPU was lost ${MOST_LOSSES} times in a row at step ${this.#lostAt}${message ? `: ${message}` : "."}`,
        "Close other programs that use the GPU, or lower per_device_train_batch_size; then go on from this step.",
      );
    }
    const log = this.#log;
    if (this.#settingUp) await this.#settingUp();
    else if (log) await this.#rebuild(log, message);
    else this.#acquired = await this.#acquire(acquireAgain);
    this.#settingUp = null;
    // Lost again meanwhile: that recovery is next.
    if (this.#acquired === null) return;
    this.#recovering = false;
    if (this.#goal > 0) this.#launch();
    else if (this.#run) {
      this.#applyChanges(this.#run);
      this.#sayIdle(this.#run);
    }
  }

  async #rebuild(log: RunLog, message: string): Promise<void> {
    const { step } = log.standing;
    const family = log.stored.family ?? FORMER_FAMILY;
    const run = await this.#build(log.config, family).catch(async (error: unknown) => {
      const gone = error instanceof DeviceError && error.kind === "no-adapter";
      if (!gone) throw error;
      this.#goal = 0;
      await log.settled();
      throw new AdapterGoneError(step, log.isStored);
    });
    const replayed = await replay(run, log.standing, this.#replaying);
    const steps = replayed === 1 ? "1 step was" : `${replayed} steps were`;
    const again = replayed === 0 ? "nothing was lost" : `nothing was lost, ${steps} taken again`;
    const text = `The GPU was lost at step ${step} and the run is back: ${again}.${message ? ` The browser says: ${message}` : ""}`;
    log.note({ step, kind: "resumed", arm: null, text, fields: null });
    this.#post({ type: "recovered", step, replayed, text, bytes: run.bytes });
  }

  async #start(goal: number, untilGeneration: boolean): Promise<void> {
    // A run whose GPU is gone for good is tried again when people ask for it.
    if (this.#acquired === null && this.#log) {
      this.#goal = goal;
      this.#losses = 0;
      this.#recovering = true;
      await this.#rebuild(this.#log, "");
      this.#recovering = this.#acquired === null;
    }
    if (!this.#run) return;
    this.#goal = goal;
    this.#untilGeneration = untilGeneration;
    this.#launch();
  }

  #launch(): void {
    const [run, log] = [this.#run, this.#log];
    if (!run || !log) return;
    this.#post({ type: "playing" });
    if (!this.#looping) this.#loop = this.#train(run, log).catch((e) => this.#fail(e));
  }

  #applyChanges(run: Run): void {
    for (const { arm, fields } of this.#changes.splice(0)) {
      try {
        const step = run.change(arm, fields);
        this.#log?.changed(arm, fields, step);
        this.#post({ type: "changed", arm, fields, step });
      } catch (error) {
        // A refused change leaves everything as it was, training too.
        this.#post(failureOf(error, null));
      }
    }
  }

  async #stop(): Promise<void> {
    this.#goal = 0;
    await this.#loop;
  }

  async #train(run: Run, log: RunLog): Promise<void> {
    this.#looping = true;
    const posts = new StepPosts((event) => this.#post(event));
    let ended = false;
    try {
      while (this.#goal > 0 && run.step < run.totalSteps) {
        this.#applyChanges(run);
        const began = performance.now();
        const stepped = await this.#advance(run, log);
        // A pause during the step has set the goal to 0; it answers for itself.
        ended =
          --this.#goal === 0 || (this.#goal > 0 && this.#untilGeneration && run.atGenerationEnd);
        if (ended) this.#goal = 0;
        const tookMs = performance.now() - began;
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
    this.#applyChanges(run);
    this.#goal = 0;
    this.#sayIdle(run);
  }

  /** Once, when training has come to where it was to come. */
  #sayIdle(run: Run): void {
    if (!this.#idleOwed) return;
    this.#idleOwed = false;
    const reason = run.step >= run.totalSteps ? "finished" : "stepped";
    this.#post({ type: "idle", step: run.step, reason });
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

  #post(event: WorkerEvent): void {
    this.#host.post(event, []);
  }

  async #fail(error: unknown): Promise<void> {
    const told = error instanceof UserError;
    if (!told && (await this.#isLost())) return;
    this.#goal = 0;
    this.#settingUp = null;
    this.#recovering = false;
    this.#post(failureOf(error, this.#log?.standing.step ?? null));
  }

  /** Whether the device is gone, and its recovery is under way. */
  async #isLost(): Promise<boolean> {
    if (this.#acquired) {
      const news = new Promise((resolve) => setTimeout(resolve, LOST_NEWS_MS));
      await Promise.race([this.#acquired.device.lost, news]);
    }
    return this.#acquired === null && this.#recovering;
  }
}

const adapterFacts = (acquired: Acquired | null, family: Family): AdapterFacts => {
  const { name = "", software = false } = acquired ?? {};
  return { name, software, family };
};

/** What every arm is set to, changes that wait for a rollout included. */
const configsOf = (run: Run) =>
  run.arms.map(({ config, state }) => ({ ...config, ...state.pending }));

/** Why the run might not go on bit for bit. */
function differences(before: StoredRun, now: StoredRun): string | null {
  const differing = [
    before.adapter === now.adapter ? null : `on ${before.adapter}`,
    before.build === now.build ? null : `by version ${before.build}`,
  ].filter((each) => each !== null);
  return differing.length === 0
    ? null
    : `It was trained ${differing.join(" and ")} before: the last digits may differ from here on.`;
}
