import { OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import { entriesOf, STEP_QUANTITIES, type StepQuantity } from "../../record/quantities.ts";
import { Staging } from "../gpu/staging.ts";
import type { Submissions } from "../gpu/submissions.ts";
import type { ObjectiveOutputs } from "../objective/objective.ts";

/** What one optimizer step left behind; rows of all its micro-batches, in order. */
export interface StepOutputs {
  /**
   * Bytes of the per-token (rows, K) and per-row quantities under StepRecord's names; null where the
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

/** What is read back of every step. */
const RESULTS = ["metrics", "histogram", "status"] as const;
type Source = StepQuantity | (typeof RESULTS)[number];

/** Where a step leaves what is read back. */
export interface OutputBuffers extends Pick<
  ObjectiveOutputs,
  Exclude<Source, "logp" | "logpOld" | "logpRef" | "entropy" | "status">
> {
  logp: GPUBuffer; // (B, K)
  logpOld: GPUBuffer; // (B, K)
  logpRef: GPUBuffer; // (B, K)
  entropy: GPUBuffer; // (B, K)
  /** The optimizer's. */
  status: GPUBuffer;
}

/** Brings back what an optimizer step leaves, micro-batch by micro-batch. */
export class StepReadback {
  readonly #staging: Staging<Source>;
  /** The step's arrays are copied out, not its metrics alone. */
  #recorded = true;
  /** Micro-batches of the step so far. */
  #micro = 0;

  /** `accumulation`: micro-batches of a step at most. */
  constructor(
    device: GPUDevice,
    buffers: OutputBuffers,
    { B, K, accumulation }: { B: number; K: number; accumulation: number },
  ) {
    const sources = STEP_QUANTITIES.map((name) => {
      const length = entriesOf(name, { rows: B, columns: K });
      return [name, { buffer: buffers[name], length }] as const;
    });
    this.#staging = new Staging(
      device,
      {
        ...Object.fromEntries(sources),
        metrics: { buffer: buffers.metrics, length: OBJECTIVE_METRICS.length },
        histogram: { buffer: buffers.histogram, length: buffers.histogram.size / 4 },
        status: { buffer: buffers.status, length: 2 },
      } as Record<Source, { buffer: GPUBuffer; length: number }>,
      accumulation,
    );
  }

  get bytes(): number {
    return this.#staging.bytes;
  }

  get #names(): readonly Source[] {
    return this.#recorded ? this.#staging.names() : RESULTS;
  }

  /** A step begins; `recorded`: it leaves its arrays. */
  begin(recorded: boolean): void {
    this.#recorded = recorded;
    this.#micro = 0;
  }

  /** Records copies of what the next micro-batch left. */
  copy(encoder: GPUCommandEncoder): void {
    const perMicro = this.#names.filter((name) => name !== "status");
    this.#staging.copy(encoder, this.#micro++, perMicro);
  }

  /** Records a copy of what the optimizer left, submits, and waits for all of the step. */
  async read(submissions: Submissions): Promise<StepOutputs> {
    this.#staging.copy(submissions.encoder, 0, ["status"]);
    const [recorded, names, micros] = [this.#recorded, this.#names, this.#micro];
    const read = await submissions.read(() => this.#staging.read(micros, names));
    const { metrics, histogram, status, ...arrays } = read;
    const [gradNorm, skipped] = new Float32Array(status);
    return {
      arrays: recorded ? arrays : null,
      metrics: new Float32Array(metrics),
      histogram: new Uint32Array(histogram),
      gradNorm: gradNorm!,
      skipped: skipped !== 0,
    };
  }

  destroy(): void {
    this.#staging.destroy();
  }
}
