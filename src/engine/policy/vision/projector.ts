import type { GpuContext } from "../../gpu/context.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import { biasBackward } from "../../layers/bias.ts";
import { geluBackward, geluForward } from "../../layers/gelu.ts";
import type { RowRange } from "../../layers/grid.ts";
import { linearBackward, linearForward, linearPartials } from "../../layers/linear.ts";
import { vectorPartials } from "../../layers/vector-partials.ts";
import type { Rows } from "../block-attention.ts";
import type { ProjectorWeights } from "./tensors.ts";
import type { Tower } from "./tower.ts";

// From the tower's features to rows of the language model: down · gelu(up · features), each with a bias.
// The class token's row is projected too, even where no token has it: rows stay in their places.

export interface ProjectorStream {
  up: GPUBuffer; // (R, textC)
  h: GPUBuffer; // (R, textC)
  projected: GPUBuffer; // (R, textC)
}

/** The stream, or in as many buffers its gradients. */
export const projectorStream = (rows: Rows, { textC }: Tower): ProjectorStream => ({
  up: rows("projector up", textC),
  h: rows("projector h", textC),
  projected: rows("projected", textC),
});

const products = ({ C, textC }: Tower, R: number) => ({
  up: { R, I: C, O: textC, bias: true },
  down: { R, I: textC, O: textC, bias: true },
});

/** Partial sums of each weight's gradient; 0 where it is added to undivided. */
export function projectorPartials(
  gpu: GpuContext,
  t: Tower,
  R: number,
): Record<keyof ProjectorWeights, number> {
  const { up, down } = products(t, R);
  const bias = vectorPartials({ R });
  return {
    ...{ up: linearPartials(gpu, up), upBias: bias },
    ...{ down: linearPartials(gpu, down), downBias: bias },
  };
}

export async function projectorForward(gpu: GpuContext, t: Tower, R: number) {
  const p = products(t, R);
  const [up, activate, down] = await Promise.all([
    linearForward(gpu, p.up),
    geluForward(gpu.device, R * t.textC, "gelu"),
    linearForward(gpu, p.down),
  ]);
  return (
    w: ProjectorWeights,
    features: GPUBuffer, // (R, C)
    s: ProjectorStream,
    rowRange: RowRange,
  ): Dispatch[] => {
    const plain = { norm: null, residual: null, rowRange };
    return [
      up({ ...plain, x: features, weight: w.up, bias: w.upBias, y: s.up }),
      activate({ x: s.up, y: s.h }),
      down({ ...plain, x: s.h, weight: w.down, bias: w.downBias, y: s.projected }),
    ];
  };
}

/** From `d.projected` to the features' gradient. */
export async function projectorBackward(gpu: GpuContext, t: Tower, R: number) {
  const p = products(t, R);
  const [down, bias, activate, up] = await Promise.all([
    linearBackward(gpu, p.down),
    biasBackward(gpu, p.down),
    geluBackward(gpu.device, R * t.textC, "gelu"),
    linearBackward(gpu, p.up),
  ]);
  return (
    w: ProjectorWeights,
    dw: ProjectorWeights,
    features: GPUBuffer, // (R, C)
    s: ProjectorStream,
    d: ProjectorStream,
    dfeatures: GPUBuffer, // (R, C), overwritten
    rowRange: RowRange,
  ): Dispatch[] => {
    const plain = { norm: null, rowRange };
    return [
      bias({ dy: d.projected, dbias: dw.downBias, rowRange }),
      down({ ...plain, x: s.h, weight: w.down, dy: d.projected, dx: d.h, dweight: dw.down }),
      activate({ x: s.up, dy: d.h, dx: d.up }),
      // As many outputs as `down`: the same kernel.
      bias({ dy: d.up, dbias: dw.upBias, rowRange }),
      up({ ...plain, x: features, weight: w.up, dy: d.up, dx: dfeatures, dweight: dw.up }),
    ];
  };
}
