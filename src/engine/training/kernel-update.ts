import type { RouterReplay } from "../../config/architecture.ts";
import type { GRPOConfig } from "../../config/types.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { readFloats } from "../gpu/readback.ts";
import { Submissions } from "../gpu/submissions.ts";
import type { Objective } from "../objective/objective.ts";
import type { Optimizer } from "../optimizer/optimizer.ts";
import type { Policy } from "../policy/policy.ts";
import type { PictureBatch } from "../policy/vision/pictures.ts";
import type { BatchSlots, MicroBatch, ResidentBatches, Scored } from "./batch-slots.ts";
import type { RoutesOf } from "./route-slots.ts";
import type { RouteStatistics } from "../objective/route-statistics.ts";
import { auxShare } from "./step-metrics.ts";
import type { StepOutputs, StepReadback } from "./step-outputs.ts";
import type { StepSettings } from "./step-settings.ts";
import type { Update } from "./update.ts";

/**
 * Whose routes are replayed. R2's are there after the rollout's weights were asked, in the first step on
 * a rollout or at its end; R3's from the first.
 */
const ROUTES: Readonly<Record<RouterReplay, RoutesOf | null>> = {
  none: null,
  R2: "own",
  R3: "sampled",
};

interface UpdateParts {
  device: GPUDevice;
  policy: Policy;
  /** The policy's forward pass with the reference's weights. */
  referenceForward: Dispatch;
  objective: Objective;
  optimizer: Optimizer;
  batches: BatchSlots;
  /** Null for a policy without a mixture. */
  routes: RouteStatistics | null;
  readback: StepReadback;
  params: GPUBuffer;
  dparams: GPUBuffer;
  /** Buffers that nothing else destroys. */
  owned: readonly GPUBuffer[];
}

/** An update whose parts are set up. */
export class KernelUpdate implements Update {
  readonly #parts: UpdateParts;
  readonly #submissions: Submissions;
  /** Of the step under way; null before the first one. */
  #settings: StepSettings | null = null;
  /** Whose numItemsInBatch the objective has; slots of two rollouts in one step may differ. */
  #configured: number | null = null;

  constructor(parts: UpdateParts) {
    this.#parts = parts;
    this.#submissions = new Submissions(parts.device, "update");
  }

  get passes(): Update["passes"] {
    const { policy, objective, optimizer } = this.#parts;
    const { forward, backward } = policy;
    return { forward, objective: objective.run, backward, optimizer: optimizer.run };
  }
  get dparams(): GPUBuffer {
    return this.#parts.dparams;
  }
  get weights(): readonly GPUBuffer[] {
    return [this.#parts.params, ...this.#parts.optimizer.state];
  }
  get routing(): Update["routing"] {
    const { routing } = this.#parts.policy;
    if (!routing) return null;
    const { experts, perToken } = routing.plan;
    return { layers: routing.layers, experts, perToken };
  }
  get pictures(): Update["pictures"] {
    return this.#parts.policy.pictures;
  }
  get batches(): BatchSlots {
    return this.#parts.batches;
  }
  get bytes(): number {
    const { owned, policy, objective, optimizer, batches, routes, readback } = this.#parts;
    const parts = [policy, objective, optimizer, batches, routes, readback];
    const own = owned.reduce((sum, { size }) => sum + size, 0);
    return parts.reduce((sum, part) => sum + (part?.bytes ?? 0), own);
  }

  launch(...work: readonly Dispatch[]): void {
    this.#submissions.launch(...work);
  }

  record(into: (encoder: GPUCommandEncoder) => void): void {
    into(this.#submissions.encoder);
  }

  flush(): void {
    this.#submissions.submit();
  }

  load(slot: number, batch: MicroBatch): void {
    this.flush();
    this.#parts.batches.load(slot, batch);
  }

  loadPictures(pictures: PictureBatch | null): void {
    if (!pictures) return;
    this.flush();
    this.#parts.policy.pictures?.load(pictures);
  }

  takeOver(other: ResidentBatches): void {
    this.#parts.batches.takeOver(this.#submissions.encoder, other);
    this.flush();
  }

  begin(settings: StepSettings, recorded = true): void {
    const { config, learningRate, step } = settings;
    const { policy, optimizer, readback, dparams } = this.#parts;
    this.#settings = settings;
    this.#configured = null;
    policy.setTemperature(config.temperature);
    policy.setAuxLoss(auxShare(settings));
    optimizer.configure({
      learningRate,
      step,
      beta1: config.adam_beta1,
      beta2: config.adam_beta2,
      epsilon: config.adam_epsilon,
      weightDecay: config.weight_decay,
      maxGradNorm: config.max_grad_norm,
    });
    this.#submissions.encoder.clearBuffer(dparams);
    readback.begin(recorded);
  }

  accumulate(slot: number): void {
    const { policy, referenceForward, objective, batches, routes, readback } = this.#parts;
    const { beta } = this.#configureFor(slot);
    batches.select(this.#submissions.encoder, slot);
    const flags = batches.flags[slot]!;
    if (beta !== 0 && !flags.logpRef) {
      this.#submissions.launch(referenceForward);
      batches.saveLogp(this.#submissions.encoder, slot, "logpRef");
    }
    this.#submissions.launch(this.#forwardOf(slot));
    if (!flags.logpOld) this.#saveOld(slot);
    if (routes) this.#submissions.launch(routes.run);
    this.#submissions.launch(objective.run, policy.backward);
    readback.copy(this.#submissions.encoder);
  }

  /** The forward pass of a slot's tokens: along the routes that lie there, where they are replayed. */
  #forwardOf(slot: number): Dispatch {
    const { policy, batches } = this.#parts;
    const replayed = ROUTES[this.#settings?.routerReplay ?? "none"];
    const there = batches.flags[slot]!.routes === replayed;
    return (replayed && there && policy.replay) || policy.forward;
  }

  /** The last forward pass was the rollout's weights'. */
  #saveOld(slot: number): void {
    const { batches } = this.#parts;
    batches.saveLogp(this.#submissions.encoder, slot, "logpOld");
    batches.saveRoutes(this.#submissions.encoder, slot);
  }

  /** The objective's settings for a slot; the step's configuration. */
  #configureFor(slot: number): GRPOConfig {
    const settings = this.#settings;
    if (!settings) throw new Error("accumulate was called before begin");
    const { numItemsInBatch, sampled } = this.#parts.batches.flags[slot]!;
    const { config, otherClip, stepsPerGeneration, histogramRange } = settings;
    if (this.#configured === numItemsInBatch) return config;
    // What is encoded already must run under the settings before.
    if (this.#configured !== null) this.flush();
    this.#parts.objective.configure(config, {
      maxCompletionLength: config.max_completion_length,
      stepsPerGeneration,
      gradientAccumulationSteps: settings.gradientAccumulationSteps,
      histogramRange,
      numItemsInBatch,
      sampled,
      otherClip,
    });
    this.#configured = numItemsInBatch;
    return config;
  }

  finish(): Promise<StepOutputs> {
    this.#submissions.launch(this.#parts.optimizer.run);
    return this.#parts.readback.read(this.#submissions);
  }

  async score(slot: number, routes?: "old" | "free"): Promise<Float32Array<ArrayBuffer>> {
    const { device, batches, policy } = this.#parts;
    const old = batches.flags[slot]!.routes === undefined ? null : policy.replay;
    if (routes === "old" && !old) throw new Error(`slot ${slot} has no routes to replay`);
    batches.select(this.#submissions.encoder, slot);
    const by = { old, free: policy.forward };
    this.#submissions.launch((routes && by[routes]) ?? this.#forwardOf(slot));
    this.flush();
    return readFloats(device, policy.logp);
  }

  scoreOld(slots: readonly number[]): void {
    for (const slot of this.#without("logpOld", slots)) {
      this.#submissions.launch(this.#forwardOf(slot));
      this.#saveOld(slot);
    }
  }

  scoreReference(slots: readonly number[], temperature: number): void {
    const { policy, batches, referenceForward } = this.#parts;
    policy.setTemperature(temperature);
    for (const slot of this.#without("logpRef", slots)) {
      this.#submissions.launch(referenceForward);
      batches.saveLogp(this.#submissions.encoder, slot, "logpRef");
    }
  }

  /** Those of the slots that have no such log-probs, one after the other at work. */
  *#without(name: Scored, slots: readonly number[]): Generator<number> {
    const { batches } = this.#parts;
    for (const slot of slots.filter((each) => !batches.flags[each]![name])) {
      batches.select(this.#submissions.encoder, slot);
      yield slot;
    }
  }

  reset(): void {
    this.#parts.optimizer.reset();
  }

  destroy(): void {
    const { owned, policy, objective, optimizer, batches, routes, readback } = this.#parts;
    for (const each of [...owned, policy, objective, optimizer, batches, readback]) each.destroy();
    routes?.destroy();
  }
}
