import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { RowRange } from "../layers/grid.ts";
import type { LayerPlan } from "./architectures/architecture.ts";
import type { BlockBackward, BlockForward } from "./block.ts";
import type { MixtureWeights } from "./block-mixture.ts";
import { mlpBackward, mlpForward } from "./block-mlp.ts";
import type { PolicyShape } from "./shape.ts";

// The second half of a block, whichever of the two kinds it is.

/** The second half, and the rows that it reads of the stream after attention. */
interface SecondHalf {
  reads(b: BlockForward): RowRange;
  run(b: BlockForward): Dispatch[];
}

const routed = (weights: BlockForward["weights"]): MixtureWeights => {
  const { router } = weights;
  if (!router) throw new Error("a mixture has a router");
  return { ...weights, router };
};

export async function secondHalfForward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: LayerPlan["mlp"],
  R: number,
): Promise<SecondHalf> {
  if (plan.kind === "dense") {
    const mlp = await mlpForward(gpu, shape, plan, R);
    return {
      reads: ({ onward }) => onward,
      run({ weights, stream, next, onward }) {
        if (stream.mlp.kind !== "dense") throw new Error("an MLP has an MLP's stream");
        return mlp(weights, stream, stream.mlp, next, onward);
      },
    };
  }
  // Few policies have one: its code comes when a policy has.
  const { mixtureForward } = await import("./mixture-half.ts");
  const mixture = await mixtureForward(gpu, shape, plan, R);
  return {
    // Of all tokens the router is asked: the load of its experts is of all.
    reads: ({ rowRange }) => rowRange,
    run({ weights, stream, next, replay, ...ranges }) {
      if (stream.mlp.kind !== "mixture" || !replay) throw new Error("a mixture has its stream");
      return mixture(routed(weights), stream, stream.mlp, next, replay, ranges);
    },
  };
}

export async function secondHalfBackward(
  gpu: GpuContext,
  shape: PolicyShape,
  plan: LayerPlan["mlp"],
  R: number,
): Promise<(b: BlockBackward) => Dispatch[]> {
  if (plan.kind === "dense") {
    const mlp = await mlpBackward(gpu, shape, plan, R);
    return ({ weights, dweights, stream, d, onward }) => {
      if (stream.mlp.kind !== "dense" || !d.dense) throw new Error("an MLP has an MLP's stream");
      const gradients = { ...d.dense, stream: d.stream, normed: d.normed };
      return mlp(weights, dweights, stream, stream.mlp, gradients, onward);
    };
  }
  const { mixtureBackward } = await import("./mixture-half.ts");
  const mixture = await mixtureBackward(gpu, shape, plan, R);
  return ({ weights, dweights, stream, d, balance, rowRange, onward }) => {
    if (stream.mlp.kind !== "mixture" || !d.mixture || !balance) {
      throw new Error("a mixture has its stream");
    }
    const gradients = { ...d.mixture, stream: d.stream, normed: d.normed };
    const ranges = { rowRange, onward };
    const [w, dw] = [routed(weights), routed(dweights)];
    return mixture(w, dw, stream, stream.mlp, gradients, balance, ranges);
  };
}
