import type { Arena } from "../gpu/arena.ts";
import { type Purpose, rowRangeBuffer, uniformBuffer, uniformOf } from "../gpu/buffers.ts";
import type { Binding } from "../gpu/kernel.ts";
import { countsLength } from "../layers/mixture-shape.ts";
import type { MixturePlan } from "./architectures/architecture.ts";
import { layerPlans } from "./architectures/registry.ts";
import type { MixtureStream } from "./block-mixture.ts";
import { ceil4, type PolicyShape } from "./shape.ts";

/** Numbers from one layer's part of a shared buffer to the next one's: each can be bound. */
const aligned = (length: number): number => 64 * Math.ceil(length / 64);

/**
 * The routes of a pass over at most R rows, of all layers that have a mixture, and the buffers around
 * them. A layer's part of `chosen`, `weights` and `given` begins at a multiple of `stride`, of `logits`
 * at one of `logitStride`.
 */
export interface Routing {
  plan: MixturePlan;
  /** Layers that have a mixture. */
  layers: readonly number[];
  stride: number;
  logitStride: number;
  logits: GPUBuffer; // (layers, logitStride): R rows of ceil4(experts)
  chosen: GPUBuffer; // (layers, stride) u32: R rows of perToken experts
  weights: GPUBuffer; // (layers, stride)
  /** Routes that a replay takes: as `chosen`; NO_ROUTE where a token's is not known. */
  given: GPUBuffer;
  counts: GPUBuffer; // (layers, countsLength) u32
  /** The load-balancing loss last, its derivative before it. */
  balance: GPUBuffer; // (experts + 1)
  /** Uniform: what the loss is multiplied by; 0 until it is written. */
  coefficient: GPUBuffer; // (1)
  /** Uniforms: whether the router chooses or `given` does. */
  chooses: GPUBuffer;
  replays: GPUBuffer;
  /** The part of the n-th layer that has a mixture. */
  part(n: number): Pick<MixtureStream, RoutingPart>;
}

/** What a layer has of them. */
export type RoutingPart = "logits" | "chosen" | "weights" | "counts" | "given" | "ranges";

/** In the place of an expert: the router chooses, whatever is replayed. */
export const NO_ROUTE = 0xffffffff;

/** Null for a policy without a mixture. */
export function createRouting(
  device: GPUDevice,
  arena: Arena,
  shape: PolicyShape,
  R: number,
  purpose: Purpose,
): Routing | null {
  const plans = layerPlans(shape).map(({ mlp }) => mlp);
  const layers = plans.flatMap((mlp, layer) => (mlp.kind === "mixture" ? [layer] : []));
  const plan = plans.find((mlp) => mlp.kind === "mixture");
  if (!plan) return null;
  const { experts, perToken } = plan;
  const [stride, counted] = [aligned(R * perToken), countsLength({ R, experts })];
  const logitStride = aligned(R * ceil4(experts));
  const each = aligned(4 * experts);
  const storage = (name: string, length: number) => arena.storage(purpose, name, length);
  const routes = (name: string) => storage(name, layers.length * stride);
  const [chosen, weights, given] = [routes("chosen"), routes("weights"), routes("given routes")];
  const logits = storage("router logits", layers.length * logitStride);
  const counts = storage("routers' counts", layers.length * counted);
  const ranges = arena.own(rowRangeBuffer(device, "experts' ranges", layers.length * each));
  const own = (buffer: GPUBuffer, n: number, apart: number, length: number): Binding => ({
    ...{ buffer, offset: n * apart * 4, size: length * 4 },
  });
  return {
    plan,
    layers,
    ...{ stride, logitStride },
    ...{ logits, chosen, weights, given, counts },
    balance: storage("balance", experts + 1),
    coefficient: arena.own(uniformBuffer(device, "balance coefficient", 1)),
    chooses: arena.own(uniformOf(device, "routes chosen", [0])),
    replays: arena.own(uniformOf(device, "routes replayed", [1])),
    part: (n) => ({
      logits: own(logits, n, logitStride, R * ceil4(experts)),
      chosen: own(chosen, n, stride, R * perToken),
      weights: own(weights, n, stride, R * perToken),
      given: own(given, n, stride, R * perToken),
      counts: own(counts, n, counted, counted),
      ranges: own(ranges, n, each, 4 * experts),
    }),
  };
}
