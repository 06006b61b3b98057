import { codeOf } from "../shaders/architectures.ts";
import { rowsOf } from "../shaders/manifest.ts";
import { constantsWith, type GpuContext } from "../gpu/context.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { unroll } from "../gpu/unroll.ts";
import { type RowRange, groups, WORKGROUP } from "./grid.ts";
import type { LinearShape } from "./linear.ts";
import { vectorPartials } from "./vector-partials.ts";

const PARAMS = structOf(codeOf("bias.backward"), "Params");

type BiasShape = Pick<LinearShape, "R" | "O" | "experts">;

/** The gradient of a product's bias, from that of its outputs. */
export async function biasBackward(gpu: GpuContext, shape: BiasShape) {
  const { O, experts } = shape;
  const S = vectorPartials(shape) || 1;
  const code = codeOf("bias.backward");
  const kernel = await Kernel.create(gpu.device, {
    label: "bias.backward",
    code: experts ? unroll(rowsOf.byExpert + code, { EXPERTS: experts.count }) : rowsOf.all + code,
    constants: { WORKGROUP },
  });
  const params = constantsWith(gpu, "bias params", PARAMS, {
    ...{ O4: O / 4, chunks: S, add: experts ? 1 : 0, weightStride: 0 },
    biasStride: (experts?.biasStride ?? 0) / 4,
  });
  return (b: {
    dy: Binding; // (R, O)
    /** Partial sums, or with experts the gradient, accumulated. */
    dbias: Binding; // (S, O) or (experts, O)
    rowRange: RowRange;
  }): Dispatch => {
    const z = experts?.count ?? 1;
    // Bindings 3 and 4 are not there.
    const buffers = [b.dy, b.dbias, params, null, null, b.rowRange.binding];
    return kernel.bind(buffers, groups((S * O) / 4, WORKGROUP), 1, z);
  };
}
