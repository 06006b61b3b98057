import type { RunConfig } from "../config/types.ts";
import type { Family } from "../engine/gpu/family.ts";
import { checkPlan, type MemoryPlan, memoryPlan } from "../engine/run/memory-plan.ts";

/** What a run would hold on the GPU; nothing of it is built. Throws a UserError where it is refused. */
export async function planOf(
  device: GPUDevice,
  run: RunConfig,
  family: Family,
): Promise<MemoryPlan> {
  const plan = await memoryPlan(device, run, family);
  await checkPlan(device, run, plan, family);
  return plan;
}
