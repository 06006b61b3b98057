import type { ClipBand, GRPOConfig } from "../../config/types.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { copyAll } from "../gpu/snapshot.ts";
import { readFloats } from "../gpu/readback.ts";
import { type Source, Staging } from "../gpu/staging.ts";
import { Submissions } from "../gpu/submissions.ts";
import { createObjective } from "../objective/objective.ts";
import { createOptimizer } from "../optimizer/optimizer.ts";
import type { ParameterLayout } from "../policy/parameters.ts";
import { type Filled, filledOf, layOutPlaces, PLACES, placesShape } from "../policy/places.ts";
import { createPolicy } from "../policy/policy.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import { entriesOf, STEP_QUANTITIES, type StepQuantity } from "../../record/quantities.ts";

/** One micro-batch as plain data, wherever it came from. B rows, T = P + C − 1 columns. */
export interface MicroBatch {
  /** Prompt and completion without its last token; left-padded. (B, T) */
  tokens: Uint32Array<ArrayBuffer>;
  /** First real column of each row. (B) */
  start: Uint32Array<ArrayBuffer>;
  /** Tokens of each completion, its end-of-sequence included; what follows is padding. (B) */
  length: Uint32Array<ArrayBuffer>;
  /** Completion tokens. (B, C) */
  targets: Uint32Array<ArrayBuffer>;
  /** 1 where the token counts. (B, C) */
  mask: Uint32Array<ArrayBuffer>;
  /** Â of each row. (B) */
  advantage: Float32Array<ArrayBuffer>;
  /** The sampler's log-probabilities, or null where the sampler is not known. (B, C) */
  logpSampled: Float32Array<ArrayBuffer> | null;
  /** Under the rollout's weights; null: from `scoreOld` or, in its first step, from that step. (B, C) */
  logpOld: Float32Array<ArrayBuffer> | null;
  /** Under the reference; null: computed when it is first needed. (B, C) */
  logpRef: Float32Array<ArrayBuffer> | null;
  /** Completion tokens in the whole generation batch, for the losses that divide by them. */
  numItemsInBatch: number;
}

export interface UpdateShape {
  /** Completions per micro-batch. */
  B: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns. */
  C: number;
  /** Micro-batches held on the GPU: steps_per_generation. */
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

/** What one optimizer step left behind; rows of all its micro-batches, in order. */
export interface StepOutputs {
  /**
   * Bytes of the per-token (rows, C) and per-row quantities under StepRecord's names; null where the
   * step was begun without them.
   */
  arrays: Record<StepQuantity, ArrayBuffer> | null;
  /** The objective's metrics, OBJECTIVE_METRICS of each micro-batch. (accumulation, metrics) */
  metrics: Float32Array<ArrayBuffer>;
  /** token, tokenClipped, sequence, sequenceClipped of each micro-batch. (accumulation, 4, bins) */
  histogram: Uint32Array<ArrayBuffer>;
  /** Before clipping. */
  gradNorm: number;
  /** The gradient was not finite and the weights were left alone. */
  skipped: boolean;
}

/**
 * The batches in flight of an update: the buffers and what is known of each slot. Where their tokens
 * lie is not in it: `lay` says it again.
 */
export interface HeldBatches {
  buffers: readonly GPUBuffer[];
  known: readonly {
    logpOld: boolean;
    logpRef: boolean;
    numItemsInBatch: number;
    sampled: boolean;
  }[];
}

/**
 * The update of one arm: forward, objective, backward, optimizer, over micro-batches that lie on
 * the GPU. It knows nothing of where they came from.
 */
export type Update = Awaited<ReturnType<typeof createUpdate>>;

export async function createUpdate(
  device: GPUDevice,
  shape: PolicyShape,
  layout: ParameterLayout,
  { B, P, C, slots, accumulation }: UpdateShape,
  { params, referenceParams }: { params: GPUBuffer; referenceParams: GPUBuffer },
  optim: string,
) {
  const T = P + C - 1;
  const owned: GPUBuffer[] = [];
  const buffer = (name: string, length: number) => {
    const created = storageBuffer(device, `update ${name}`, length);
    owned.push(created);
    return created;
  };

  const dparams = buffer("dparams", layout.length);
  const batchShape = { B, T, head: P - 1 };
  const policy = await createPolicy(device, shape, batchShape, { params, dparams });
  const inputs = {
    logpOld: buffer("logpOld", B * C),
    logpRef: buffer("logpRef", B * C),
    logpSampled: buffer("logpSampled", B * C),
    mask: buffer("mask", B * C),
    advantage: buffer("advantage", B),
  };
  const { logp, entropy, dlogp, dentropy } = policy;
  const [objective, optimizer] = await Promise.all([
    createObjective(device, { B, K: C }, { logp, entropy, dlogp, dentropy, ...inputs }),
    createOptimizer(device, layout, { params, dparams }, optim),
  ]);
  const referenceForward = policy.forwardWith(referenceParams);

  // Each slot's micro-batch, and where the kernels read the one at work.
  const part = (working: GPUBuffer, length: number) => ({
    working,
    length,
    held: buffer(`held ${working.label}`, length * slots),
  });
  const parts = {
    targets: part(policy.targets, B * C),
    mask: part(inputs.mask, B * C),
    advantage: part(inputs.advantage, B),
    logpSampled: part(inputs.logpSampled, B * C),
    logpOld: part(inputs.logpOld, B * C),
    logpRef: part(inputs.logpRef, B * C),
  };
  type Name = keyof typeof parts;
  const names = Object.keys(parts).filter((name): name is Name => name in parts);
  const laid = placesShape(batchShape);
  const places = PLACES.map((name) => ({ name, ...part(policy.batch[name], laid[name]) }));
  const known = Array.from({ length: slots }, () => ({
    logpOld: false,
    logpRef: false,
    numItemsInBatch: 0,
    sampled: false,
  }));

  const { metrics, histogram } = objective.outputs;
  const quantities: Record<StepQuantity, GPUBuffer> = {
    logp,
    entropy,
    logpOld: inputs.logpOld,
    logpRef: inputs.logpRef,
    ...objective.outputs,
  };
  const staged = (name: StepQuantity) => {
    const length = entriesOf(name, { rows: B, columns: C });
    return [name, { buffer: quantities[name], length }] as const;
  };
  const staging = new Staging(
    device,
    {
      ...(Object.fromEntries(STEP_QUANTITIES.map(staged)) as Record<StepQuantity, Source>),
      metrics: { buffer: metrics, length: OBJECTIVE_METRICS.length },
      histogram: { buffer: histogram, length: histogram.size / 4 },
      status: { buffer: optimizer.status, length: 2 },
    },
    accumulation,
  );
  const figures: ("metrics" | "histogram" | "status")[] = ["metrics", "histogram", "status"];
  const perMicro = (all: boolean) =>
    (all ? staging.names() : figures).filter((name) => name !== "status");

  const filled: Filled[] = [];

  const select = (encoder: GPUCommandEncoder, slot: number) => {
    policy.fill(filled[slot]!);
    for (const { working, held, length } of [...places, ...Object.values(parts)]) {
      encoder.copyBufferToBuffer(held, slot * length * 4, working, 0, length * 4);
    }
  };
  const keep = (encoder: GPUCommandEncoder, slot: number, name: "logpOld" | "logpRef") => {
    const { working, held, length } = parts[name];
    encoder.copyBufferToBuffer(policy.logp, 0, held, slot * length * 4, length * 4);
    encoder.copyBufferToBuffer(policy.logp, 0, working, 0, length * 4);
    known[slot]![name] = true;
  };

  const submissions = new Submissions(device, "update");
  const submit = () => submissions.submit();
  let micro = 0;

  const score = (slotNumbers: readonly number[], name: "logpOld" | "logpRef", by: Dispatch) => {
    for (const slot of slotNumbers) {
      if (known[slot]![name]) continue;
      select(submissions.encoder, slot);
      submissions.launch(by);
      keep(submissions.encoder, slot, name);
    }
  };
  let settings: StepSettings | null = null;
  /** The step's arrays are copied out, not its metrics alone. */
  let recorded = true;
  /** Whose numItemsInBatch the objective has; slots of two rollouts in one step may differ. */
  let configured: number | null = null;
  const configureFor = (slot: number) => {
    const { numItemsInBatch, sampled } = known[slot]!;
    if (!settings) throw new Error("accumulate was called before begin");
    if (configured === numItemsInBatch) return;
    // What is encoded already must run under the settings before.
    if (configured !== null) submit();
    const { config, otherClip, stepsPerGeneration, histogramRange } = settings;
    objective.configure(config, {
      maxCompletionLength: config.max_completion_length,
      stepsPerGeneration,
      gradientAccumulationSteps: settings.gradientAccumulationSteps,
      histogramRange,
      numItemsInBatch,
      sampled,
      otherClip,
    });
    configured = numItemsInBatch;
  };

  const held: HeldBatches = {
    buffers: Object.values(parts).map((each) => each.held),
    known,
  };

  const lay = (
    slot: number,
    { tokens, start, length }: Pick<MicroBatch, "tokens" | "start" | "length">,
  ) => {
    const end = length.map((count) => P - 1 + count);
    const batch = layOutPlaces(batchShape, { tokens, start, end });
    for (const { name, held, length } of places) {
      device.queue.writeBuffer(held, slot * length * 4, batch[name]);
    }
    filled[slot] = filledOf(batch);
  };

  return {
    objective,
    optimizer,
    held,
    /** What one step launches, for counting and timing. */
    passes: {
      forward: policy.forward,
      objective: objective.run,
      backward: policy.backward,
      optimizer: optimizer.run,
    },
    /** The gradient of the step, before clipping. */
    dparams,
    /** What an optimizer step changes: the weights and the optimizer's state. */
    weights: [params, ...optimizer.state] as readonly GPUBuffer[],

    /** Records copies or launches after what is encoded. */
    record(into: (encoder: GPUCommandEncoder) => void): void {
      into(submissions.encoder);
    },

    /** Submits what is encoded. */
    flush: submit,

    /** log π of a slot's tokens under the present weights. Waits for the GPU. (B, C) */
    async score(slot: number): Promise<Float32Array<ArrayBuffer>> {
      select(submissions.encoder, slot);
      submissions.launch(policy.forward);
      submit();
      return readFloats(device, policy.logp);
    },

    /** Says where the tokens of a slot lie, whose other buffers were written or taken over. */
    lay,

    /** Goes on with the batches of another update of the same shape; their tokens are still to be laid. */
    takeOver(other: HeldBatches): void {
      copyAll(submissions.encoder, other.buffers, held.buffers);
      submit();
      this.know(other.known);
    },

    /** What is known of the slots, after their buffers were written. */
    know(of: HeldBatches["known"]): void {
      of.forEach((each, slot) => (known[slot] = { ...each }));
    },

    /** Puts a micro-batch into a slot. What was encoded before still sees the slot's old content. */
    load(slot: number, batch: MicroBatch): void {
      submit();
      lay(slot, batch);
      for (const name of names) {
        const { held, length } = parts[name];
        const data = batch[name];
        if (data) device.queue.writeBuffer(held, slot * length * 4, data);
      }
      known[slot] = {
        logpOld: batch.logpOld !== null,
        logpRef: batch.logpRef !== null,
        numItemsInBatch: batch.numItemsInBatch,
        sampled: batch.logpSampled !== null,
      };
    },

    /** Values of the optimizer step that the next `accumulate` begins; `record`: it leaves arrays. */
    begin(next: StepSettings, record = true): void {
      const { config, learningRate, step } = next;
      settings = next;
      recorded = record;
      configured = null;
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
      submissions.encoder.clearBuffer(dparams);
      micro = 0;
    },

    /**
     * Adds the gradient of a slot's micro-batch. A slot without old log-probs takes those of this
     * very pass: the weights are still the rollout's, so every ratio is exactly 1.
     */
    accumulate(slot: number): void {
      configureFor(slot);
      select(submissions.encoder, slot);
      if (settings!.config.beta !== 0 && !known[slot]!.logpRef) {
        submissions.launch(referenceForward);
        keep(submissions.encoder, slot, "logpRef");
      }
      submissions.launch(policy.forward);
      if (!known[slot]!.logpOld) keep(submissions.encoder, slot, "logpOld");
      submissions.launch(objective.run, policy.backward);
      staging.copy(submissions.encoder, micro++, perMicro(recorded));
    },

    /** Computes old log-probs, under the present weights, for slots that have none. */
    scoreOld: (slotNumbers: readonly number[]) => score(slotNumbers, "logpOld", policy.forward),

    /** Computes log-probs under the present reference for slots that have none. */
    scoreReference(slotNumbers: readonly number[], temperature: number): void {
      policy.setTemperature(temperature);
      score(slotNumbers, "logpRef", referenceForward);
    },

    /** Ends the optimizer step: clips, updates the weights, and brings back what it left. */
    async finish(): Promise<StepOutputs> {
      submissions.launch(optimizer.run);
      staging.copy(submissions.encoder, 0, ["status"]);
      const [all, micros] = [recorded, micro];
      const names = all ? staging.names() : figures;
      const read = await submissions.read(() => staging.read(micros, names));
      const { metrics, histogram, status, ...arrays } = read;
      const [gradNorm, skipped] = new Float32Array(status);
      return {
        arrays: all ? arrays : null,
        metrics: new Float32Array(metrics),
        histogram: new Uint32Array(histogram),
        gradNorm: gradNorm!,
        skipped: skipped !== 0,
      };
    },

    get bytes(): number {
      const own = owned.reduce((sum, { size }) => sum + size, 0);
      return own + policy.bytes + objective.bytes + optimizer.bytes + staging.bytes;
    },

    destroy(): void {
      for (const each of owned) each.destroy();
      policy.destroy();
      objective.destroy();
      optimizer.destroy();
      staging.destroy();
    },
  };
}
