import { codeOf, kernelSpec } from "../shaders/manifest.ts";
import { constantsWith, type GpuContext } from "../gpu/context.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { groups, WX, WY } from "../layers/grid.ts";
import type { CachedRows } from "./cache-parts.ts";

const PARAMS = structOf(codeOf("broadcast-prompt"), "Params");

export interface BroadcastPromptShape {
  /** Completions of one prompt: consecutive rows. */
  G: number;
  /** Columns of a prompt that are cached. */
  P: number;
  /** Columns of the cache. */
  capacity: number;
  /** Numbers of all key and value heads of a column. */
  width: number;
}

export interface BroadcastPromptBuffers {
  kv: Binding; // (…, width), a row per token
  /** Where each prompt lies in kv (shaders/lib/sequence-span.wgsl). */
  prompts: Binding; // (B / G, 5) u32
  cache: Binding; // (rows, capacity, width)
}

/** Puts a prompt's keys and values, computed once, into the cache of each of its completions. */
export async function broadcastPrompt(
  gpu: GpuContext,
  { G, P, capacity, width }: BroadcastPromptShape,
) {
  const kernel = await Kernel.create(gpu.device, kernelSpec("broadcast-prompt", { WX, WY }));
  return (
    { kv, prompts, cache }: BroadcastPromptBuffers,
    { first, rows }: CachedRows,
  ): Dispatch => {
    const shape = { first, rows, G, P, capacity, W4: width / 4 };
    const params = constantsWith(gpu, "broadcast-prompt params", PARAMS, shape);
    return kernel.bind([kv, cache, params, prompts], groups(width / 4, WX), groups(rows * P, WY));
  };
}
