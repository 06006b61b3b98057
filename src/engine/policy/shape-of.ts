import type { RunConfig } from "../../config/types.ts";
import type { PolicyShape } from "./shape.ts";
import type { Task } from "../../tasks/task.ts";

/** The policy of a run: its vocabulary is the task's. */
export const policyShape = (run: RunConfig, task: Task): PolicyShape => ({
  ...run.policy,
  vocab: task.vocabulary.length,
  padTokenId: null,
});

/** The same with what is only loaded where a policy sees pictures: the tensors of tower and projector. */
export async function loadedShape(run: RunConfig, task: Task): Promise<PolicyShape> {
  const shape = policyShape(run, task);
  if (!shape.vision) return shape;
  const { visionTensors } = await import("./vision/lookers.ts");
  return { ...shape, visionTensors: visionTensors(shape) };
}
