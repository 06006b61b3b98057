import { kernelSpec } from "../shaders/architectures.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";
import type { RowRange } from "../layers/grid.ts";
import { NO_ROUTE, type Routing } from "../policy/routing.ts";
import type { DecoderState } from "./layer-pass.ts";

const WORKGROUP = 64;

/** The rows of a token's pass, see PackRowsBuffers. */
export interface KeptRows {
  live: GPUBuffer; // (B) u32
  positions: GPUBuffer; // (B, 2) u32
  rowRange: RowRange;
}

/** A buffer for the routes of a rollout, and what keeps those of each token's pass there. */
export async function keepRoutes(
  { buffer, capacity, gpu }: Pick<DecoderState, "buffer" | "capacity" | "gpu">,
  { layers, stride, plan, chosen }: Pick<Routing, "layers" | "stride" | "plan" | "chosen">,
  B: number,
  { live, positions, rowRange }: KeptRows,
): Promise<{ run: Dispatch; routes: GPUBuffer }> {
  const shape = { LAYERS: layers.length, STRIDE: stride, K: plan.perToken, CAPACITY: capacity };
  const kernel = await Kernel.create(
    gpu.device,
    kernelSpec("keep-routes", { ...shape, WORKGROUP }),
  );
  const routes = buffer("routes", B * capacity * layers.length * plan.perToken);
  const bound = [chosen, live, positions, routes, rowRange.binding];
  return { run: kernel.bind(bound, Math.ceil(B / WORKGROUP)), routes };
}

/** What the passes of a rollout left: of its tokens one after the other, and of its prompts. */
export interface LeftRoutes {
  /** (B, capacity, layers, perToken) */
  kept: Uint32Array<ArrayBuffer>;
  /** As Routing has them, packed prompt by prompt; null: no prompt has a token before its last. */
  prompts: { chosen: Uint32Array; stride: number } | null;
}

/**
 * The routes of all tokens that the sampler went through; NO_ROUTE for others, a row's last token too.
 * (B, capacity, layers, perToken)
 */
export function sampledRoutes(
  { kept, prompts }: LeftRoutes,
  { B, P, G, layers, perToken: K }: Record<"B" | "P" | "G" | "layers" | "perToken", number>,
  { start, length }: Record<"start" | "length", Uint32Array>,
): Uint32Array<ArrayBuffer> {
  const [routes, perToken] = [kept.slice(), layers * K];
  const capacity = kept.length / B / perToken;
  const firstOf = promptsPacked(start, P);
  for (let row = 0; row < B; row++) {
    const own = routes.subarray(row * capacity * perToken, (row + 1) * capacity * perToken);
    const prompt = Math.floor(row / G);
    const from = start[prompt]!;
    own.fill(NO_ROUTE, 0, from * perToken);
    own.fill(NO_ROUTE, (P + length[row]! - 1) * perToken);
    if (!prompts) continue;
    for (let column = from; column < P - 1; column++) {
      const packed = firstOf[prompt]! + column - from;
      for (let layer = 0; layer < layers; layer++) {
        const at = layer * prompts.stride + packed * K;
        own.set(prompts.chosen.subarray(at, at + K), column * perToken + layer * K);
      }
    }
  }
  return routes;
}

/** Where each prompt begins among the packed tokens of all prompts, their last ones left out. */
function promptsPacked(start: Uint32Array, P: number): number[] {
  let packed = 0;
  return Array.from(start, (from) => {
    const first = packed;
    packed += P - 1 - from;
    return first;
  });
}
