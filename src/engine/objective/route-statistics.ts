import { storageBuffer } from "../gpu/buffers.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";
import { kernelSpec } from "../shaders/architectures.ts";

const WORKGROUP = 16;

/** Routes of all tokens of a packed batch: each layer's begin `stride` and `logitStride` numbers apart. */
export interface PackedRoutes {
  chosen: GPUBuffer; // (layers, stride) u32: rows of perToken experts
  weights: GPUBuffer; // (layers, stride)
  logits: GPUBuffer; // (layers, logitStride): rows of ceil4(experts)
}

export interface RouteShape {
  B: number;
  /** Scored columns. */
  K: number;
  /** Layers that have a mixture. */
  layers: number;
  experts: number;
  perToken: number;
  stride: number;
  logitStride: number;
}

/** Of the scored tokens of a micro-batch: B rows of K columns, L mixtures, k experts of a token. */
export interface RouteBuffers {
  /** Experts that the pass took, and those of the rollout's weights. */
  experts: GPUBuffer; // (B, K, L, k) u32
  expertsOld: GPUBuffer; // (B, K, L, k) u32
  /** What each counts. */
  expertWeights: GPUBuffer; // (B, K, L, k)
  expertWeightsOld: GPUBuffer; // (B, K, L, k)
  /** Mixtures whose experts are others than the rollout's weights'; 0xffffffff where there is no token. */
  flips: GPUBuffer; // (B, K) u32
  /** Mean over mixtures and the old experts of log p − log pOld, p the router's softmax over all. */
  routerLogRatio: GPUBuffer; // (B, K)
}

/** What becomes of a batch's routes: in the form of records, after the forward pass. */
export async function createRouteStatistics(
  device: GPUDevice,
  { B, K, layers, experts: E, perToken, stride, logitStride }: RouteShape,
  present: PackedRoutes,
  old: PackedRoutes,
  spans: GPUBuffer,
) {
  const shape = { LAYERS: layers, STRIDE: stride, K: perToken, B, COLUMNS: K, WORKGROUP };
  const [routes, changes] = await Promise.all([
    Kernel.create(device, kernelSpec("token-routes", shape)),
    Kernel.create(
      device,
      kernelSpec("route-changes", {
        ...shape,
        E,
        EP: 4 * Math.ceil(E / 4),
        LOGIT_STRIDE: logitStride,
      }),
    ),
  ]);
  const buffer = (name: string, length: number) => storageBuffer(device, "batch", name, length);
  const perRoute = (name: string) => buffer(name, B * K * layers * perToken);
  const buffers: RouteBuffers = {
    experts: perRoute("experts"),
    expertsOld: perRoute("old experts"),
    expertWeights: perRoute("expert weights"),
    expertWeightsOld: perRoute("old expert weights"),
    flips: buffer("flips", B * K),
    routerLogRatio: buffer("router log-ratio", B * K),
  };
  const grid = Math.ceil((B * K) / WORKGROUP);
  const { experts, expertsOld, expertWeights, expertWeightsOld, flips, routerLogRatio } = buffers;
  const now = [present.chosen, present.weights, spans, experts, expertWeights];
  const before = [old.chosen, old.weights, spans, expertsOld, expertWeightsOld];
  const both = [present.chosen, old.chosen, present.logits, old.logits, spans];
  const launches = [
    routes.bind(now, grid),
    routes.bind(before, grid),
    changes.bind([...both, flips, routerLogRatio], grid),
  ];
  const run: Dispatch = (pass) => {
    for (const launch of launches) launch(pass);
  };
  return {
    layers,
    buffers,
    run,
    get bytes(): number {
      return Object.values(buffers).reduce((sum, { size }: GPUBuffer) => sum + size, 0);
    },
    destroy(): void {
      for (const each of Object.values(buffers)) (each as GPUBuffer).destroy();
    },
  };
}

export type RouteStatistics = Awaited<ReturnType<typeof createRouteStatistics>>;
