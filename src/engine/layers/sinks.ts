import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { kernelSpec } from "../shaders/architectures.ts";
import { groups, type RowRange, WORKGROUP } from "./grid.ts";
import { vectorPartials } from "./vector-partials.ts";

/** The sinks' gradient, from what attentionBackward left in `stats`. */
export async function sinkBackward(
  device: GPUDevice,
  { R, heads: H }: { R: number; heads: number },
) {
  const S = vectorPartials({ R });
  const HP = 4 * Math.ceil(H / 4);
  const kernel = await Kernel.create(device, kernelSpec("sink.backward", { H, HP, S, WORKGROUP }));
  return (b: {
    stats: Binding; // (R, heads, 2)
    sinks: Binding; // (heads)
    partial: Binding; // (S, HP)
    /** The rows that there are. */
    rowRange: RowRange;
  }): Dispatch =>
    kernel.bind([b.stats, b.sinks, b.partial, b.rowRange.binding], groups(S * HP, WORKGROUP));
}
