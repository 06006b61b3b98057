import type { Dispatch } from "../../engine/gpu/kernel.ts";

/** One dispatch as it was encoded. */
export interface Launch {
  /** The kernel's label. */
  label: string;
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

/** What a Dispatch encodes, without a GPU: how many kernels it starts, and which. */
export function launchesOf(dispatch: Dispatch): Launch[] {
  const launches: Launch[] = [];
  let pipeline: GPUComputePipeline | undefined;
  let bindGroup: GPUBindGroup | undefined;
  const recorder = {
    setPipeline: (next: GPUComputePipeline) => (pipeline = next),
    setBindGroup: (_: number, next: GPUBindGroup) => (bindGroup = next),
    dispatchWorkgroups: (x: number, y = 1, z = 1) => {
      launches.push({
        label: pipeline!.label,
        pipeline: pipeline!,
        bindGroup: bindGroup!,
        workgroups: [x, y, z],
      });
    },
  };
  dispatch(recorder as unknown as GPUComputePassEncoder);
  return launches;
}

/** How many times each kernel is started. */
export function kernelDispatches(dispatch: Dispatch): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { label } of launchesOf(dispatch)) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

export function encode(pass: GPUComputePassEncoder, launch: Launch): void {
  pass.setPipeline(launch.pipeline);
  pass.setBindGroup(0, launch.bindGroup);
  pass.dispatchWorkgroups(...launch.workgroups);
}
