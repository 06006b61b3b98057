import code from "../../../shaders/rollout/spread-prompt.wgsl?raw";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WX, WY } from "../layers/grid.ts";

export interface SpreadPromptShape {
  /** Rows. */
  B: number;
  /** Completions of one prompt: consecutive rows. */
  G: number;
  /** Columns of a prompt that are cached. */
  P: number;
  /** Columns of the cache. */
  capacity: number;
  /** Numbers of all key and value heads of a column. */
  width: number;
}

export interface SpreadPromptBuffers {
  kv: Binding; // (B / G, P, width)
  cache: Binding; // (B, capacity, width)
}

/** Puts a prompt's keys and values, computed once, into the cache of each of its completions. */
export async function spreadPrompt(
  device: GPUDevice,
  { B, G, P, capacity, width }: SpreadPromptShape,
) {
  const kernel = await Kernel.create(device, {
    label: "spread-prompt",
    code,
    constants: { B, G, P, CAPACITY: capacity, W4: width / 4, WX, WY },
  });
  return ({ kv, cache }: SpreadPromptBuffers): Dispatch =>
    kernel.bind([kv, cache], groups(width / 4, WX), groups(B * P, WY));
}
