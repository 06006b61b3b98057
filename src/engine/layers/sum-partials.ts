import code from "../../../shaders/policy/sum-partials.wgsl?raw";
import { uniformOf } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups, WORKGROUP } from "./grid.ts";

export interface SumPartialsBuffers {
  partial: Binding; // (S, N)
  dweight: Binding; // (N), accumulated
}

/** dweight += Σ_s partial[s], N numbers (a multiple of 4), in the order of s. */
export async function sumPartials(device: GPUDevice, S: number, N: number) {
  const kernel = await Kernel.create(device, {
    label: "sum-partials",
    code,
    constants: { WORKGROUP },
  });
  const params = uniformOf(device, "sum-partials params", [S, N / 4]);
  return ({ partial, dweight }: SumPartialsBuffers): Dispatch =>
    kernel.bind([partial, dweight, params], groups(N / 4, WORKGROUP));
}
