import { OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import type { Quantities } from "../../record/fields.ts";
import {
  arrayOn,
  entriesOf,
  ROUTER_QUANTITIES,
  type RouterQuantity,
  STEP_QUANTITIES,
  type StepQuantity,
} from "../../record/quantities.ts";
import { NO_ROUTE } from "../policy/routing.ts";
import { Staging } from "../gpu/staging.ts";
import type { Submissions } from "../gpu/submissions.ts";
import type { ObjectiveOutputs } from "../objective/objective.ts";
import type { RouteBuffers } from "../objective/route-statistics.ts";

/** What one optimizer step left behind; rows of all its micro-batches, in order. */
export interface StepOutputs {
  /**
   * Bytes of the per-token (rows, K) and per-row quantities under StepRecord's names; null where the
   * step was begun without them.
   */
  arrays: Record<StepQuantity, ArrayBuffer> | null;
  /**
   * The objective's metrics, OBJECTIVE_METRICS of each micro-batch; the load-balancing loss is not in
   * the loss. (accumulation, metrics)
   */
  metrics: Float32Array<ArrayBuffer>;
  /** token, tokenClipped, sequence, sequenceClipped of each micro-batch. (accumulation, 4, bins) */
  histogram: Uint32Array<ArrayBuffer>;
  /** Of each micro-batch the load-balancing loss; null for a policy without a mixture. (accumulation) */
  auxLoss: Float32Array | null;
  /** Share of the scored tokens' routes, 0 to 1, that are not the rollout's weights'; as auxLoss. */
  flipped: number | null;
  /** Null where the step was begun without arrays, too. */
  routes: StepRoutes | null;
  /** Before clipping. */
  gradNorm: number;
  /** The gradient was not finite and the weights were left alone. */
  skipped: boolean;
}

/** What is read back of every step; `balance` of mixtures. */
const RESULTS = ["metrics", "histogram", "balance", "flips", "status"] as const;
type Source = StepQuantity | RouterQuantity | (typeof RESULTS)[number];

/** Routes of the scored tokens of all micro-batches, under StepRecord's names. */
export type StepRoutes = Required<Pick<Quantities, RouterQuantity>>;

/** Where a step leaves what is read back. */
export interface OutputBuffers extends Pick<
  ObjectiveOutputs,
  Exclude<
    Source,
    keyof RouteBuffers | "logp" | "logpOld" | "logpRef" | "entropy" | "balance" | "status"
  >
> {
  logp: GPUBuffer; // (B, K)
  logpOld: GPUBuffer; // (B, K)
  logpRef: GPUBuffer; // (B, K)
  entropy: GPUBuffer; // (B, K)
  /** The routers' load, the loss last; null for a policy without a mixture. */
  balance: GPUBuffer | null;
  /** Null for a policy without a mixture. */
  routes: { layers: number; buffers: RouteBuffers } | null;
  /** The optimizer's. */
  status: GPUBuffer;
}

/** Brings back what an optimizer step leaves, micro-batch by micro-batch. */
export class StepReadback {
  readonly #staging: Staging<Source>;
  /** The step's arrays are copied out, not its metrics alone. */
  #recorded = true;
  /** Layers that have a mixture. */
  readonly #layers: number;
  /** Micro-batches of the step so far. */
  #micro = 0;

  /** `accumulation`: micro-batches of a step at most. */
  constructor(
    device: GPUDevice,
    buffers: OutputBuffers,
    { B, K, accumulation }: { B: number; K: number; accumulation: number },
  ) {
    this.#layers = buffers.routes?.layers ?? 0;
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
        ...(buffers.balance && {
          balance: { buffer: buffers.balance, length: buffers.balance.size / 4 },
        }),
        ...Object.fromEntries(
          Object.entries(buffers.routes?.buffers ?? {}).map(
            ([name, buffer]: [string, GPUBuffer]) => [name, { buffer, length: buffer.size / 4 }],
          ),
        ),
        status: { buffer: buffers.status, length: 2 },
      } as Record<Source, { buffer: GPUBuffer; length: number }>,
      accumulation,
    );
  }

  get bytes(): number {
    return this.#staging.bytes;
  }

  get #names(): readonly Source[] {
    const all = this.#staging.names();
    return this.#recorded ? all : RESULTS.filter((name) => all.includes(name));
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
    const { metrics, histogram, status, balance, flips, ...rest } = read;
    const [gradNorm, skipped] = new Float32Array(status);
    return {
      arrays: recorded ? rest : null,
      metrics: new Float32Array(metrics),
      histogram: new Uint32Array(histogram),
      auxLoss: balance ? lastOfEach(new Float32Array(balance), micros) : null,
      flipped: flips ? shareOf(new Uint32Array(flips), this.#layers) : null,
      routes: recorded && this.#layers > 0 ? routesOf(rest) : null,
      gradNorm: gradNorm!,
      skipped: skipped !== 0,
    };
  }

  destroy(): void {
    this.#staging.destroy();
  }
}

const routesOf = (read: Record<RouterQuantity, ArrayBuffer>): StepRoutes =>
  Object.fromEntries(
    ROUTER_QUANTITIES.map((name) => [name, arrayOn(name, read[name])]),
  ) as StepRoutes;

/** Of `count` equal parts the last number of each. */
const lastOfEach = (all: Float32Array, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => all[((i + 1) * all.length) / count - 1]!);

/** Of tokens with so many routes each, those of tokens that are not there being NO_ROUTE. */
function shareOf(flips: Uint32Array, layers: number): number {
  const there = flips.filter((count) => count !== NO_ROUTE);
  return there.reduce((sum, count) => sum + count, 0) / Math.max(1, there.length * layers);
}
