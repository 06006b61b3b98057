import type { ClipBand, GRPOConfig } from "../../config/types.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { readFloats } from "../gpu/readback.ts";
import { Submissions } from "../gpu/submissions.ts";
import { BatchSlots, type ResidentBatches, type MicroBatch, type Scored } from "./batch-slots.ts";
import { createObjective, type Objective } from "../objective/objective.ts";
import { createOptimizer, type Optimizer } from "../optimizer/optimizer.ts";
import type { ParameterLayout } from "../policy/parameters.ts";
import { createPolicy, type Policy } from "../policy/policy.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { type StepOutputs, StepReadback } from "./step-outputs.ts";

export interface UpdateShape {
  /** Completions per micro-batch. */
  B: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns. */
  K: number;
  /** Micro-batches on the GPU: steps_per_generation. */
  slots: number;
  /** Micro-batches per optimizer step at most: gradient_accumulation_steps. */
  accumulation: number;
}

export interface StepSettings {
  config: GRPOConfig;
  /** What the level that does not drive is judged by; null: the config's own band. */
  otherClip: Readonly<ClipBand> | null;
  learningRate: number;
  /** Number of this optimizer step, from 1. */
  step: number;
  stepsPerGeneration: number;
  /** Micro-batches in this very step: fewer at the end of an epoch, perhaps. */
  gradientAccumulationSteps: number;
  /** The histograms cover log-ratios in [−range, range]. */
  histogramRange: number;
}

/**
 * The update of one arm: forward, objective, backward, optimizer, over micro-batches that lie on
 * the GPU. It knows nothing of where they came from. An optimizer step is `begin`, `accumulate` once
 * per micro-batch, `finish`.
 */
export interface Update {
  /** What one step launches, for counting and timing. */
  readonly passes: Readonly<Record<"forward" | "objective" | "backward" | "optimizer", Dispatch>>;
  /** The gradient of the step, before clipping. */
  readonly dparams: GPUBuffer;
  /** What an optimizer step changes: the weights and the optimizer's state. */
  readonly weights: readonly GPUBuffer[];
  /** The micro-batches, for who writes them anew. */
  readonly batches: BatchSlots;
  /** GPU memory held, the weights and the optimizer's state included but for `params`. */
  readonly bytes: number;

  /** Launches work after what is encoded. */
  launch(...work: readonly Dispatch[]): void;
  /** Records copies after what is encoded. */
  record(into: (encoder: GPUCommandEncoder) => void): void;
  /** Submits what is encoded. */
  flush(): void;

  /** Puts a micro-batch into a slot. What was encoded before still sees the slot's old content. */
  load(slot: number, batch: MicroBatch): void;
  /** Goes on with the batches of another update of the same shape; their layout is still to be written. */
  takeOver(other: ResidentBatches): void;

  /** Values of the optimizer step that the next `accumulate` begins; `recorded`: it leaves arrays. */
  begin(settings: StepSettings, recorded?: boolean): void;
  /**
   * Adds the gradient of a slot's micro-batch. A slot without old log-probs takes those of this
   * very pass: the weights are still the rollout's, so every ratio is exactly 1.
   */
  accumulate(slot: number): void;
  /** Ends the optimizer step: clips, updates the weights, and brings back what it left. */
  finish(): Promise<StepOutputs>;

  /** log π of a slot's tokens under the present weights. Waits for the GPU. (B, K) */
  score(slot: number): Promise<Float32Array<ArrayBuffer>>;
  /** Computes old log-probs, under the present weights, for slots that have none. */
  scoreOld(slots: readonly number[]): void;
  /** Computes log-probs under the present reference for slots that have none. */
  scoreReference(slots: readonly number[], temperature: number): void;

  /** The optimizer's state as before the first step; the weights stay. */
  reset(): void;
  destroy(): void;
}

/** Allocates the buffers and compiles the kernels of an update of `params`, which it does not own. */
export async function createUpdate(
  gpu: GpuContext,
  shape: PolicyShape,
  layout: ParameterLayout,
  { B, P, K, slots, accumulation }: UpdateShape,
  { params, referenceParams }: { params: GPUBuffer; referenceParams: GPUBuffer },
  optim: string,
): Promise<Update> {
  const { device } = gpu;
  const buffer = (name: string, length: number) =>
    storageBuffer(device, "batch", `update ${name}`, length);
  const dparams = storageBuffer(device, "weights", "update dparams", layout.length);
  const batchShape = { B, T: P + K - 1, head: P - 1 };
  const policy = await createPolicy(gpu, shape, batchShape, { params, dparams });
  const inputs = {
    logpOld: buffer("logpOld", B * K),
    logpRef: buffer("logpRef", B * K),
    logpSampled: buffer("logpSampled", B * K),
    mask: buffer("mask", B * K),
    advantage: buffer("advantage", B),
  };
  const { logp, entropy, dlogp, dentropy } = policy;
  const [objective, optimizer] = await Promise.all([
    createObjective(device, { B, K }, { logp, entropy, dlogp, dentropy, ...inputs }),
    createOptimizer(device, layout, { params, dparams }, optim),
  ]);
  const batches = new BatchSlots(device, policy, inputs, batchShape, slots);
  const { status } = optimizer;
  const outputs = { logp, entropy, ...inputs, ...objective.outputs, status };
  const readback = new StepReadback(device, outputs, { B, K, accumulation });
  return new KernelUpdate({
    ...{ device, policy, objective, optimizer, batches, readback, params, dparams },
    referenceForward: policy.forwardWith(referenceParams),
    owned: [dparams, ...Object.values(inputs)],
  });
}

interface UpdateParts {
  device: GPUDevice;
  policy: Policy;
  /** The policy's forward pass with the reference's weights. */
  referenceForward: Dispatch;
  objective: Objective;
  optimizer: Optimizer;
  batches: BatchSlots;
  readback: StepReadback;
  params: GPUBuffer;
  dparams: GPUBuffer;
  /** Buffers that nothing else destroys. */
  owned: readonly GPUBuffer[];
}

class KernelUpdate implements Update {
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
  get batches(): BatchSlots {
    return this.#parts.batches;
  }
  get bytes(): number {
    const { owned, policy, objective, optimizer, batches, readback } = this.#parts;
    const parts = [policy, objective, optimizer, batches, readback];
    const own = owned.reduce((sum, { size }) => sum + size, 0);
    return parts.reduce((sum, { bytes }) => sum + bytes, own);
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
    const { policy, referenceForward, objective, batches, readback } = this.#parts;
    const { beta } = this.#configureFor(slot);
    batches.select(this.#submissions.encoder, slot);
    const flags = batches.flags[slot]!;
    if (beta !== 0 && !flags.logpRef) {
      this.#submissions.launch(referenceForward);
      batches.saveLogp(this.#submissions.encoder, slot, "logpRef");
    }
    this.#submissions.launch(policy.forward);
    if (!flags.logpOld) batches.saveLogp(this.#submissions.encoder, slot, "logpOld");
    this.#submissions.launch(objective.run, policy.backward);
    readback.copy(this.#submissions.encoder);
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

  async score(slot: number): Promise<Float32Array<ArrayBuffer>> {
    const { device, batches, policy } = this.#parts;
    batches.select(this.#submissions.encoder, slot);
    this.#submissions.launch(policy.forward);
    this.flush();
    return readFloats(device, policy.logp);
  }

  scoreOld(slots: readonly number[]): void {
    this.#score(slots, "logpOld", this.#parts.policy.forward);
  }

  scoreReference(slots: readonly number[], temperature: number): void {
    this.#parts.policy.setTemperature(temperature);
    this.#score(slots, "logpRef", this.#parts.referenceForward);
  }

  #score(slots: readonly number[], name: Scored, by: Dispatch): void {
    const { batches } = this.#parts;
    for (const slot of slots.filter((each) => !batches.flags[each]![name])) {
      batches.select(this.#submissions.encoder, slot);
      this.#submissions.launch(by);
      batches.saveLogp(this.#submissions.encoder, slot, name);
    }
  }

  reset(): void {
    this.#parts.optimizer.reset();
  }

  destroy(): void {
    const { owned, policy, objective, optimizer, batches, readback } = this.#parts;
    for (const each of [...owned, policy, objective, optimizer, batches, readback]) each.destroy();
  }
}
