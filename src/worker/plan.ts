import type { RunConfig } from "../config/types.ts";
import type { Family } from "../engine/gpu/family.ts";
import { checkPlan, memoryPlan } from "../engine/memory-plan.ts";
import { UserError } from "../engine/user-error.ts";
import type { WorkerEvent } from "./protocol.ts";

/** What a run would hold on the GPU, or why it is refused; nothing of it is built. */
export async function planOf(
  device: GPUDevice,
  run: RunConfig,
  family: Family,
): Promise<WorkerEvent> {
  const answer = { type: "planned", asked: true } as const;
  try {
    const plan = await memoryPlan(device, run, family);
    await checkPlan(device, run, plan, family);
    return { ...answer, plan, refusal: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, remedy, fields } = error;
    return { ...answer, plan: null, refusal: { message, remedy, fields } };
  }
}
