import { sentenceOf, messageAndRemedy, UserError } from "../base/user-error.ts";
import { requestDevice, type Acquired } from "../engine/gpu/device.ts";
import type { Family } from "../engine/gpu/family.ts";
import type { Tensor } from "../engine/policy/safetensors.ts";
import { chooseFamily, type FamilyCache } from "../engine/layers/choose-family.ts";
import type { Experiment } from "../experiments/experiment.ts";
import { experimentNamed } from "../experiments/registry.ts";
import { runSeed } from "../experiments/run-experiment.ts";
import type { ExperimentDatabase, KeptExperiment } from "../runs/kept-experiments.ts";
import type { ExperimentCommand, ExperimentEvent } from "./experiment-protocol.ts";
import { failureOf } from "./failure.ts";
import { Stopwatch } from "./stopwatch.ts";

export interface ExperimentSessionHost {
  gpu: GPU | undefined;
  /** Version of the page. */
  build: string;
  families: FamilyCache | null;
  database: ExperimentDatabase;
  /** The warm start of that name. */
  warmStart(base: string, name: string): Promise<Record<string, Tensor>>;
  /** Holds a lock until the function that it gives is called; null: another page holds it. */
  lock(name: string): Promise<(() => void) | null>;
  post(event: ExperimentEvent): void;
}

type Run = Extract<ExperimentCommand, { type: "run" }>;

/** The worker's side: one experiment at a time, on a device of its own. */
export class ExperimentSession {
  readonly #host: ExperimentSessionHost;
  #acquired: Acquired | null = null;
  #stopped = false;
  /** Lets it go on; null: it is not held. */
  #go: (() => void) | null = null;
  #held: Promise<void> = Promise.resolve();
  readonly #watch = new Stopwatch();

  constructor(host: ExperimentSessionHost) {
    this.#host = host;
  }

  async receive(command: ExperimentCommand): Promise<void> {
    switch (command.type) {
      case "run":
        return this.#begin(command);
      case "hold":
        if (this.#go === null) this.#held = new Promise((go) => (this.#go = go));
        this.#watch.stop();
        return;
      case "go":
        this.#release();
        return;
      case "stop":
        this.#stopped = true;
        this.#release();
        return;
      default:
        command satisfies never;
    }
  }

  #release(): void {
    this.#go?.();
    this.#go = null;
    this.#watch.start();
  }

  async #begin(wanted: Run): Promise<void> {
    this.#stopped = false;
    const unlock = await this.#host.lock("ratioscope experiment");
    try {
      if (unlock === null) {
        throw new UserError(
          "An experiment is running in another tab.",
          "Wait for it, or close that tab.",
        );
      }
      await this.#run(wanted);
      this.#host.post({ type: "ended" });
    } catch (error) {
      const { message, remedy } = failureOf(error, null);
      this.#host.post({ type: "failed", message, remedy });
    } finally {
      unlock?.();
    }
  }

  async #run(wanted: Run): Promise<void> {
    const experiment = experimentNamed(wanted.experiment);
    const acquired = await this.#device();
    const { build, families: cache } = this.#host;
    const family = await chooseFamily(acquired.device, { build, cache });
    let kept = await this.#keptOf(wanted, { adapter: acquired.name, family, build });
    const before = kept.seconds;
    this.#watch.reset();
    if (this.#go === null) this.#watch.start();
    let seed = kept.outcomes.length;
    const pace = { begun: seed, perSeed: stepsOf(experiment, wanted.steps) };
    while (++seed <= wanted.seeds) {
      const outcome = await this.#seed(experiment, wanted, seed, acquired, family, pace);
      if (outcome === null) return;
      const seconds = before + this.#watch.milliseconds / 1000;
      const outcomes = [...kept.outcomes, outcome];
      kept = { ...kept, outcomes, seconds, updatedAt: Date.now() };
      this.#host.post({ type: "seed", kept, notKept: await this.#keep(kept) });
    }
  }

  async #seed(
    experiment: Experiment,
    { steps, seeds, base }: Run,
    seed: number,
    { device }: Acquired,
    family: Family,
    { begun, perSeed }: { begun: number; perSeed: number },
  ) {
    const lost = device.lost.then(({ message }): never => {
      throw new UserError(
        `The GPU was lost${message ? `: ${message}` : "."}`,
        "Resume goes on after the last finished seed.",
      );
    });
    const running = runSeed(experiment, seed, steps, {
      device,
      family,
      weights: (name) => this.#host.warmStart(base, name),
      next: async () => {
        await this.#held;
        return !this.#stopped;
      },
      stepped: (done) => {
        const all = (seed - 1) * perSeed + done;
        const taken = all - begun * perSeed;
        const leftMs = (this.#watch.milliseconds / taken) * (seeds * perSeed - all);
        this.#host.post({ type: "progress", done: all, total: seeds * perSeed, leftMs });
      },
    });
    return Promise.race([running, lost]);
  }

  async #device(): Promise<Acquired> {
    if (this.#acquired !== null) return this.#acquired;
    const acquired = await requestDevice(this.#host.gpu);
    void acquired.device.lost.then(() => (this.#acquired = null));
    return (this.#acquired = acquired);
  }

  /** What was begun of the same; else a fresh one. What cannot be read begins anew. */
  async #keptOf(
    { experiment, seeds, steps }: Run,
    made: Pick<KeptExperiment, "adapter" | "family" | "build">,
  ): Promise<KeptExperiment> {
    const kept = await this.#host.database.get(experiment).catch(() => null);
    const same =
      kept !== null &&
      kept.steps === steps &&
      kept.outcomes.length < seeds &&
      kept.adapter === made.adapter &&
      kept.family === made.family &&
      kept.build === made.build;
    if (same) return { ...kept, seeds };
    return { experiment, seeds, steps, ...made, seconds: 0, updatedAt: Date.now(), outcomes: [] };
  }

  /** Why it could not be kept; null: it is. */
  #keep(kept: KeptExperiment): Promise<string | null> {
    return this.#host.database.put(kept).then(
      () => null,
      (error: unknown) => sentenceOf(messageAndRemedy(error)),
    );
  }
}

/** Optimizer steps of one seed. */
const stepsOf = (experiment: Experiment, steps: number): number =>
  steps * experiment.conditions(1).length;
